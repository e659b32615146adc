using System.Runtime.InteropServices;
using Interpret.Exchange.Originals;
using Interpret.Explaining;
using Interpret.Unit.Tests.Model;
using TorchSharp;
using Interpret.Unit.Tests.Explaining;

namespace Interpret.Unit.Tests.Attribution;

public sealed class When_explanations_are_held_against_the_original(Stories stories, ITestOutputHelper output) : IClassFixture<Stories>
{
    private const double Tolerance = 1e-4;
    private const int NewTokens = 20;

    /// <summary>The epsilon of the densities that the original prints while it explains; 1e-9 in those that its tables are made of.</summary>
    private const float Printed = 1e-7f;

    [Theory]
    [InlineData(AttributionMode.Forward, "gold")]
    [InlineData(AttributionMode.Reverse, "gold")]
    [InlineData(AttributionMode.Forward, "generated")]
    [InlineData(AttributionMode.Reverse, "generated")]
    public void Scores_confidences_and_densities_agree(AttributionMode mode, string kind)
    {
        var (scores, confidences, densities, changed, compared) = (0.0, 0.0, 0.0, 0, 0);
        foreach (var one in stories.Cases)
        {
            var (id, golden) = (one.Text("ID"), one.GetProperty(kind));
            var explained =
                stories.Explainer.Explain(
                id, one.Text("Prompt"), kind == "gold" ? one.Text("Reference") : null, NewTokens, DensitySettings.Default, mode,
                cancel: TestContext.Current.CancellationToken);
            explained.Mode.ShouldBe(mode);
            explained.Generated.ShouldBe(kind == "generated");
            explained.Input.ShouldBe(golden.Texts("input_tokens"), id);
            explained.Output.ShouldBe(golden.Texts("output_tokens"), id);
            if (explained.Generated) explained.Response.ShouldBe(one.Text("generated_text").Trim(), id);
            var (n, m) = (explained.Input.Count, explained.Output.Count);
            golden.Integers("shape").ShouldBe([n, m]);

            scores = Math.Max(scores, Agreement.Of(explained.Scores, golden.Doubles("explain_f64")));
            confidences = Math.Max(confidences, Agreement.OfEach(explained.Confidences, golden.Doubles("conf_f64")));
            changed += Levels(explained.Scores, m).Zip(Levels(golden.Floats("explain"), m), (found, expected) => found == expected ? 0 : 1).Sum();
            if (Levels(explained.Scores, m).SequenceEqual(Levels(golden.Floats("explain"), m, Printed)))
            {
                densities = Math.Max(densities, Agreement.Of(explained.Density, Scaled(golden.Doubles("attr_b7"))));
                compared++;
            }
        }

        output.WriteLine($"{mode} {kind}: scores {scores:E1}, confidences {confidences:E1}, densities {densities:E1} of {compared}, levels changed {changed}");
        scores.ShouldBeLessThan(Tolerance);
        confidences.ShouldBeLessThan(Tolerance);
        densities.ShouldBeLessThan(1e-6);
        compared.ShouldBeGreaterThanOrEqualTo(3);
        changed.ShouldBeLessThanOrEqualTo(2);
    }

    /// <summary>
    /// What it printed while explaining is the density before its last division, with another epsilon: the same but for columns whose largest
    /// score is about as small.
    /// </summary>
    [Fact]
    public void Densities_that_were_printed_follow_from_the_scores()
    {
        foreach (var golden in stories.Cases.SelectMany(one => new[] { one.GetProperty("gold"), one.GetProperty("generated") }))
        {
            var (scores, m) = (golden.Floats("explain"), golden.Integers("shape")[1]);
            foreach (var (threshold, key) in new[] { (7, "attr_b7"), (0, "attr_b0") })
            {
                var density = Levels(scores, m, Printed).Select(level => level > threshold ? level : 0).Chunk(m)
                    .Select(row => (float)(row.Sum() / (Math.Pow(row.Sum(level => Math.Pow(level, 4)), 0.25) + 1e-9)));
                Agreement.Of([.. density], golden.Doubles(key)).ShouldBeLessThan(1e-6);
            }
        }
    }

    [Fact]
    public void Greedy_tokens_and_their_text_are_the_same()
    {
        foreach (var one in stories.Cases)
        {
            int[] prompt = [stories.Tokenizer.BosId!.Value, .. stories.Tokenizer.EncodeToIds(one.Text("Prompt").Trim())];
            prompt.ShouldBe(one.Integers("prompt_ids"), one.Text("ID"));
            var made = stories.Model.Generate(prompt, NewTokens);
            made.ToArray().ShouldBe(one.Integers("generated_ids"), one.Text("ID"));
            stories.Tokenizer.Decode(made).Trim().ShouldBe(one.Text("generated_text").Trim());
        }
    }

