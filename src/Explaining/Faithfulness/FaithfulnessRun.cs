using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Faithfulness;

/// <summary>Holds rankings of prompt tokens against the model: forward passes of changed prompts, those of all cases and rankings together.</summary>
public static class FaithfulnessRun
{
    /// <summary>Whether numbers are kept with a probability, or dropped: dropped first.</summary>
    private static readonly bool[] Softs = [false, true];

    /// <param name="model">The model.</param>
    /// <param name="prompts">Cases with at least one response token.</param>
    /// <param name="cancel">Looked at between layers.</param>
    /// <returns>For each case its curves, ranking by ranking.</returns>
    public static IReadOnlyList<IReadOnlyList<FaithfulnessCurves>> Run(
        ShardedModel model, IReadOnlyList<RankedPrompt> prompts, CancellationToken cancel = default)
    {
        var passes = new List<Perturbation>();
        var planned = prompts.Select(prompt => new Plan(prompt, passes)).ToList();
        var values = PerturbedValues.Run(model, passes, [AttributionTargets.Default], cancel);
        return [.. planned.Select(plan => plan.Read(values))];
    }

    /// <summary>What it will take, where no two rankings agree on what is first: fewer passes where they do.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="rankings">How many rankings each has.</param>
    public static ModelWork Work(IReadOnlyList<CaseLength> cases, int rankings)
    {
        var passes = new List<(CaseLength Case, int Length)>();
        foreach (var one in cases)
        {
            var most = Most(one.Own, one.PromptTokens, one.Start);
            var removed = Removed(one.Own, most).Deletion.Concat(Removed(one.Own, most).Insertion).ToHashSet();
            foreach (var (from, to) in removed)
            {
                // Nothing, and all of the prompt's own tokens, are the same whatever the ranking.
                var isShared = from == to || to - from == one.Own;
                passes.AddRange(Enumerable.Repeat((one, one.Length - (to - from)), isShared ? 1 : rankings));
            }

            passes.AddRange(Enumerable.Repeat((one, one.Length), Softs.Length * rankings));
        }

        return PerturbationBatches.Work(passes);
    }

    /// <summary>Tokens that may go: without BOS or template, something must stand before the response, and the last of a ranking always does.</summary>
    private static int Most(int own, int promptTokens, int start) => own - (start == 0 && own == promptTokens ? 1 : 0);

    /// <summary>Which of a ranking's places go for each of <see cref="FaithfulnessCurves.Shares"/>: the first ones, and all but these.</summary>
    /// <param name="own">The ranking's tokens.</param>
    /// <param name="most">How many of them may go.</param>
    private static ((int From, int To)[] Deletion, (int From, int To)[] Insertion) Removed(int own, int most)
    {
        int[] counts = [.. FaithfulnessCurves.Shares.Select(share => Math.Min(most, (int)Math.Ceiling(share * own)))];
        return ([.. counts.Select(count => (0, count))], [.. counts.Select(count => count < most ? (count, most) : (0, 0))]);
    }

    /// <summary>The passes of a case; what two rankings both need is run once.</summary>
    private sealed class Plan
    {
        private readonly List<Perturbation> passes;
        private readonly RankedPrompt prompt;
        private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
        private readonly List<(int[] Deletion, int[] Insertion, int[] Softs)> places = [];

        public Plan(RankedPrompt prompt, List<Perturbation> passes)
        {
            (this.prompt, this.passes) = (prompt, passes);
            var (deletion, insertion) = Removed(prompt.Own.Count, Most(prompt.Own.Count, prompt.Input.PromptTokens, prompt.Input.Start));
            foreach (var ranking in prompt.Rankings)
            {
                var order = ranking.Descending(prompt.Own);
                var retained = ranking.Retained(prompt.Own);
                places.Add((
                    [.. deletion.Select(places => Without(order[places.From..places.To]))],
                    [.. insertion.Select(places => Without(order[places.From..places.To]))],
                    [.. Softs.Select(isKept => Add(Soft(retained, isKept)))]));
            }
        }

        public IReadOnlyList<FaithfulnessCurves> Read(float[][][] values)
        {
            return [.. prompt.Rankings.Zip(places, (ranking, at) => new FaithfulnessCurves(
                ranking.Name, [.. at.Deletion.Select(Mean)], [.. at.Insertion.Select(Mean)], Mean(at.Softs[0]), Mean(at.Softs[1])))];

            float Mean(int pass) => (float)values[pass][0].Average(p => (double)p);
        }

        private int Without(int[] tokens)
        {
            var name = string.Join(' ', tokens.Order());
            return known.TryGetValue(name, out var at) ? at : known[name] = Add(Perturbation.Without(prompt.Input, tokens.ToHashSet()));
        }

        private int Add(Perturbation pass)
        {
            passes.Add(pass);
            return passes.Count - 1;
        }

        /// <param name="retained">(n): with which probability a number of the token's embedding is kept, or dropped.</param>
        /// <param name="isKept">Which of the two.</param>
        private Perturbation Soft(double[] retained, bool isKept) => new(prompt.Input, prompt.Input.Length, embedded =>
        {
            var (length, width) = (embedded.size(0), embedded.size(1));
            var mask = new float[length * width];
            Array.Fill(mask, 1);
            var random = RandomOrder.Seeded(prompt.Input.Id);
            foreach (var i in prompt.Own)
            {
                foreach (ref var number in mask.AsSpan((int)((i + prompt.Input.Start) * width), (int)width))
                    number = random.Share() < retained[i] == isKept ? 1 : 0;
            }

            return embedded * tensor(mask).view(length, width).to(embedded.device);
        });
    }
}
