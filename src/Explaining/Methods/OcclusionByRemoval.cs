using Interpret.Models.Architectures;
using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>S_ij = f_j(x) − f_j(x without token i): the token is taken away, those behind it move up.</summary>
public sealed class OcclusionByRemoval : IAttributionMethod
{
    public string Name => "occlusion";

    public string Meaning => "what the target loses when the token is removed";

    public string Source => "Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016";

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) =>
        Occlusion.Work(cases, removed: 1);

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Occlusion.Run(this, run, (input, i) => Perturbation.Without(input, new HashSet<int> { i }), cancel);
    }
}
