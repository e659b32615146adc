namespace Interpret.Reports.Tables;

/// <summary>Groups of cases, as the paper's tables have a row for each.</summary>
internal static class CaseGroup
{
    /// <summary>The id up to its first underscore; the whole id where there is none.</summary>
    public static string Of(string id)
    {
        var end = id.IndexOf('_', StringComparison.Ordinal);
        return end < 0 ? id : id[..end];
    }
}
