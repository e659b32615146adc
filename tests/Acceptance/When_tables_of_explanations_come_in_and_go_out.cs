using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Acceptance.Tests;

public sealed class When_tables_of_explanations_come_in_and_go_out : IDisposable
{
    private const string Concepts = "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n";
    private const string Patterns = "Model\tSize\tLayer\tType\tHead\tDim\tRank\tScore\tTopK\n";

    private readonly Scratch scratch = new();

    [Fact]
    public async Task The_original_s_tables_come_out_as_they_went_in()
    {
        var (linear, bilinear) = (Reference.Path("golden/files/linear_explain.tsv"), Reference.Path("golden/files/bilinear_explain.tsv"));
        (await ImportAsync("feed-forward", "vicuna", "tuned", linear)).ShouldExitWith(0).Error.ShouldContain("left alone: 128 rows of llama 7B");
        (await ImportAsync("feed-forward", "llama", "base", linear))
            .ShouldExitWith(0).Error.ShouldContain("128 concepts of llama (base) in 2 layers, 0 parked");
        (await ImportAsync("attention", "llama", "base", [.. Split(bilinear, 30_000, 110_001)]))
            .ShouldExitWith(0).Error.ShouldContain("128 attention patterns of llama (base) in 2 layers, 0 parked");
        (await AskAsync("export", "attention", "--study", "tables", "--out", scratch.At("again.tsv"))).ShouldExitWith(0);
        Same(scratch.At("again.tsv"), bilinear);
        (await AskAsync("export", "feed-forward", "--study", "tables", "--model", "llama", "--model", "vicuna", "--out", scratch.At("again.tsv")))
            .ShouldExitWith(0);
        Same(scratch.At("again.tsv"), linear);
        // The study has vicuna first: it came in first.
        (await AskAsync("export", "feed-forward", "--study", "tables")).ShouldExitWith(0).Output.ShouldStartWith(Concepts + "vicuna\t7B\t3\tFFN");
    }

    [Fact]
    public async Task A_head_s_recurring_words_are_counted_wherever_its_rows_stand()
    {
        var file = scratch.Write("a.tsv", Patterns
            + "m\t7B\t1\tQK\t0\t5\t1\t2.5\tcat=dog|||cat=cow\n" + "m\t7B\t1\tQK\t1\t0\t1\t2\tcat=dog\n" + "m\t7B\t2\tQK\t0\t0\t1\t2\ta=b\n"
                + "m\t7B\t2\tQK\t0\t1\t2\t1\ta=b\n" + "m\t7B\t1\tQK\t0\t0\t2\t1.5\tDog=emu|||dog=cat\n");
        (await ImportAsync("attention", "m", "base", file)).ShouldExitWith(0);
        var scene = await StudyScene.OpenAsync(scratch.At("state"), "tables");
        await using var context = scene.State.Storage.CreateDbContext();
        var counts = await context.HeadWordCounts.AsNoTracking().OrderBy(c => c.Layer).ThenBy(c => c.Head).ToListAsync();
        counts.ConvertAll(c => $"{c.Model} {c.Layer} {c.Head}: {string.Join(',', c.Words)} {string.Join(',', c.Counts)} {string.Join(',', c.MergedCounts)}")
            .ShouldBe(["m 1 0: cat,dog 1,1 1,1", "m 1 1:   ", "m 2 0: a,b 1,1 1,1"]);
        var pattern = await context.AttentionPatterns.AsNoTracking().SingleAsync(p => p.Layer == 1 && p.Head == 0 && p.Rank == 2);
        (pattern.Dim, pattern.Score).ShouldBe((0, 1.5));
        pattern.KeyWords.ShouldBe(["Dog", "dog"]);
        pattern.QueryWords.ShouldBe(["emu", "cat"]);
    }

