using Interpret.Explaining.Targets;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Methods;

/// <summary>
/// Targets of many changed cases by forward passes alone. The changes of one case go together, those of like length in a batch, padded on the left:
/// what comes of a case is the same to the last digit whichever others are worked beside it.
/// </summary>
internal static class PerturbedValues
{
    /// <summary>Numbers of the logits that are held at a time.</summary>
    private const long MostLogits = 1 << 24;

    private static readonly ReferenceEqualityComparer Same = ReferenceEqualityComparer.Instance;

    /// <returns>For each case and target its values (m).</returns>
    public static float[][][] Run(ShardedModel model, IReadOnlyList<Perturbation> cases, IReadOnlyList<ITarget> targets, CancellationToken cancel) =>
        Run(model, cases, [.. targets.Select(target => (Reading)target.Values)], cancel);

    /// <summary>A number at each of some places.</summary>
    /// <param name="logits">(m, V)</param>
    /// <param name="tokens">The tokens there.</param>
    /// <returns>(m)</returns>
    public delegate Tensor Reading(Tensor logits, PlaceTokens tokens);

    /// <returns>For each case and reading its numbers (m).</returns>
    public static float[][][] Run(ShardedModel model, IReadOnlyList<Perturbation> cases, IReadOnlyList<Reading> readings, CancellationToken cancel)
    {
        using var gradless = inference_mode();
        var values = new float[cases.Count][][];
        var run = new List<int>();
        foreach (var (i, one) in cases.Index())
        {
            if (one.Input.Targets == 0)
                values[i] = [.. readings.Select(_ => Array.Empty<float>())];
            else
                run.Add(i);
        }

        foreach (var walk in PerturbationBatches.Walks([.. run.Select(i => ((object)cases[i].Input, cases[i].Length))]))
            Walk(model, cases, [.. walk.Select(batch => batch.Select(at => run[at]).ToList())], readings, values, cancel);
        return values;
    }

    private static void Walk(
        ShardedModel model, IReadOnlyList<Perturbation> cases, IReadOnlyList<List<int>> batches, IReadOnlyList<Reading> readings, float[][][] values,
        CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var embedded = new Dictionary<AttributionInput, Tensor>(Same);
        var runs = batches.Select(batch => Padded([.. batch.Select(i => cases[i])], model, embedded)).ToList();
        var hidden = model.Run(runs, (_, _) => cancel.ThrowIfCancellationRequested());
        foreach (var (batch, states) in batches.Zip(hidden))
        {
            foreach (var (i, row) in batch.Zip(Enumerable.Range(0, batch.Count)))
            {
                var input = cases[i].Input;
                // Rows end in the same column: a case's readouts are its last m.
                values[i] = Read(model, states.select(0, row).narrow(0, states.size(1) - input.Targets, input.Targets), input, readings);
            }
        }
    }

    private static BatchRun Padded(Perturbation[] cases, ShardedModel model, Dictionary<AttributionInput, Tensor> embedded)
    {
        var length = cases[0].Length;
        var rows = zeros([cases.Length, length, model.Config.HiddenSize], ScalarType.Float32, model.FirstDevice);
        foreach (var (row, one) in cases.Index())
        {
            if (!embedded.TryGetValue(one.Input, out var whole))
                embedded[one.Input] = whole = model.Embed([.. one.Input.Ids.Take(one.Input.Length)]);
            using var scope = NewDisposeScope();
            rows.select(0, row).narrow(0, length - one.Length, one.Length).copy_(one.Of(whole));
        }

        return new BatchRun(rows, new BatchSpan([.. cases.Select(one => length - one.Length)], 0, length), null);
    }

    /// <param name="states">(m, D)</param>
    private static float[][] Read(ShardedModel model, Tensor states, AttributionInput input, IReadOnlyList<Reading> readings)
    {
        var values = readings.Select(_ => new List<float>(input.Targets)).ToArray();
        var atOnce = (int)Math.Clamp(MostLogits / model.Config.VocabularySize, 1, input.Targets);
        for (var first = 0; first < input.Targets; first += atOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(atOnce, input.Targets - first);
            var logits = model.Logits(states.narrow(0, first, count));
            var tokens = PlaceTokens.Of(input, first, count, logits.device);
            foreach (var (reading, list) in readings.Zip(values))
                list.AddRange(reading(logits, tokens).Values<float>());
        }

        return [.. values.Select(list => list.ToArray())];
    }
}
