using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

public sealed class When_evidence_is_looked_for : IAsyncLifetime
{
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
    public async Task A_study_of_one_model_has_it_and_no_table_of_pairs()
    {
        await StudyAsync(("vicuna", Roles.Tuned));
        (await Should.ThrowAsync<BadInputException>(reports.ListAsync("study"))).ErrorClass.ShouldBe("study-unpaired");
        (await Should.ThrowAsync<BadInputException>(RenderAsync("evidence"))).Message.ShouldContain("found none. Its dataset must say them");
        await PromptAsync("a_1", "0-1");
        (await Should.ThrowAsync<BadInputException>(RenderAsync("evidence"))).Message
            .ShouldContain("expected attributions of prompts with evidence, found none of vicuna");
        await CasesAsync("vicuna", "a_1");

        var list = await reports.ListAsync("study");
        (list.Pairs.Count, string.Join(' ', list.Reports)).ShouldBe((0, "table1 evidence"));
        var rows = await RenderAsync("evidence");
        rows.Select(row => (string?)row!["ranking"]).ShouldBe(["density", "density_b4_p5", "mean_absolute", "first_first", "last_first", "chance"]);
        // The second of two sentences has the larger scores; the first is marked.
        rows.Select(row => ((double)row!["auroc"]!, (double)row["mrr"]!, (int)row["n"]!)).ShouldBe(
            [(0, 0.5, 1), (0, 0.5, 1), (0, 0.5, 1), (1, 1, 1), (0, 0.5, 1), (0.5, 0.75, 1)]);
        rows[0]!["auroc_low"].ShouldBeNull(); // one case has no interval
        (await RenderAsync("evidence-cases")).Count.ShouldBe(6);
        foreach (var refused in new[] { RenderAsync("table2"), RenderAsync("evidence", "vicuna"), RenderAsync("nothing") })
            (await Should.ThrowAsync<BadInputException>(refused)).ErrorClass.ShouldBe("study-unpaired");
    }

    [Fact]
    public async Task It_is_about_all_models_or_those_of_the_pair_that_is_asked_for()
    {
        await StudyAsync(("llama", Roles.Base), ("vicuna", Roles.Tuned), ("wizard", Roles.Tuned));
        (await reports.ListAsync("study")).Reports.ShouldBeEmpty();
        await PromptAsync("a_1", "0-1");
        await PromptAsync("a_2", "6-7");
        await PromptAsync("a_3", "");
        await PromptAsync("b_4", null);
        await CasesAsync("llama", "a_1", "a_2", "a_3", "b_4");
        await CasesAsync("vicuna", "a_1", "a_2", "b_4");
        await CasesAsync("wizard", "a_2");
        Counts(await RenderAsync("evidence")).ShouldBe("llama 2, vicuna 2, wizard 1");
        Counts(await RenderAsync("evidence", "wizard")).ShouldBe("llama 2, wizard 1");
        (await reports.RenderAsync("study", "evidence", null, [ReportFormats.Text]))[0].ShouldContain("Left out of llama: 1 (no sentence marked).");
        (await reports.ListAsync("study")).Pairs[0].Reports.ShouldNotContain("evidence");

        static string Counts(JsonArray rows) => string.Join(", ", rows.Select(row => $"{row!["model"]} {row["n"]}").Distinct());
    }

    public ValueTask DisposeAsync()
    {
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<JsonArray> RenderAsync(string report, string? tuned = null) =>
        JsonNode.Parse((await reports.RenderAsync("study", report, tuned, [ReportFormats.All.Named("json", "test")]))[0])!.AsArray();

    private async Task StudyAsync(params (string Name, string Role)[] models)
    {
        await WriteAsync(new StudyRow { Id = "study", Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        await WriteAsync([.. models.Select((model, i) => new ModelRow { StudyId = "study", Name = model.Name, Role = model.Role, Position = i })]);
    }

    private Task PromptAsync(string id, string? evidence) => WriteAsync(new PromptRow
    {
        StudyId = "study",
        Id = id,
        Text = "Tea. Cake. Why?",
        Reference = "",
        Spans = [],
        Context = "Tea. Cake.",
        Evidence = evidence is null ? null : [.. evidence.Split('-', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
    });

    private Task CasesAsync(string model, params string[] prompts) => WriteAsync([.. prompts.Select(prompt =>
    {
        var row = ExampleRows.Attribution(prompt, 1, model, outputTokens: 2);
        row.Input = ["▁Tea", ".", "▁Cake", ".", "▁Why", "?"];
        row.Scores = MemoryMarshal.AsBytes(new float[] { 1, 1, 0, 0, 3, 3, 0, 0, 1, 1, 0, 0 }.AsSpan()).ToArray();
        return row;
    })]);

    private async Task WriteAsync<T>(params T[] rows)
        where T : class
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync(rows);
    }
}