    [Fact]
    public void The_likeliest_next_tokens_have_the_same_logits()
    {
        foreach (var one in stories.Cases)
        {
            var logits = Logits(one.Integers("prompt_ids"))[^1];
            var top = one.GetProperty("last_logits_top20");
            var (ids, values) = (top[0].EnumerateArray().Select(v => v.GetInt32()).ToArray(), top[1].EnumerateArray().Select(v => v.GetDouble()).ToArray());
            Agreement.Of([.. ids.Select(id => logits[id])], values).ShouldBeLessThan(Tolerance);
            logits.Order().TakeLast(20).Reverse().ShouldBe(ids.Select(id => logits[id]));
        }
    }

    [Fact]
    public void Every_logit_of_a_prompt_is_the_same()
    {
        var ids = stories.Cases.Single(one => one.Text("ID") == "lima_author_51").Integers("prompt_ids");
        var file = File.ReadAllBytes(Reference.Path("golden/stories260k/logits_lima_author_51.npy"));
        var values = MemoryMarshal.Cast<byte, float>(file.AsSpan(10 + BitConverter.ToUInt16(file, 8))).ToArray();
        values.Length.ShouldBe(ids.Length * stories.Model.Config.VocabularySize);
        var difference = Agreement.Of([.. Logits(ids).SelectMany(row => row)], values);
        output.WriteLine($"logits {difference:E1}");
        difference.ShouldBeLessThan(Tolerance);
    }

    [Fact]
    public void A_batch_of_three_agrees_and_equals_one_by_one()
    {
        var golden = Stories.Read("golden/stories260k/batch3.json");
        var ids = golden.Texts("IDs");
        AttributionInput[] inputs =
            [.. ids.Select(id => stories.Cases.Single(one => one.Text("ID") == id))
            .Select(one => stories.Input(one.Text("ID"), one.Text("Prompt"), one.Text("Reference")))];
        var batch = stories.Model.Batch(inputs);
        for (var i = 0; i < inputs.Length; i++)
        {
            golden.GetProperty("shape")[i].EnumerateArray().Select(v => v.GetInt32()).ToArray().ShouldBe([inputs[i].PromptTokens, inputs[i].Targets]);
            Agreement.Of(batch[i].Scores, Nested("explain", i)).ShouldBeLessThan(Tolerance);
            Agreement.OfEach(batch[i].Confidences, Nested("conf", i)).ShouldBeLessThan(Tolerance);
            var alone = stories.Model.Forward(inputs[i]);
            batch[i].Scores.ShouldBe(alone.Scores);
            batch[i].Confidences.ShouldBe(alone.Confidences);
        }

        double[] Nested(string key, int i) => [.. golden.GetProperty(key)[i].EnumerateArray().Select(v => v.GetDouble())];
    }

    /// <summary>What is exported is what the original's own pipeline left in its files: tokens, reference, scores, and the bytes around them.</summary>
    [Fact]
    public void Exported_files_hold_the_same_tokens_and_scores()
    {
        var files = Directory.GetFiles(Reference.Path("golden/files/ifa_stories260k"), "*.pkl");
        files.Length.ShouldBe(7);
        foreach (var file in files)
        {
            var original = AttributionFile.Read(file);
            var one = stories.Cases.Single(c => c.Text("ID") == original.Id);
            var explained =
                stories.Explainer.Explain(
                original.Id, one.Text("Prompt"), null, NewTokens, DensitySettings.Default, cancel: TestContext.Current.CancellationToken);
            explained.Input.ShouldBe(original.Input);
            explained.Output.ShouldBe(original.Output);
            Agreement.Of(explained.Scores, original.Scores).ShouldBeLessThan(Tolerance);

            using var written = new MemoryStream();
            AttributionPickle.Write(written, new(original.Id, explained.Input, explained.Output, original.Reference, explained.Scores));
            written.Length.ShouldBe(new FileInfo(file).Length, original.Id);
        }
    }

    private float[][] Logits(IReadOnlyList<int> ids)
    {
        using var gradless = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        using var logits = stories.Model.Logits(stories.Model.Run(stories.Model.Embed(ids).unsqueeze(0))).data<float>();
        return [.. logits.ToArray().Chunk(stories.Model.Config.VocabularySize)];
    }

    /// <summary>ceil(10 · max(S, 0) / (column maximum + epsilon)), in float32.</summary>
    private static int[] Levels(float[] scores, int columns, float epsilon = 1e-9f)
    {
        var maxima = ColumnMaxima(scores, columns);
        return [.. scores.Select((score, at) => (int)MathF.Ceiling(MathF.Max(score, 0) / (maxima[at % columns] + epsilon) * 10))];
    }

    private static float[] ColumnMaxima(float[] scores, int columns) =>
        [.. Enumerable.Range(0, columns).Select(j => Math.Max(0, scores.Where((_, at) => at % columns == j).Max()))];

    private static double[] Scaled(double[] unscaled) => [.. unscaled.Select(v => v / (unscaled.Max() + 1e-9))];
}
