using Interpret.Models.Architectures;
using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>S_ij = (i + 1) / n: the nearer a token is to the response, the more. What a method has to beat that looks at the model.</summary>
public sealed class Position : IAttributionMethod
{
    public string Name => "position";

    public string Meaning => "how near the token is to the response";

    public string Source => "a control";

    public bool HasTargets => false;

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) => ModelWork.None;

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [.. run.Inputs.Select(input => (IReadOnlyList<MethodScores>)[MethodScores.OfRows(
            Name, input, [.. Enumerable.Range(1, input.PromptTokens).Select(i => (float)i / input.PromptTokens)])])];
    }
}
