namespace Interpret.Explaining;

/// <summary>A prompt and a response as token ids: what input attribution explains.</summary>
/// <param name="Id">The case's id, for messages.</param>
/// <param name="Ids">BOS, then the n prompt tokens, then the m target tokens.</param>
/// <param name="PromptTokens">n, without BOS.</param>
public sealed record AttributionInput(string Id, IReadOnlyList<int> Ids, int PromptTokens)
{
    /// <summary>m.</summary>
    public int Targets => Ids.Count - 1 - PromptTokens;

    /// <summary>Positions that matter: the last token is only ever predicted, never read.</summary>
    public int Length => PromptTokens + Targets;
}

/// <summary>How a matrix of scores was differentiated; both modes agree within float32 rounding.</summary>
public enum AttributionMode
{
    /// <summary>A tangent per prompt token is pushed forward: a row each.</summary>
    Forward,

    /// <summary>A backward pass per target token: a column each.</summary>
    Reverse,
}

/// <summary>The attribution of every target token to every prompt token.</summary>
/// <param name="Scores">S (n, m), row-major: gradient × input of the target's probability.</param>
/// <param name="Confidences">p (m): the probability of each target token.</param>
/// <param name="Mode">How S was computed.</param>
public sealed record AttributionScores(float[] Scores, float[] Confidences, AttributionMode Mode);
