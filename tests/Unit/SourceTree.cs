namespace Interpret.Unit.Tests;

/// <summary>Where the sources stand that the tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>Where Interpret.sln stands, above wherever the tests were built.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Interpret.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"expected Interpret.sln above {AppContext.BaseDirectory}, found none");
    }
}
