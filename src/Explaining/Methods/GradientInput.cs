using Interpret.Models.Architectures;
using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>S_ij = Σ_d ∂f_j/∂E_id · E_id: the method of the paper.</summary>
public sealed class GradientInput : IAttributionMethod
{
    public string Name => "gradient_input";

    public string Meaning => "gradient times input embedding";

    public string Source => "Wu et al. 2024 (From Language Modeling to Instruction Following); Shrikumar et al. 2017";

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) =>
        ForwardMode.Work(config, cases, targets, budgets);

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        var scores = ForwardMode.Run(run.Model, [.. run.Inputs.Select(input => new ForwardCase(input, null))], run.Targets, null, null, cancel);
        return [.. scores.Select(targets => targets.Select(MethodScores.OfDefault).ToList())];
    }
}
