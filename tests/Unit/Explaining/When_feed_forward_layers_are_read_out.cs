using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.Model;
using TorchSharp;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_feed_forward_layers_are_read_out(GoldenWords golden, ITestOutputHelper output) : IClassFixture<GoldenWords>
{
    private const double Tolerance = 1e-5;

    [Fact]
    public void Word_embeddings_are_the_originals()
    {
        using var values = golden.Output.data<float>();
        Agreement.Of(values.ToArray(), [.. GoldenWords.Npy("golden/stories260k/word_embeds_out.npy").Select(v => (double)v)]).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Words_and_scores_are_the_originals()
    {
        using var words = golden.Output.clone();
        WordEmbeddings.Normalize(words);
        var explain = new FeedForwardConcepts(words, 50, int.MaxValue);
        var projections = Stories.Read("golden/stories260k/ffn_numeric.json").GetProperty("top60_abs_projection");
        var lines = File.ReadLines(Reference.Path("golden/stories260k/ffn_explain.tsv")).Skip(1).Select(line => line.Split('\t'))
            .ToLookup(fields => int.Parse(fields[0]));
        var (values, scores, swapped, compared) = (0.0, 0.0, 0, 0);
        foreach (var layer in lines)
        {
            var concepts = explain.Explain(golden.Checkpoint, layer.Key).Concepts;
            concepts.Count.ShouldBe(64);
            var expectedValues = projections.GetProperty(layer.Key.ToString()).EnumerateArray().ToArray();
            foreach (var fields in layer)
            {
                var rank = int.Parse(fields[2]);
                var concept = concepts[rank - 1];
                scores = Math.Max(scores, Math.Abs(concept.Score / double.Parse(fields[3]) - 1));
                var expected = expectedValues[rank - 1].EnumerateArray().Take(50).Select(v => v.GetDouble()).ToArray();
                values = Math.Max(values, Gap(concepts, rank - 1) * Agreement.Of([.. concept.Projections.Select(Math.Abs)], expected));
                var found = concept.Words.Select(word => golden.Words[word]).ToArray();
                swapped += found.Zip(fields[4].Split("|||")).Count(both => both.First != both.Second);
                compared += found.Length;
            }
        }

        output.WriteLine(
            $"{compared} words, {swapped} at another place among equals; projections {values:E1} over the gap to the next direction, scores {scores:E1}");
        compared.ShouldBe(5 * 64 * 50);
        values.ShouldBeLessThan(1e-6);
        scores.ShouldBeLessThan(Tolerance);
        ((double)swapped / compared).ShouldBeLessThan(0.005);
    }

    /// <summary>Distance of a direction's variance to its neighbours', relative: the original's float32 loses a direction's digits by it.</summary>
    private static double Gap(IReadOnlyList<Concept> concepts, int index) =>
        new[] { index - 1, index + 1 }.Where(i => i >= 0 && i < concepts.Count).Min(i => Math.Abs(concepts[i].Score / concepts[index].Score - 1));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_covariance_gives_the_directions_of_the_decomposition(bool real)
    {
        // Rows whose strengths fall off as a trained matrix's do; more inner neurons than the model is wide.
        using var scope = torch.NewDisposeScope();
        var down = real ? golden.Checkpoint.Load(Slot.Down, 1, torch.CPU)
            : torch.randn([96, 400]) * torch.tensor([.. Enumerable.Range(1, 96).Select(i => 1f / i)]).unsqueeze(1);
        var width = (int)down.shape[0];
        using var rows = down.data<float>();
        var expected = PlainPrincipal.Directions(rows.ToArray(), width);
        var directions = PrincipalDirections.Of(down.clone()).Directions;
        using var found = directions.data<float>();
        var values = found.ToArray();
        for (var rank = 0; rank < Math.Min(48, width); rank++)
        {
            var cosine = Enumerable.Range(0, width).Sum(i => expected[rank][i] * values[i * width + width - 1 - rank]);
            Math.Abs(cosine).ShouldBeGreaterThan(0.99999, $"rank {rank + 1}");
        }
    }

    [Fact]
    public void A_layer_that_the_model_lacks_is_refused()
    {
        var explain = new FeedForwardConcepts(golden.Output, 50, 300);
        var error = Should.Throw<BadInputException>(() => explain.Explain(golden.Checkpoint, 5));
        error.ErrorClass.ShouldBe("layer-unknown");
        error.Message.ShouldContain("expected a layer from 0 to 4, found 5");
    }
}
