using System.IO.Compression;
using System.Text.Json;
using Interpret.Explaining;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.Model;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_attention_heads_are_read_out(GoldenWords golden, ITestOutputHelper output) : IClassFixture<GoldenWords>
{
    private const double Tolerance = 1e-5;

    [Fact]
    public void Word_embeddings_are_the_originals()
    {
        using var values = golden.Input.data<float>();
        Agreement.Of(values.ToArray(), [.. GoldenWords.Npy("golden/stories260k/word_embeds_in.npy").Select(v => (double)v)]).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Thresholds_are_the_originals()
    {
        var expected = golden.Thresholds();
        var apart = golden.Words.Zip(golden.Similarity.Thresholds, (word, found) => Math.Abs(found - expected[word])).Max();
        output.WriteLine($"thresholds {apart:E1}");
        apart.ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Dims_scores_strongest_words_and_pairs_are_the_originals()
    {
        using var file = new GZipStream(File.OpenRead(Reference.Path("golden/stories260k/att_trace.json.gz")), CompressionMode.Decompress);
        using var trace = JsonDocument.Parse(file);
        var explain = new AttentionPatterns(golden.Input, golden.Similarity, 100);
        var (pairs, swapped, scores, cosines) = (0, 0, 0.0, 0.0);
        foreach (var head in trace.RootElement.EnumerateArray())
        {
            var (layer, index) = (head.GetProperty("layer").GetInt32(), head.GetProperty("head").GetInt32());
            var found = explain.Explain(golden.Checkpoint, layer, index, 1).Single();
            (found.Layer, found.Head).ShouldBe((layer, index));
            found.Dims.Select(dim => dim.Dim).ShouldBe(head.Integers("I"));
            scores = Math.Max(scores, Agreement.OfEach([.. found.Dims.Select(dim => (float)dim.Score)], head.Doubles("N")));
            foreach (var (dim, expected) in found.Dims.Zip(head.GetProperty("dims").EnumerateArray()))
            {
                var kept = dim.Pairs.Where(pair => PairText.Of(golden.Words[pair.Key], golden.Words[pair.Query]) is not null).ToList();
                var words = kept.Select(pair => $"{golden.Words[pair.Key]}={golden.Words[pair.Query]}").ToArray();
                var expectedWords = expected.Texts("pairs");
                words.Order(StringComparer.Ordinal).ShouldBe(expectedWords.Order(StringComparer.Ordinal), $"layer {layer} head {index} dim {dim.Dim}");
                cosines = Math.Max(cosines, kept.Zip(expected.Doubles("scores"), (a, b) => Math.Abs(a.Cosine - b)).DefaultIfEmpty().Max());
                swapped += words.Zip(expectedWords).Count(both => both.First != both.Second);
                pairs += words.Length;
            }
        }

        output.WriteLine($"{pairs} pairs, {swapped} at another place among equals; scores {scores:E1}, cosines {cosines:E1}");
        pairs.ShouldBe(37_699);
        scores.ShouldBeLessThan(Tolerance);
        cosines.ShouldBeLessThan(Tolerance);
    }

    /// <summary>Any split of heads into units gives the same digits, shared key heads or not.</summary>
    [Fact]
    public void Heads_together_are_heads_one_by_one()
    {
        var explain = new AttentionPatterns(golden.Input, golden.Similarity, 100);
        var together = explain.Explain(golden.Checkpoint, 2, 0, 8).ToList();
        var apart = Enumerable.Range(0, 8).SelectMany(head => explain.Explain(golden.Checkpoint, 2, head, 1)).ToList();
        together.Count.ShouldBe(8);
        foreach (var (one, other) in together.Zip(apart))
        {
            one.Head.ShouldBe(other.Head);
            one.Dims.Count.ShouldBe(8);
            foreach (var (a, b) in one.Dims.Zip(other.Dims))
            {
                (a.Dim, a.Score).ShouldBe((b.Dim, b.Score));
                a.Pairs.ShouldBe(b.Pairs);
            }
        }
    }
}