    [Fact]
    public async Task Rows_that_cannot_be_used_are_parked_by_file_and_row_and_give_way_when_they_are_mended()
    {
        var first = scratch.Write("parts/x.tsvaa", Concepts + "m\t7B\t0\tFFN\t0\t1\t0.5\ta|||b\nm\t7B\t0\tFFN\t0\ttwo\t0.4\tc\nm\t7B\t1\tFFN\t0\t1\t0.");
        var second = scratch.Write("parts/x.tsvab", "25\td\nn\t7B\t1\tFFN\t0\t1\t0.25\te\nm\t7B\t1\tFFN\t0\t1\t0.2\tf\n");
        var result = (await ImportAsync("feed-forward", "m", "base", first, second)).ShouldExitWith(1);
        result.Error.ShouldContain($"parked: {first}: row 3: expected Rank: a whole number from 1, found \"two\" [bad-number]");
        result.Error.ShouldContain(
            $"parked: {second}: row 3: expected each layer, head and rank of a model once, found layer 1, head 0, rank 1 of m again [duplicate-row]");
        result.Error.ShouldContain("left alone: 1 rows of n 7B");
        result.Error.ShouldContain("2 concepts of m (base) in 2 layers, 2 parked");
        (await FailuresAsync()).ShouldBe(["feed-forward m x.tsvaa, row 3", "feed-forward m x.tsvab, row 3"]);
        (await UnitsAsync()).ShouldBe(["done 2", "parked 2"]);

        scratch.Write("parts/x.tsvaa", Concepts + "m\t7B\t0\tFFN\t0\t2\t0.4\tc\nm\t7B\t1\tFFN\t0\t1\t0.25\td\n");
        (await ImportAsync("feed-forward", "m", "base", first)).ShouldExitWith(0);
        (await FailuresAsync()).ShouldBe(["feed-forward m x.tsvab, row 3"]);
        (await AskAsync("export", "feed-forward", "--study", "tables")).Output.ShouldBe(
            Concepts + "m\t7B\t1\tFFN\t0\t1\t0.2500\td\nm\t7B\t0\tFFN\t0\t2\t0.4000\tc\n", "layer 0 holds the new row alone");
    }

