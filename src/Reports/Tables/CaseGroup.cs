namespace Interpret.Reports.Tables;

/// <summary>Groups of cases, as the paper's tables have a row for each.</summary>
internal static class CaseGroup
{
    /// <summary>Names the row of all groups together.</summary>
    public const string All = "all groups";

    /// <summary>Said of it under a table.</summary>
    public const string AllNote = " Beyond the paper: the last row, all groups together; it takes no part in Holm's correction.";

    /// <summary>The id up to its first underscore; the whole id where there is none.</summary>
    public static string Of(string id)
    {
        var end = id.IndexOf('_', StringComparison.Ordinal);
        return end < 0 ? id : id[..end];
    }
}
