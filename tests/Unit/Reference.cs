namespace Interpret.Unit.Tests;

/// <summary>The reference data that <c>INTERPRET_REFERENCE</c> names; tests that need them are skipped where it is unset.</summary>
public static class Reference
{
    public static string Path(string relative)
    {
        var root = Environment.GetEnvironmentVariable("INTERPRET_REFERENCE");
        Assert.SkipWhen(string.IsNullOrEmpty(root), "needs the reference data: set INTERPRET_REFERENCE to their folder");
        return System.IO.Path.Combine(root!, relative);
    }
}
