using Interpret.Models.Architectures;
using Interpret.Models.Network;

namespace Interpret.Explaining.Methods;

/// <summary>S_ij = the place of token i in a random order of the prompt's tokens, the same for every run of the case.</summary>
public sealed class RandomOrder : IAttributionMethod
{
    public string Name => "random";

    public string Meaning => "a random order of the tokens, drawn once per prompt";

    public string Source => "a control";

    public bool HasTargets => false;

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) => ModelWork.None;

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [.. run.Inputs.Select(input => (IReadOnlyList<MethodScores>)[MethodScores.OfRows(Name, input, Of(input))])];
    }

    /// <summary>(n): a permutation of 1/n … 1 that the case's id decides.</summary>
    public static float[] Of(AttributionInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (random, tokens) = (Seeded(input.Id), input.PromptTokens);
        float[] order = [.. Enumerable.Range(1, tokens).Select(place => (float)place / tokens)];
        for (var i = tokens - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>Random numbers that the case's id decides.</summary>
    internal static SplitMix64 Seeded(string id) => new(SplitMix64.Seed(id));
}
