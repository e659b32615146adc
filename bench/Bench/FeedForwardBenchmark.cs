using System.CommandLine;
using System.Globalization;
using Interpret.Explaining;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// Feed-forward layers at the paper's vocabulary of 26,473 words, all directions: against the original's shape on the same libtorch, and a
/// 7B model's layer alone, which the original's table of all words for all directions does not fit. Random weights.
/// </summary>
internal static class FeedForwardBenchmark
{
    private const int Strongest = 50;

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed runs of each; the median is shown.", DefaultValueFactory = _ => 5 };
        var svd = new Option<bool>(
            "--svd")
        { Description = "Compare a 4096-wide layer's first 300 directions with its singular value decomposition's (minutes)." };
        var command = new Command("feed-forward", "Feed-forward layers: original's shape, and a 7B model's layer with its memory.") { repeats, svd };
        command.SetAction(parsed =>
        {
            using var gradless = inference_mode();
            Console.WriteLine(Clock.Machine());
            if (parsed.GetValue(svd))
                CompareDirections(4096, 11_008);
            else
            {
                Against(64, 172, 5, parsed.GetValue(repeats));
                Against(256, 688, 4, parsed.GetValue(repeats));
                Alone(4096, 11_008);
            }
        });
        return command;
    }

    private static void Against(int width, int inner, int layers, int repeats)
    {
        using var words = new RandomWords(width);
        var down = randn([width, inner]);
        var expected = (Words: Array.Empty<string[]>(), Seconds: 0.0);
        expected.Seconds = layers * Clock.Median(1, () => expected.Words = Original(words, down));
        WordEmbeddings.Normalize(words.Embeddings);
        var explain = new FeedForwardConcepts(words.Embeddings, Strongest, int.MaxValue);
        IReadOnlyList<Concept> found = [];
        var ours = layers * Clock.Median(repeats, () => found = explain.Explain(down.clone()));
        var same = found.Zip(expected.Words).Count(both => both.First.Words.Select(word => words.Names[word]).ToHashSet().SetEquals(both.Second));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{RandomWords.Count} words, {layers} layers, D {width}: {ours * 1e3:F0} ms; original's shape {expected.Seconds:F2} s: {expected.Seconds / ours:F0}x; the same words in {same} of {width} concepts of a layer"));
    }

    /// <summary>Singular value decomposition, projections of all words on all directions, each sorted whole and written as words.</summary>
    private static string[][] Original(RandomWords words, Tensor down)
    {
        using var scope = NewDisposeScope();
        var unit = words.Embeddings * (words.Embeddings * words.Embeddings).sum(1L, keepdim: true).rsqrt();
        var matrix = down.transpose(0, 1);
        var (_, _, directions) = linalg.svd(matrix - matrix.mean([0L], keepdim: true), fullMatrices: false);
        var projections = directions.mm(unit.transpose(0, 1)).abs(); // (D, V)
        using var order = sort(projections, descending: true).indices.data<long>();
        var indices = order.ToArray();
        var table = new string[indices.Length]; // every word of every direction, before the first ones are taken
        for (var i = 0; i < table.Length; i++)
            table[i] = words.Names[indices[i]];
        return [.. Enumerable.Range(0, (int)directions.shape[0]).Select(row => table[(row * RandomWords.Count)..(row * RandomWords.Count + Strongest)])];
    }

    private static void Alone(int width, int inner)
    {
        using var words = new RandomWords(width);
        WordEmbeddings.Normalize(words.Embeddings);
        var explain = new FeedForwardConcepts(words.Embeddings, Strongest, int.MaxValue);
        var down = randn([width, inner]);
        var concepts = 0;
        var seconds = Clock.Seconds(() => concepts = explain.Explain(down).Count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{RandomWords.Count} words, one layer, W_down {width} x {inner}: {concepts} concepts in {seconds:F1} s; peak memory {Clock.PeakGibibytes():F1} GiB"));
    }

    private static void CompareDirections(int width, int inner)
    {
        using var scope = NewDisposeScope();
        // Random, with strengths that fall off as a trained layer's do: equal strengths have no directions of their own.
        var down = randn([width, inner]) * tensor([.. Enumerable.Range(1, width).Select(i => (float)Math.Pow(i, -0.3))]).unsqueeze(1);
        (double[] Shares, Tensor Directions) principal = default;
        var eigen = Clock.Seconds(() => principal = PrincipalDirections.Of(down.clone()));
        var matrix = down.transpose(0, 1).contiguous();
        var centred = matrix - matrix.mean([0L], keepdim: true);
        (Tensor U, Tensor S, Tensor Vh) singular = default;
        var svd = Clock.Seconds(() => singular = linalg.svd(centred, fullMatrices: false));
        using var left = singular.Vh!.contiguous().data<float>();
        using var right = principal.Directions!.transpose(0, 1).contiguous().data<float>();
        float[] ours = right.ToArray(), theirs = left.ToArray();
        var least = Enumerable.Range(0, 300)
            .Min(rank => Math.Abs(Enumerable.Range(0, width).Sum(i => (double)theirs[rank * width + i] * ours[(width - 1 - rank) * width + i])));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"W_down {width} x {inner}: directions in {eigen:F1} s, by singular value decomposition {svd:F1} s; least |cos| of the first 300: {least:F9}"));
    }
}
