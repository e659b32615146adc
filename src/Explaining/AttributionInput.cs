namespace Interpret.Explaining;

/// <summary>A prompt and a response as token ids: what input attribution explains.</summary>
/// <param name="Id">The case's id, for messages.</param>
/// <param name="Ids">BOS where the model reads one, then the n prompt tokens, then the m target tokens.</param>
/// <param name="PromptTokens">n, without BOS.</param>
public sealed record AttributionInput(string Id, IReadOnlyList<int> Ids, int PromptTokens)
{
    /// <summary>Position of the first prompt token: 1 after BOS, 0 where the model reads none.</summary>
    public int Start { get; init; } = 1;

    /// <summary>(m) The token that each target is contrasted with by <see cref="Interpret.Explaining.Targets.ContrastOtherTarget"/>; null: no other model was asked.</summary>
    public IReadOnlyList<int>? Contrasts { get; init; }

    /// <summary>m.</summary>
    public int Targets => Ids.Count - Start - PromptTokens;

    /// <summary>Positions that matter, T: the last token is only ever predicted, never read.</summary>
    public int Length => Ids.Count - 1;

    public CaseLength Size => new(PromptTokens, Targets) { Start = Start };

    /// <summary>The position at which the first target is predicted: that of the prompt's last token. A target needs one before it.</summary>
    /// <exception cref="InvalidOperationException">Neither BOS nor prompt: nothing predicts the first target.</exception>
    public int FirstReadout => Start + PromptTokens > 0 ? Start + PromptTokens - 1
        : throw new InvalidOperationException($"{Id}: nothing stands before the first target");

    /// <summary>The m tokens that are predicted.</summary>
    public IEnumerable<int> TargetIds => Ids.Skip(Start + PromptTokens);
}

/// <summary>How a matrix of scores was differentiated; both modes agree within float32 rounding.</summary>
public enum AttributionMode
{
    /// <summary>A tangent per prompt token is pushed forward: a row each.</summary>
    Forward,

    /// <summary>A backward pass per target token: a column each.</summary>
    Reverse,
}

/// <summary>The attribution of every response token to every prompt token.</summary>
/// <param name="Scores">S (n, m), row-major: gradient × input of the response token's probability.</param>
/// <param name="Confidences">p (m): the probability of each response token.</param>
/// <param name="Mode">How S was computed.</param>
public sealed record AttributionScores(float[] Scores, float[] Confidences, AttributionMode Mode)
{
    /// <summary>The same of the other targets that were asked for, in their order.</summary>
    public IReadOnlyList<TargetScores> Others { get; init; } = [];

    /// <param name="mode">How they were computed.</param>
    /// <param name="targets">The probability's first.</param>
    internal static AttributionScores Of(AttributionMode mode, IReadOnlyList<TargetScores> targets) =>
        new(targets[0].Scores, targets[0].Values, mode) { Others = [.. targets.Skip(1)] };
}

/// <summary>The attribution of a target.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Scores">S (n, m), row-major.</param>
/// <param name="Values">f (m).</param>
public sealed record TargetScores(string Target, float[] Scores, float[] Values);
