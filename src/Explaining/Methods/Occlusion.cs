using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>What both ways of leaving one token out share: a forward pass per prompt token, many at once.</summary>
internal static class Occlusion
{
    /// <summary>What the passes will take: the case as it is, and one a prompt token.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="removed">Positions by which a case without a token is shorter.</param>
    public static ModelWork Work(IReadOnlyList<CaseLength> cases, int removed) => ModelWork.Sum(cases.Select(one =>
        PerturbationBatches.Work([(one, one.Length), .. Enumerable.Repeat((one, one.Length - removed), one.PromptTokens)])));

    /// <param name="method">The way.</param>
    /// <param name="run">The cases.</param>
    /// <param name="without">A case without one of its prompt tokens.</param>
    /// <param name="cancel">Looked at between passes.</param>
    public static IReadOnlyList<IReadOnlyList<MethodScores>> Run(
        IAttributionMethod method, MethodRun run, Func<AttributionInput, int, Perturbation> without, CancellationToken cancel) =>
        [.. run.Inputs.Select(input => Run(method, run, input, without, cancel))];

    private static List<MethodScores> Run(
        IAttributionMethod method, MethodRun run, AttributionInput input, Func<AttributionInput, int, Perturbation> without, CancellationToken cancel)
    {
        var values = PerturbedValues.Run(
            run.Model, [Perturbation.None(input), .. Enumerable.Range(0, input.PromptTokens).Select(i => without(input, i))], run.Targets, cancel);
        return [.. run.Targets.Select((target, k) => new MethodScores(
            method.Name, target.Name, [.. values.Skip(1).SelectMany(left => values[0][k].Zip(left[k], (all, some) => all - some))], values[0][k]))];
    }
}
