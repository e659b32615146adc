using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Faithfulness;

/// <summary>Holds rankings of prompt tokens against the model: forward passes of changed prompts, those of all cases and rankings together.</summary>
public static class FaithfulnessRun
{
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

    /// <summary>The passes of a case; what two rankings both need is run once.</summary>
    private sealed class Plan
    {
        private readonly List<Perturbation> passes;
        private readonly RankedPrompt prompt;
        private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
        private readonly List<(int[] Deletion, int[] Insertion, int SoftDeletion, int SoftInsertion)> places = [];

        public Plan(RankedPrompt prompt, List<Perturbation> passes)
        {
            (this.prompt, this.passes) = (prompt, passes);
            // Without BOS or template, something must stand before the response: the last of a ranking always does.
            var most = prompt.Own.Count - (prompt.Input.Start == 0 && prompt.Own.Count == prompt.Input.PromptTokens ? 1 : 0);
            foreach (var ranking in prompt.Rankings)
            {
                var order = ranking.Descending(prompt.Own);
                int Count(double share) => Math.Min(most, (int)Math.Ceiling(share * order.Length));
                var retained = ranking.Retained(prompt.Own);
                places.Add((
                    [.. FaithfulnessCurves.Shares.Select(share => Without(order[..Count(share)]))],
                    [.. FaithfulnessCurves.Shares.Select(share => Without(order[Count(share)..most]))],
                    Add(Soft(retained, isKept: false)),
                    Add(Soft(retained, isKept: true))));
            }
        }

        public IReadOnlyList<FaithfulnessCurves> Read(float[][][] values)
        {
            return [.. prompt.Rankings.Zip(places, (ranking, at) => new FaithfulnessCurves(
                ranking.Name, [.. at.Deletion.Select(Mean)], [.. at.Insertion.Select(Mean)], Mean(at.SoftDeletion), Mean(at.SoftInsertion)))];

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
