using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Unit.Tests.Model;
using TorchSharp;

namespace Interpret.Unit.Tests.Explaining;

/// <summary>A word's queries and keys with all that a family does to them before they are turned, against their definition in doubles.</summary>
public sealed class When_heads_of_other_families_are_read_out
{
    private const int Words = 40;

    [Theory]
    [InlineData("LlamaForCausalLM", "{}")]
    [InlineData("Qwen2ForCausalLM", "{}")]
    [InlineData("Qwen3ForCausalLM", "{}")]
    [InlineData("Gemma2ForCausalLM", "{}")]
    [InlineData("Gemma3ForCausalLM", "{}")]
    [InlineData("Olmo2ForCausalLM", "{}")]
    [InlineData("Olmo2ForCausalLM", """{ "num_key_value_heads": 6, "head_dim": 4 }""")]
    [InlineData("Phi3ForCausalLM", "{}")]
    public void Scores_and_strongest_words_are_those_of_the_definition(string architecture, string config)
    {
        using var tiny = new TinyFamily(architecture, config);
        var checkpoint = tiny.Open();
        var (words, embeddings) = Embeddings(checkpoint);
        using var owned = words;
        using var similarity = Similarity();
        var patterns = new AttentionPatterns(words, similarity, 10);
        for (var layer = 0; layer < 2; layer++)
        {
            var (queries, keys) = (Projected(checkpoint, layer, embeddings, Slot.Query), Projected(checkpoint, layer, embeddings, Slot.Key));
            foreach (var head in patterns.Explain(checkpoint, layer, 0, checkpoint.Config.Heads))
            {
                int d = checkpoint.Config.HeadSize, key = head.Head / (checkpoint.Config.Heads / checkpoint.Config.KeyValueHeads);
                var expected = Enumerable.Range(0, d)
                    .Select(r => queries.Sum(row => Math.Pow(row[(head.Head * d) + r], 2)) + keys.Sum(row => Math.Pow(row[(key * d) + r], 2))).ToArray();
                Agreement.OfEach([.. head.Dims.OrderBy(dim => dim.Dim).Select(dim => (float)dim.Score)], expected).ShouldBeLessThan(1e-5);
                head.Dims.Select(dim => dim.Dim).ShouldBe(Enumerable.Range(0, d).OrderByDescending(r => expected[r]));
                foreach (var dim in head.Dims)
                {
                    var strongest = queries.Select((row, word) => (word, row[(head.Head * d) + dim.Dim])).OrderByDescending(one => Math.Abs(one.Item2)).Take(10)
                        .Select(one => one.word);
                    dim.Pairs.Select(pair => pair.Query).Except(strongest).ShouldBeEmpty();
                }
            }
        }
    }

    /// <summary>Norms that span the heads need all of them, however few are asked for.</summary>
    [Fact]
    public void Heads_together_are_heads_one_by_one()
    {
        using var tiny = new TinyFamily("Olmo2ForCausalLM");
        var checkpoint = tiny.Open();
        using var words = Embeddings(checkpoint).Words;
        using var similarity = Similarity();
        using var scales = new WordScales(words);
        var together = new AttentionPatterns(words, similarity, 10).Explain(checkpoint, 1, 0, 6);
        foreach (var head in together)
        {
            foreach (var alone in new[] { new AttentionPatterns(words, similarity, 10), new AttentionPatterns(words, similarity, 10, scales) })
            {
                Scores(alone.Explain(checkpoint, 0, head.Head, 1).Single()).ShouldNotBe(Scores(head));
                Scores(alone.Explain(checkpoint, 1, head.Head, 1).Single()).ShouldBe(Scores(head));
            }
        }
    }

    private static IEnumerable<(int, double)> Scores(HeadPatterns head) => head.Dims.Select(dim => (dim.Dim, dim.Score));

    /// <summary>In a layer with a norm after it, too, concepts are the directions of W_down.</summary>
    [Theory, InlineData("Gemma2ForCausalLM"), InlineData("Olmo2ForCausalLM")]
    public void Concepts_are_those_of_the_down_projection(string architecture)
    {
        using var tiny = new TinyFamily(architecture);
        var checkpoint = tiny.Open();
        using var words = Embeddings(checkpoint).Words;
        WordEmbeddings.Normalize(words);
        var explain = new FeedForwardConcepts(words, 5, 10);
        var expected = explain.Explain(checkpoint.Load(Slot.Down, 1, torch.CPU));
        explain.Explain(checkpoint, 1).Concepts.Select(one => one.Score).ShouldBe(expected.Select(one => one.Score));
    }

    private static double[][] Projected(Checkpoint checkpoint, int layer, double[][] embeddings, Slot projection)
    {
        var plain = PlainDecoder.Of(checkpoint);
        double[]? gamma = null;
        if (checkpoint.Has(Slot.NormBeforeAttention, layer))
        {
            using var tensor = checkpoint.Load(Slot.NormBeforeAttention, layer, torch.CPU);
            using var data = tensor.data<float>();
            gamma = [.. data.ToArray().Select(v => (double)v)];
        }

        return [.. embeddings.Select(row => plain.Projected(projection, layer, gamma is null ? row : [.. row.Zip(gamma, (x, g) => x * g)]))];
    }

    private static (torch.Tensor Words, double[][] Embeddings) Embeddings(Checkpoint checkpoint)
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, Words * checkpoint.Config.HiddenSize).Select(_ => (float)(random.NextDouble() - 0.5))];
        return (torch.tensor(values).view(Words, -1), [.. values.Select(v => (double)v).Chunk(checkpoint.Config.HiddenSize)]);
    }

    private static WordSimilarity Similarity()
    {
        var random = new Random(4);
        float[]? Vector() => [.. Enumerable.Range(0, 6).Select(_ => (float)(random.NextDouble() - 0.5))];
        return WordSimilarity.Of([.. Enumerable.Range(0, Words).Select(_ => Vector())], torch.CPU);
    }
}
