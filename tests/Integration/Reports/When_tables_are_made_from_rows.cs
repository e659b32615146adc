using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Reports.Tables;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_tables_are_made_from_rows : IAsyncLifetime
{
    private const double Exact = 1e-12;
    private readonly Scratch scratch = new();
    private SqliteStorage storage = null!;
    private StudyReports reports = null!;

    public async ValueTask InitializeAsync()
    {
        storage = new SqliteStorage(scratch.At("interpret.db"));
        await storage.MigrateAsync();
        reports = new StudyReports(storage);
    }

    [Fact]
    public async Task Table_1_compares_unfollowed_with_followed_cases_of_the_tuned_model_alone()
    {
        await StudyAsync("study", ("base", Roles.Base, null), ("tuned", Roles.Tuned, "base"));
        // Unfollowed 1, 3: mean 2, variance 2. Followed 4, 6, 8: mean 6, variance 4.
        // t = -4 / √(2/2 + 4/3) = -4 / √(7/3); df = (7/3)² / (1/1 + (16/9)/2) = (49/9) / (17/9) = 49/17.
        await RatedAsync("study", "tuned", ("a_1", 1, 1), ("a_2", 3, 1), ("a_3", 4, 2), ("a_4", 6, 3), ("a_5", 8, 4));
        await RatedAsync("study", "tuned", ("a_6", 100, 0)); // unrated
        await RatedAsync("study", "base", ("a_1", 100, 1), ("a_3", 100, 4)); // another model's
        await WriteAsync(ExampleRows.Attribution("a_7", 100, "tuned", outputTokens: 4)); // too short an answer
        await WriteAsync(new RatingRow { StudyId = "study", Model = "tuned", PromptId = "a_7", Rating = 4 });
        await WriteAsync(new RatingRow { StudyId = "study", Model = "tuned", PromptId = "a_8", Rating = 4 }); // never explained
        await WriteAsync(ExampleRows.Attribution("a_9", 100, "tuned")); // never rated

        var row = Table1.From(await Table1.ReadAsync(Scope("base", "tuned"), CancellationToken.None)).ShouldHaveSingleItem();
        (row.Group, row.Unfollowed.Count, row.Followed.Count).ShouldBe(("a", 2, 3));
        row.Unfollowed.Mean.ShouldBe(2, Exact);
        row.Followed.Mean.ShouldBe(6, Exact);
        row.Unfollowed.PopulationSd.ShouldBe(1, Exact);
        row.Followed.PopulationSd.ShouldBe(Math.Sqrt(8.0 / 3), Exact);
        row.Test.T.ShouldBe(-4 / Math.Sqrt(7.0 / 3), Exact);
        row.Test.Df.ShouldBe(49.0 / 17, Exact);
    }

    [Fact]
    public async Task Table_2_compares_all_cases_of_both_models_by_group()
    {
        await StudyAsync("study", ("base", Roles.Base, null), ("tuned", Roles.Tuned, "base"));
        // Base 1, 3; tuned 5, 7: both variance 2. t = -4 / √2, df = 4 / (1 + 1) = 2. At two degrees of freedom
        // P(T < t) = ½ + t / (2√(2 + t²)), here ½ − √8 / (2√10). Both differences are −4: no paired t.
        foreach (var (id, ofBase, ofTuned) in new[] { ("b_1", 1, 5), ("b_2", 3, 7) })
            await WriteAsync(ExampleRows.Attribution(id, ofBase), ExampleRows.Attribution(id, ofTuned, "tuned"));
        // An answer of nothing counts as 0, whatever its row says.
        await WriteAsync(ExampleRows.Attribution("a_1", 9, "base", outputTokens: 0), ExampleRows.Attribution("a_1", 2, "tuned", outputTokens: 1));
        await WriteAsync(ExampleRows.Attribution("b_3", 100, "tuned", "another study"));

        var rows = await Table2Async(new("base", "tuned"));
        rows.SkipLast(1).Select(r => r.Group).ShouldBe(["a", "b"]);
        (rows[0].Base.Mean, rows[0].Tuned.Mean, rows[0].Test.T).ShouldBe((0, 2, double.NaN));
        var row = rows[1];
        (row.Base.Count, row.Tuned.Count, row.Base.Mean, row.Tuned.Mean).ShouldBe((2, 2, 2, 6));
        row.Test.T.ShouldBe(-4 / Math.Sqrt(2), Exact);
        row.Test.Df.ShouldBe(2, Exact);
        row.Test.Less.ShouldBe(0.5 - (Math.Sqrt(8) / (2 * Math.Sqrt(10))), Exact);
        row.Paired.T.ShouldBe(double.NaN);
        row.CohensD.ShouldBe(-4 / Math.Sqrt(2), Exact);
    }

    /// <summary>Its score is 0 in every model, whatever the models do: many such rows would make a difference where there is none, or hide one.</summary>
    [Fact]
    public async Task A_prompt_without_a_marked_instruction_is_left_out_of_tables_1_and_2_and_counted()
    {
        await StudyAsync("study", ("base", Roles.Base, null), ("tuned", Roles.Tuned, "base"));
        await WriteAsync(ExampleRows.Attribution("a_1", 1), ExampleRows.Attribution("a_2", 2), ExampleRows.Attribution("a_3", 0));
        await RatedAsync("study", "tuned", ("a_1", 3, 1), ("a_2", 4, 2), ("a_3", 0, 2), ("a_4", 0, 0));
        await WriteAsync(Prompt("a_1", "Do it"), Prompt("a_2", "Do it"), Prompt("a_3"), Prompt("a_4", " "), Prompt("a_5"));

        var table2 = (await Table2Async(new("base", "tuned"))).ShouldHaveSingleItem();
        (table2.Base.Count, table2.Base.Mean, table2.Tuned.Count, table2.Tuned.Mean).ShouldBe((2, 1.5, 2, 3.5));
        var table1 = Table1.From(await Table1.ReadAsync(Scope("base", "tuned"), CancellationToken.None)).ShouldHaveSingleItem();
        (table1.Unfollowed.Count, table1.Followed.Count, table1.Followed.Mean).ShouldBe((1, 1, 4));
        var texts = new List<string>();
        foreach (var name in new[] { "table1", "table2" })
            texts.AddRange(await reports.RenderAsync("study", name, null, [ReportFormats.TextAll]));
        texts[0].ShouldContain("Left out: 1 prompt without a marked instruction.\n"); // a_4 is not rated
        texts[1].ShouldContain("Left out: 2 prompts without a marked instruction.\n");

        static PromptRow Prompt(string id, params string[] spans) =>
            new() { StudyId = "study", Id = id, Row = 1, Text = "Do it", Reference = "", Spans = [.. spans] };
    }

    [Fact]
    public async Task Each_pair_of_a_study_has_tables_of_its_own()
    {
        await StudyAsync(
            "study", ("llama", Roles.Base, null), ("vicuna", Roles.Tuned, "llama"), ("mistral", Roles.Base, null),
            ("zephyr", Roles.Tuned, "mistral"), ("wizard", Roles.Tuned, "llama"));
        var pairs = await reports.PairsAsync("study");
        pairs.ShouldBe([new("llama", "vicuna"), new("mistral", "zephyr"), new("llama", "wizard")]);
        foreach (var (model, score) in new[] { ("llama", 1), ("vicuna", 2), ("mistral", 3), ("zephyr", 4), ("wizard", 5) })
            await WriteAsync(ExampleRows.Attribution("a_1", score, model));
        var means = new List<(double, double)>();
        foreach (var pair in pairs)
            means.Add((await Table2Async(pair))[0] is var row ? (row.Base.Mean, row.Tuned.Mean) : default);
        means.ShouldBe([(1, 2), (3, 4), (1, 5)]);
    }

    [Fact]
    public async Task An_unknown_study_is_answered_with_the_known_ones()
    {
        (await Should.ThrowAsync<BadInputException>(reports.PairsAsync("nowhere"))).Message.ShouldBe("nowhere: expected a study, found no study of that name");
        await StudyAsync("second", ("base", Roles.Base, null));
        await StudyAsync("first", ("base", Roles.Base, null));
        (await Should.ThrowAsync<BadInputException>(reports.PairsAsync("nowhere"))).Message
            .ShouldBe("nowhere: expected a study: first, second, found no study of that name");
    }

    [Fact]
    public async Task A_study_without_a_pair_says_what_it_has()
    {
        await StudyAsync("lonely", ("llama", Roles.Base, null));
        (await Should.ThrowAsync<BadInputException>(reports.PairsAsync("lonely"))).Message
            .ShouldBe("lonely: models: expected a base and a tuned model, found llama (base)");
    }

    [Fact]
    public async Task An_unknown_table_is_answered_with_the_known_ones()
    {
        await StudyAsync("study", ("base", Roles.Base, null), ("tuned", Roles.Tuned, "base"));
        (await Should.ThrowAsync<BadInputException>(reports.RenderAsync("study", "table9", null, [ReportFormats.Text]))).Message
            .ShouldContain("table1, table2");
    }

    public ValueTask DisposeAsync()
    {
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    private ReportScope Scope(string @base, string tuned) => new(storage, "study", new(@base, tuned));

    private async Task<IReadOnlyList<Table2Row>> Table2Async(ModelPair pair)
    {
        var (before, after) = await Table2.ReadAsync(Scope(pair.Base, pair.Tuned), CancellationToken.None);
        return Table2.From(before, after);
    }

    private async Task StudyAsync(string name, params (string Name, string Role, string? Parent)[] models)
    {
        await WriteAsync(new StudyRow { Id = name, Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        await WriteAsync([.. models.Select(
            (model, i) => new ModelRow { StudyId = name, Name = model.Name, Role = model.Role, Parent = model.Parent, Position = i })]);
    }

    private async Task RatedAsync(string study, string model, params (string Id, double Score, double Rating)[] cases)
    {
        await WriteAsync([.. cases.Select(one => ExampleRows.Attribution(one.Id, one.Score, model, study))]);
        await WriteAsync([.. cases.Select(one => new RatingRow { StudyId = study, Model = model, PromptId = one.Id, Rating = one.Rating })]);
    }

    private async Task WriteAsync<T>(params T[] rows)
        where T : class
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync(rows);
    }
}
