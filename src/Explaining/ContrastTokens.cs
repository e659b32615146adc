using Interpret.Explaining.Methods;
using Interpret.Models.Network;

namespace Interpret.Explaining;

/// <summary>A case as another model is given it: its tokens, as the vocabulary writes them.</summary>
/// <param name="Id">The case's id, for messages.</param>
/// <param name="Input">n pieces, without BOS.</param>
/// <param name="Output">m pieces.</param>
public sealed record CasePieces(string Id, IReadOnlyList<string> Input, IReadOnlyList<string> Output);

/// <summary>What a model holds likeliest in the place of each response token of another model, but for that token.</summary>
/// <param name="Read">The ids that it was given: BOS where it reads one, prompt and response.</param>
/// <param name="Ids">(m) The tokens, by its ids.</param>
/// <param name="Pieces">(m) The same, as its vocabulary writes them.</param>
public sealed record ContrastTokens(IReadOnlyList<int> Read, IReadOnlyList<int> Ids, IReadOnlyList<string> Pieces)
{
    /// <summary>What reading such cases takes: a pass each.</summary>
    public static ModelWork Work(IReadOnlyList<CaseLength> cases) => PerturbationBatches.Work([.. cases.Select(one => (one, one.Length))]);
}
