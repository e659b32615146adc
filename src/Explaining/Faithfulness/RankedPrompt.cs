namespace Interpret.Explaining.Faithfulness;

/// <summary>A case whose rankings are held against the model.</summary>
/// <param name="Input">The case.</param>
/// <param name="Own">The indices of the prompt's own tokens, which alone are taken away: those of a template stay.</param>
/// <param name="Rankings">The rankings, of all n tokens.</param>
public sealed record RankedPrompt(AttributionInput Input, IReadOnlyList<int> Own, IReadOnlyList<TokenRanking> Rankings);
