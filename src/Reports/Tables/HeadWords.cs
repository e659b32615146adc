namespace Interpret.Reports.Tables;

/// <summary>The word counts of an attention head: how many of its recurring word pairs hold a word. Words without a count have none.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head of the layer, from 0.</param>
/// <param name="Counts">As the paper counts: case variants of a pair may stay apart.</param>
/// <param name="MergedCounts">Case variants of a pair taken as one.</param>
public sealed record HeadWords(int Layer, int Head, IReadOnlyDictionary<string, int> Counts, IReadOnlyDictionary<string, int> MergedCounts);
