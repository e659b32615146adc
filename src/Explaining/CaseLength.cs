namespace Interpret.Explaining;

/// <summary>The length of a case in tokens: what explaining it costs depends on nothing else of it.</summary>
/// <param name="PromptTokens">n, without BOS; a template's are among them.</param>
/// <param name="Targets">m, tokens of the response.</param>
public sealed record CaseLength(int PromptTokens, int Targets)
{
    /// <summary>Position of the first prompt token: 1 after BOS, 0 where the model reads none.</summary>
    public int Start { get; init; } = 1;

    /// <summary>The prompt's own tokens, without those of a template.</summary>
    public int Own { get; init; } = PromptTokens;

    /// <summary>T: the last token is only ever predicted, never read.</summary>
    public int Length => Start + PromptTokens + Targets - 1;

    /// <summary>Positions from a prompt token's own on: those that its tangent goes through.</summary>
    /// <param name="token">From 0.</param>
    public int Alive(int token) => Length - Start - token;
}
