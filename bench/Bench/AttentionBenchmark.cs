using System.CommandLine;
using System.Globalization;
using Interpret.Explaining;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// Attention heads at the paper's vocabulary of 26,473 words: against the original's shape on the same libtorch, and a 7B model's head
/// against its two projection products alone. Random weights and vectors.
/// </summary>
internal static class AttentionBenchmark
{
    private const int Strongest = 100;

    /// <summary>Heads of a work unit by default.</summary>
    private const int Heads = 8;

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed runs of each; the median is shown.", DefaultValueFactory = _ => 5 };
        var command = new Command("attention", "Attention heads: original's shape, and a 7B model's head against its products alone.") { repeats };
        command.SetAction(parsed =>
        {
            using var gradless = inference_mode();
            Console.WriteLine(Clock.Machine());
            Against(256, 32, parsed.GetValue(repeats));
            Alone(4096, 128, parsed.GetValue(repeats));
        });
        return command;
    }

    private static void Against(int width, int dims, int repeats)
    {
        using var words = new RandomWords(width);
        WordSimilarity? similarity = null;
        var setUp = Clock.Median(3, () => similarity = words.Similarity());
        var explain = new AttentionPatterns(words.Embeddings, similarity!, Strongest);
        Tensor[] queries = [.. Enumerable.Range(0, Heads).Select(_ => randn([dims, width]))],
            keys = [.. Enumerable.Range(0, Heads).Select(_ => randn([dims, width]))];
        IReadOnlyList<NeuronPair>[] found = [];
        var ours = Clock.Median(repeats, () => found = explain.Explain(Projections(queries), Projections(keys), [.. Enumerable.Range(0, Heads)])) / Heads;
        var original = new OriginalAttention(words.Embeddings, words.Vectors, words.Names, Strongest);
        List<List<string>> expected = [];
        // Its thresholds are kept from head to head: the first head meets most words for the first time, the last one few.
        var all = Enumerable.Range(0, Heads).Select(head => Clock.Seconds(() => expected = original.Explain(queries[head], keys[head]))).ToArray();
        var same = found[^1].Zip(expected)
            .Count(both => both.First.Pairs.Select(pair => $"{words.Names[pair.Key]}={words.Names[pair.Query]}").ToHashSet().SetEquals(both.Second));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{RandomWords.Count} words, D {width}, {Heads} heads of {dims}: set-up {setUp * 1e3:F0} ms, {ours * 1e3:F1} ms a head; original's shape {all.Average():F2} s a head, {all[^1]:F2} s with thresholds known: {all.Average() / ours:F0}x and {all[^1] / ours:F0}x, with set-up {all.Sum() / (setUp + Heads * ours):F0}x; the same pairs in {same} of {dims} neurons of the last"));
    }

    private static HeadProjection[] Projections(params Tensor[] weights) => [.. weights.Select(weight => new HeadProjection(weight.clone()))];

    private static void Alone(int width, int dims, int repeats)
    {
        using var words = new RandomWords(width);
        using var similarity = words.Similarity();
        var explain = new AttentionPatterns(words.Embeddings, similarity, Strongest);
        Tensor query = randn([dims, width]), key = randn([dims, width]), down = words.Embeddings.transpose(0, 1);
        // Turn by turn, so that a slow phase of the machine meets both.
        var (whole, products) = (new double[repeats], new double[repeats]);
        for (var i = -1; i < repeats; i++)
        {
            var product = Clock.Seconds(() =>
            {
                using var scope = NewDisposeScope();
                _ = (query.mm(down), key.mm(down));
            });
            var head = Clock.Seconds(() => explain.Explain(Projections(query), Projections(key), [0]));
            if (i >= 0)
                (products[i], whole[i]) = (product, head);
        }

        Array.Sort(whole);
        Array.Sort(products);
        double ours = whole[repeats / 2], alone = products[repeats / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{RandomWords.Count} words, D {width}, head of {dims}: {ours * 1e3:F0} ms, its two products alone {alone * 1e3:F0} ms ({4.0 * RandomWords.Count * width * dims / alone / 1e9:F0} GFLOP/s): {ours / alone:F2} of them; peak memory {Clock.PeakGibibytes():F1} GiB"));
    }
}
