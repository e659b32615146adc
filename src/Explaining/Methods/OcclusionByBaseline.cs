using Interpret.Models.Architectures;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Methods;

/// <summary>S_ij = f_j(x) − f_j(x with the baseline in the place of token i): nothing moves.</summary>
public sealed class OcclusionByBaseline : IAttributionMethod
{
    public string Name => "occlusion_baseline";

    public string Meaning => "what the target loses when the baseline stands in the token's place";

    public string Source => "Zeiler and Fergus 2014";

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) =>
        Occlusion.Work(cases, removed: 0);

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var scope = NewDisposeScope();
        var baseline = run.Baseline.Of(run.Model);
        return Occlusion.Run(this, run, (input, i) => new Perturbation(input, input.Length, embedded =>
        {
            var replaced = embedded.clone();
            replaced.select(0, input.Start + i).copy_(baseline);
            return replaced;
        }), cancel);
    }
}
