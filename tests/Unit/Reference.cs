namespace Interpret.Unit.Tests;

/// <summary>The reference data, which is not part of the repository: a test that needs it is skipped where it is not at hand.</summary>
public static class Reference
{
    private const string Variable = "INTERPRET_REFERENCE";

    /// <summary>The path of a reference file; skips the calling test where <c>INTERPRET_REFERENCE</c> is unset.</summary>
    public static string Path(string relative)
    {
        var root = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(root), $"needs the reference data; set {Variable} to their folder");
        return System.IO.Path.Combine(root!, relative);
    }
}
