namespace Interpret.Reports.Tables;

/// <summary>The instruction score of one case of one model.</summary>
/// <param name="Id">The case, e.g. <c>lima_author_1</c>; its group is what stands before the first underscore.</param>
/// <param name="Score">Instruction score.</param>
/// <param name="OutputTokens">Length of the response in tokens.</param>
public sealed record ScoredCase(string Id, double Score, int OutputTokens);
