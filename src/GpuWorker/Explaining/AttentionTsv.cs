namespace Interpret.GpuWorker.Explaining;

public static class AttentionTsv
{
    /// <summary>A pair as the original's files write it; null where its text, split at "=", is not two different strings: those the original drops.</summary>
    public static string? PairText(string key, string query)
    {
        var text = $"{key}={query}";
        return text.Split('=').Distinct(StringComparer.Ordinal).Count() == 2 ? text : null;
    }
}