    /// <summary>A ladder: each tuned model is compared with the one that it was made from.</summary>
    [Fact]
    public async Task A_tuned_model_has_the_parent_and_the_training_that_its_import_names()
    {
        var file = scratch.Write("c.tsv", Concepts + string.Concat(new[] { "m", "sft", "dpo", "dpo2" }.Select(model => $"{model}\t7B\t0\tFFN\t0\t1\t0.5\ta\n")));
        (await ImportAsync("feed-forward", "m", "base", file)).ShouldExitWith(0);
        (await TunedAsync("dpo", "--parent", "sft")).ShouldExitWith(3).Error.ShouldContain("expected another model that the study has already, found \"sft\"; it has m [model-unknown]");
        (await TunedAsync("sft")).ShouldExitWith(0);
        (await TunedAsync("dpo", "--parent", "sft", "--training", "dpo")).ShouldExitWith(0);
        (await TunedAsync("dpo2", "--parent", "sft")).ShouldExitWith(0);
        (await TunedAsync("dpo2", "--training", "dpo")).ShouldExitWith(0); // said later
        (await TunedAsync("dpo", "--parent", "m")).ShouldExitWith(3).Error.ShouldContain("expected the parent it has there, sft, found m [study-differs]");
        (await AskAsync("import", "feed-forward", file, "--study", "tables", "--model", "m", "--role", "base", "--training", "x"))
            .ShouldExitWith(3).Error.ShouldContain("expected a tuned model where a parent or a training is given");
        await using var context = (await StudyScene.OpenAsync(scratch.At("state"), "tables")).State.Storage.CreateDbContext();
        (await context.Models.OrderBy(model => model.Position).Select(model => $"{model.Name} {model.Parent} {model.Training}").ToListAsync())
            .ShouldBe(["m  ", "sft  ", "dpo sft dpo", "dpo2 sft dpo"]);

        Task<CommandResult> TunedAsync(string model, params string[] options) =>
            AskAsync(["import", "feed-forward", file, "--study", "tables", "--model", model, "--role", "tuned", .. options]);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_leaves_nothing()
    {
        var file = scratch.Write("c.tsv", Concepts + "m\t7B\t0\tFFN\t0\t1\t0.5\ta\nm\t13B\t0\tFFN\t0\t1\t0.5\tb\n");
        (await ImportAsync("attention", "m", "base", file))
            .ShouldExitWith(3).Error.ShouldContain("expected Model<tab>Size<tab>Layer<tab>Type<tab>Head<tab>Dim<tab>Rank");
        (await ImportAsync("feed-forward", "x", "base", file))
            .ShouldExitWith(3).Error.ShouldContain("expected rows of x, found rows of m 13B, m 7B [model-unknown]");
        (await ImportAsync("feed-forward", "m", "base", scratch.At("none"))).ShouldExitWith(3).Error.ShouldContain("[input-missing]");
        (await AskAsync("status", "tables")).ShouldExitWith(3);
        (await AskAsync("import", "feed-forward", file, "--study", "tables", "--model", "m", "--role", "base", "--size", "13B"))
            .ShouldExitWith(0).Error.ShouldContain("1 rows of m 7B");
        (await ImportAsync("feed-forward", "m", "tuned", file)).ShouldExitWith(3).Error.ShouldContain("expected the role it has there, base, found tuned");
        (await AskAsync("import", "feed-forward", file, "--study", "tables", "--model", "m", "--role", "base", "--size", "7B"))
            .ShouldExitWith(3).Error.ShouldContain("expected the size it has there, 13B, found 7B");
        (await AskAsync("export", "feed-forward", "--study", "tables")).Output.ShouldBe(Concepts + "m\t13B\t0\tFFN\t0\t1\t0.5000\tb\n");
        (await AskAsync("export", "attention", "--study", "tables")).ShouldExitWith(3).Error.ShouldContain("tables: expected attention patterns, found none");
        (await AskAsync("export", "feed-forward", "--study", "tables", "--model", "x"))
            .ShouldExitWith(3).Error.ShouldContain("tables: model x: expected concepts of that model, found none");
    }

    [Fact]
    public async Task A_table_comes_in_from_standard_input_and_goes_to_standard_output()
    {
        using var process = InterpretProcess.Start(
            scratch.At("state"), Concepts + "m\t\t0\tFFN\t0\t1\t0.5\ta\n", "import", "feed-forward", "-", "--study", "tables", "--model", "m", "--role",
                "base");
        (await process.EndAsync()).ShouldExitWith(0);
        (await AskAsync("export", "feed-forward", "--study", "tables", "--out", "-")).Output.ShouldBe(Concepts + "m\t\t0\tFFN\t0\t1\t0.5000\ta\n");
    }

    public void Dispose() => scratch.Dispose();

    private static void Same(string found, string expected) => File.ReadAllBytes(found).AsSpan().SequenceEqual(File.ReadAllBytes(expected)).ShouldBeTrue();

    private IEnumerable<string> Split(string file, params int[] cuts)
    {
        var bytes = File.ReadAllBytes(file);
        return cuts.Append(bytes.Length).Zip(cuts.Prepend(0), (end, start) => bytes[start..end])
            .Select((part, i) => scratch.Write($"parts/x.tsva{(char)('a' + i)}", part));
    }

    private async Task<IEnumerable<string>> FailuresAsync() =>
        JsonDocument.Parse((await AskAsync("failures", "tables", "--format", "json")).ShouldExitWith(0).Output).RootElement.EnumerateArray()
        .Select(f => $"{f.GetProperty("stage")} {f.GetProperty("model")} {f.GetProperty("subject")}").Order(StringComparer.Ordinal);

    private async Task<IEnumerable<string>> UnitsAsync() =>
        JsonDocument.Parse((await AskAsync("status", "--format", "json")).Output).RootElement[0].GetProperty("units").EnumerateArray()
        .Select(u => $"{u.GetProperty("status")} {u.GetProperty("count")}").Order(StringComparer.Ordinal);

    private Task<CommandResult> ImportAsync(string stage, string model, string role, params string[] files) =>
        AskAsync(["import", stage, .. files, "--study", "tables", "--model", model, "--role", role]);

    private Task<CommandResult> AskAsync(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("state"), arguments);
}
