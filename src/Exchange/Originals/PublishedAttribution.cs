namespace Interpret.Exchange.Originals;

/// <summary>One case of an attribution in the original's files: its tokens and the importance of every prompt token for every output token.</summary>
/// <param name="Id">The case, e.g. <c>lima_author_1</c>.</param>
/// <param name="Input">The prompt's n pieces, without BOS.</param>
/// <param name="Output">The response's m pieces, without EOS; may be empty.</param>
/// <param name="Reference">The dataset's reference response.</param>
/// <param name="Scores">(n, m) row-major: raw gradient x input, or levels 0 to 10 as in the published files; empty when m is 0.</param>
public sealed record PublishedAttribution(
    string Id, IReadOnlyList<string> Input, IReadOnlyList<string> Output, string Reference, float[] Scores)
{
    /// <summary>Keys of the file beside these.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Prompt tokens.</summary>
    public int Rows => Input.Count;

    /// <summary>Output tokens.</summary>
    public int Columns => Output.Count;
}
