using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Models.Parity;

/// <summary>
/// How one case of a reference and this program agree. A difference is the largest absolute one, as a share of the largest value of the reference.
/// </summary>
/// <param name="Tokens">Tokens compared.</param>
/// <param name="TokensDiffer">The first place at which they differ; null: nowhere.</param>
/// <param name="Logits">Difference of the last token's logits; null: the reference has none.</param>
/// <param name="Greedy">Generated tokens compared.</param>
/// <param name="GreedyDiffer">The first place at which they differ; null: nowhere.</param>
/// <param name="Layers">Difference of the last token's hidden state before the first layer and after each but the last; empty: the reference has none.</param>
public sealed record ParityOfCase(int Tokens, int? TokensDiffer, double? Logits, int Greedy, int? GreedyDiffer, IReadOnlyList<double> Layers)
{
    /// <summary>What float32 leaves of a difference between two right programs.</summary>
    public const double Allowed = 1e-4;

    /// <summary>The first place of <see cref="Layers"/> that differs by more than is allowed; null: none.</summary>
    public int? FirstDivergingLayer => Layers.Index().Where(layer => !(layer.Item <= Allowed)).Select(layer => (int?)layer.Index).FirstOrDefault();

    public bool Alike => TokensDiffer is null && GreedyDiffer is null && Logits is not > Allowed && !double.IsNaN(Logits ?? 0) && FirstDivergingLayer is null;
}

/// <summary>Compares a checkpoint, as this program runs it, with what another program computed of it.</summary>
public static class ParityCheck
{
    /// <param name="files">The checkpoint.</param>
    /// <param name="model">The same, loaded.</param>
    /// <param name="one">What the other program computed.</param>
    /// <param name="cancel">Looked at between tokens.</param>
    public static ParityOfCase Run(ModelFiles files, ShardedModel model, ReferenceCase one, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(one);
        var prompt = one.Prompt.Trim();
        var ids = files.Tokenizer.EncodeToIds(one.Response.Trim() is { Length: > 0 } response ? $"{prompt} {response}" : prompt);
        var differ = FirstDifference(ids, one.Ids) ?? (files.Tokenizer.Beginning.Count > 0 == one.HasBeginning ? null : 0);
        // What follows is compared on the reference's tokens: of others nothing could be said.
        int[] beginning = one.HasBeginning && files.Tokenizer.Beginning.Count == 0 && files.Tokenizer.BosId is { } bos ? [bos]
            : one.HasBeginning ? [.. files.Tokenizer.Beginning] : [];
        int[] read = [.. beginning, .. one.Ids];
        if (read.Any(id => id >= model.Config.VocabularySize))
            return new ParityOfCase(one.Ids.Count, differ ?? 0, null, 0, null, []);
        var (logits, layers) = States(model, read, one);
        var (count, differs) = (0, (int?)null);
        if (one.Greedy is { } expected)
        {
            var found = GreedyGeneration.Run(model, read[..(beginning.Length + one.PromptTokens)], expected.Length, cancel);
            (count, differs) = (expected.Length, FirstDifference(found, expected));
        }

        return new ParityOfCase(one.Ids.Count, differ, logits, count, differs, layers);
    }

    private static (double? Logits, IReadOnlyList<double> Layers) States(ShardedModel model, int[] read, ReferenceCase one)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var layers = new List<double>();
        var embedded = model.Embed(read).unsqueeze(0);
        Compare(0, embedded);
        var last = model.Run([new BatchRun(embedded, BatchSpan.Whole(read.Length), null)], (layer, states) => Compare(layer + 1, states[0]))[0];
        return (one.LastLogits is null ? null : Difference(model.Logits(last.select(1, read.Length - 1)).Values<float>(), one.LastLogits), layers);

        void Compare(int place, Tensor states)
        {
            if (place < one.Hidden?.Length)
                layers.Add(Difference(states.select(1, read.Length - 1).Values<float>(), one.Hidden[place]));
        }
    }

    private static double Difference(float[] found, double[] expected)
    {
        if (found.Length != expected.Length)
            return double.NaN;
        var scale = expected.Select(Math.Abs).DefaultIfEmpty(0).Max();
        return found.Zip(expected, (a, b) => Math.Abs(a - b)).DefaultIfEmpty(0).Max() / (scale > 0 ? scale : 1);
    }

    private static int? FirstDifference(IReadOnlyList<int> found, IReadOnlyList<int> expected)
    {
        var same = found.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == found.Count && same == expected.Count ? null : same;
    }
}
