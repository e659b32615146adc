
namespace Interpret.Reports.Tables;

/// <summary>The instruction score of one case of the tuned model with a person's rating of the response.</summary>
/// <param name="Id">The case, e.g. <c>lima_author_1</c>; its group is what stands before the first underscore.</param>
/// <param name="Score">Instruction score.</param>
/// <param name="OutputTokens">Length of the response in tokens.</param>
/// <param name="Rating">1 not followed, 2 and more followed, 0 and less not rated.</param>
public sealed record RatedCase(string Id, double Score, int OutputTokens, double Rating);
