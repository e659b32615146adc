using System.Text.Json;
using Interpret.Cli;
using Interpret.Cli.Clients;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_table_3_is_made_from_rows : IAsyncLifetime
{
    private const double Exact = 1e-12;
    private static readonly ModelPair Pair = new("base", "tuned");
    private readonly Scratch scratch = new();
    private SqliteStorage storage = null!;
    private StudyReports reports = null!;

    public async ValueTask InitializeAsync()
    {
        storage = new SqliteStorage(scratch.At("interpret.db"));
        await storage.MigrateAsync();
        reports = new StudyReports(storage);
        await WriteAsync(new StudyRow { Id = "study", Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        await WriteAsync(
            new ModelRow { StudyId = "study", Name = "base", Role = Roles.Base },
            new ModelRow { StudyId = "study", Name = "tuned", Role = Roles.Tuned, Parent = "base", Position = 1 });
    }

    [Fact]
    public async Task It_compares_the_heads_of_both_models_over_the_verbs()
    {
        await HeadsAsync();
        var row = await RowAsync();
        // Instruction: act 1/1, write 1/2: mean 3/4, variance 1/8. General: run 0/1, jump 0/2, eat 1/2: mean 1/6, variance 1/12.
        // t = (7/12) / √(1/16 + 1/36) = (7/12) / (√13/12) = 7/√13; df = (13/144)² / ((9/144)²/1 + (4/144)²/2) = 169/89.
        Numbers(row, "n").ShouldBe([2, 3]);
        Close(Numbers(row, "mean"), 3.0 / 4, 1.0 / 6);
        Close(Numbers(row, "sd"), 1.0 / 4, Math.Sqrt(1.0 / 18));
        Close(Numbers(row, "t"), 7 / Math.Sqrt(13));
        Close(Numbers(row, "df"), 169.0 / 89);
        // Merged, run is unchanged: 0, 1/2.
        Numbers(row, "mergedN").ShouldBe([2, 2]);
        Close(Numbers(row, "mergedMean"), 3.0 / 4, 1.0 / 4);

        var text = await TableAsync(ReportFormats.TextAll);
        text.ShouldStartWith("Table 3\n");
        text.ShouldContain("Left out: 1 head that only one of the models has.");
        text.ShouldMatch(@"(?m)^0-7 +2 +3 +75\.0% +16\.7% +25\.0% +23\.6% +1\.94 +1\.9 ");
    }

    [Fact]
    public async Task A_study_s_vocabulary_decides_which_general_verbs_there_are()
    {
        await HeadsAsync();
        await WriteAsync([.. new[] { "the", "Run", "act", "jump" }.Select(
            (word, i) => new VocabularyRow { StudyId = "study", Position = i, Word = word, Frequency = 1 })]);
        await WriteAsync(new VocabularyRow { StudyId = "another study", Position = 0, Word = "eat", Frequency = 1 });
        var row = await RowAsync();
        Numbers(row, "n").ShouldBe([2, 2]);
        Numbers(row, "mean").ShouldBe([0.75, 0]);
    }

    [Fact]
    public async Task A_study_may_give_the_verbs_itself()
    {
        await HeadsAsync();
        await WriteAsync(new StudyRow
        {
            Id = "study", ContentHash = "", Status = StudyStatus.Active, Definition = """{ "verbs": { "instruction": ["jump"], "general": ["act", "jump", "eat"] } }""",
        });
        var row = await RowAsync();
        // Instruction: jump 0/2. General, without jump: act 1/1, eat 1/2.
        Numbers(row, "n").ShouldBe([1, 2]);
        Close(Numbers(row, "mean"), 0, 3.0 / 4);
        var text = await TableAsync(ReportFormats.TextAll);
        text.ShouldContain("Instruction verbs: the study's own 1. General verbs: the study's own 3.");
    }

    [Fact]
    public async Task A_study_without_head_word_counts_says_which_model_lacks_them_and_what_to_do()
    {
        (await Should.ThrowAsync<BadInputException>(TableAsync(ReportFormats.TextAll))).Message.ShouldBe(
            "study: table3 of base and tuned: expected head word counts of both models, found none of base and tuned. "
            + "Run the study's attention stage, or import its explanations: interpret import attention … --study study --model base");
        await WriteAsync(Counts("base", 0, 0, ("act", 1, 1)));
        (await Should.ThrowAsync<BadInputException>(TableAsync(ReportFormats.TextAll))).Message.ShouldEndWith(
            "found none of tuned. Run the study's attention stage, or import its explanations: interpret import attention … --study study --model tuned");
    }

    [Fact]
    public async Task A_report_of_everything_has_the_tables_that_have_rows()
    {
        (await reports.AvailableAsync("study", Pair)).ShouldBe(["table1", "table2"]); // empty ones: there is nothing else to show
        (await FilesAsync("nothing")).ShouldBe(["report.md", "table1.json", "table2.json"]);

        await WriteAsync(Counts("base", 0, 0, ("act", 1, 1)));
        (await reports.AvailableAsync("study", Pair)).ShouldBe(["table1", "table2"]);
        await WriteAsync(Counts("tuned", 0, 0, ("act", 2, 2)));
        (await reports.AvailableAsync("study", Pair)).ShouldBe(["table3"]);
        (await FilesAsync("heads")).ShouldBe(["report.md", "table3.json"]);

        await WriteAsync(ExampleRows.Attribution("a_1", 1, "tuned"));
        (await FilesAsync("both")).ShouldBe(["length.json", "report.md", "table1.json", "table2.json", "table3.json"]);
    }

    public ValueTask DisposeAsync()
    {
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    // More often after tuning / changed: act 1/1, write 1/2; run 0/1, jump 0/2, eat 1/2. A third head is the tuned model's alone.
    private async Task HeadsAsync()
    {
        await WriteAsync(
            Counts("base", 0, 0, ("act", 1, 1), ("eat", 1, 1), ("jump", 2, 2), ("run", 3, 2), ("table", 4, 4), ("write", 1, 1)),
            Counts("base", 7, 1, ("act", 2, 2), ("eat", 2, 2), ("jump", 1, 1), ("write", 2, 2)),
            Counts("tuned", 0, 0, ("act", 2, 2), ("eat", 2, 2), ("jump", 1, 1), ("run", 2, 2), ("write", 3, 3)),
            Counts("tuned", 7, 1, ("act", 2, 2), ("eat", 1, 1), ("write", 1, 1)),
            Counts("tuned", 9, 1, ("act", 9, 9)));
        var other = Counts("base", 1, 1, ("act", 1, 1));
        other.StudyId = "another study";
        await WriteAsync(other);
    }

    private static HeadWordCountRow Counts(string model, int layer, int head, params (string Word, int Count, int Merged)[] words) => new()
    {
        StudyId = "study",
        Model = model,
        Layer = layer,
        Head = head,
        Words = [.. words.Select(word => word.Word)],
        Counts = [.. words.Select(word => word.Count)],
        MergedCounts = [.. words.Select(word => word.Merged)],
    };

    private async Task<string> TableAsync(IReportFormat format) => (await reports.RenderAsync("study", "table3", null, [format]))[0];

    private async Task<JsonElement> RowAsync() =>
        JsonDocument.Parse(await TableAsync(new JsonFormat())).RootElement.EnumerateArray().ShouldHaveSingleItem();

    private async Task<IEnumerable<string?>> FilesAsync(string folder)
    {
        var client = new LocalStudyClient(await EmbeddedState.OpenAsync(CancellationToken.None, scratch.Root));
        await ReportFolder.WriteAsync(client, "study", scratch.At(folder), CancellationToken.None);
        return Directory.EnumerateFiles(scratch.At(folder)).Select(path => Path.GetFileName(path))
            .Where(name => name == "report.md" || name.EndsWith(".json")).Order(StringComparer.Ordinal);
    }

    private static double[] Numbers(JsonElement row, string key) =>
        row.GetProperty(key) is { ValueKind: JsonValueKind.Array } many
            ? [.. many.EnumerateArray().Select(one => one.GetDouble())]
            : [row.GetProperty(key).GetDouble()];

    private static void Close(double[] found, params double[] expected)
    {
        found.Length.ShouldBe(expected.Length);
        for (var i = 0; i < expected.Length; i++) found[i].ShouldBe(expected[i], Exact);
    }

    private async Task WriteAsync<T>(params T[] rows)
        where T : class
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync(rows);
    }
}
