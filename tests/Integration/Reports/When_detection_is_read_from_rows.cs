using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Tables;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_detection_is_read_from_rows
{
    private const double Exact = 1e-12;

    [Theory]
    [InlineData(Provider.Sqlite, null)]
    [InlineData(Provider.Postgres, null)]
    [InlineData(Provider.Sqlite, 0.9)]
    public async Task Only_what_passes_counts_in_the_validated_table_and_everything_in_the_ordinary_one(Provider provider, double? threshold)
    {
        using var database = await TestDatabase.OpenAsync(provider);
        await FillAsync(database.Storage, threshold);
        await WriteAsync(
            database.Storage,
            Row("base", 1, 1, "coding", 5, 0), Row("base", 1, 2, "coding", 4, 1), Row("base", 1, 3, "math", 5, 3), Row("base", 1, 4, "math", null, null),
            Row("base", 1, 5, null, null, null),
            Row("base", 2, 1, "math", 5, 1), Row("base", 2, 2, "math", 5, 5),
            Row("tuned", 1, 1, "coding", 5, 0), Row("tuned", 2, 1, "none", 5, 0),
            // These count nowhere: too high a rank, and a rehearsal.
            Row("base", 1, 301, "writing", 5, 0), Row("base", 1, 6, "writing", 5, 0, rehearsal: true));
        var scope = new ReportScope(database.Storage, "study", new ModelPair("base", "tuned"));
        var validated = await ValidatedLabels.ReadAsync(scope, TestContext.Current.CancellationToken);
        validated.Threshold.ShouldBe(threshold ?? 0.8);
        validated.Labels.HighestRank.ShouldBe(5);
        var rows = Table5.From(validated.Labels).ToDictionary(row => row.Category.Name);
        // Right: 10, 8, 7, not read, not asked; 9, 5. At 0.8 pass two and one, at 0.9 one and one.
        rows["coding"].Base.Concepts.ShouldBe(threshold is null ? 3 : 2);
        rows["coding"].Base.Shares.Mean.ShouldBe(0.5, Exact); // of pass 1 all, of pass 2 none
        rows["math"].Base.Shares.Mean.ShouldBe(0.5, Exact);
        rows["writing"].Base.Shares.Mean.ShouldBe(0);
        rows["uninterpretable"].Base.Shares.Mean.ShouldBe(0);
        rows["coding"].Tuned.Concepts.ShouldBe(2);

        var ordinary = Table5.From(await PairLabels.ReadAsync(scope, TestContext.Current.CancellationToken)).ToDictionary(row => row.Category.Name);
        ordinary["coding"].Base.Concepts.ShouldBe(6);
        ordinary["coding"].Base.Shares.Mean.ShouldBe(0.25, Exact); // 2 of 4, 0 of 2
        ordinary["uninterpretable"].Base.Shares.Mean.ShouldBe(0.1, Exact);
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task Concepts_and_control_are_told_apart_and_real_answers_from_rehearsed_ones(Provider provider)
    {
        using var database = await TestDatabase.OpenAsync(provider);
        await FillAsync(database.Storage, threshold: null);
        var reports = new StudyReports(database.Storage);
        (await Should.ThrowAsync<BadInputException>(reports.RenderAsync("study", "detection", null, [null]))).Message.ShouldContain("\"detection\": true");

        await WriteAsync(database.Storage, Row("tuned", 1, 1, "coding", 3, 0, rehearsal: true), Row("tuned", 1, 2, null, null, null, rehearsal: true));
        (await DetectionAsync()).Rehearsal.ShouldBeTrue();
        (await reports.RenderAsync("study", "detection-cases", null, [ReportFormats.All.Named("csv", "test")]))[0].ShouldBe(
            "model,directions,pass,layer,rank,summary,hits,falseAlarms,score,outcome,rehearsal\r\n"
            + "tuned,concepts,1,0,1,things,3,0,0.8,passes,true\r\ntuned,concepts,1,0,2,Cannot Tell,,,,not asked,true\r\n");

        await WriteAsync(
            database.Storage, Row("base", 1, 1, "coding", 5, 0), Row("base", 2, 1, "coding", 3, 0), Row("base", 1, 2, "coding", 2, 2),
            Row("base", 2, 2, "math", -1, null));
        await using (var context = database.Storage.CreateDbContext())
            await context.UpsertAsync([ControlAnnotationRow.Of(Row("base", 1, 1, "none", 1, 2)), ControlAnnotationRow.Of(Row("base", 1, 2, null, null, null))]);
        var detection = await DetectionAsync();
        detection.Rehearsal.ShouldBeFalse();
        var model = detection.Models.ShouldHaveSingleItem(); // of the tuned model nothing is real
        (model.Model, model.Concepts.Annotated, model.Concepts.Asked, model.Concepts.Unread, model.Concepts.Passing).ShouldBe(("base", 4, 4, 1, 2));
        model.Concepts.Scores.Zip([0.9, 0.5]).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < Exact);
        var control = model.Control.ShouldNotBeNull();
        (control.Annotated, control.Interpretable, control.Asked, control.Passing).ShouldBe((2, 1, 1, 0));
        control.Scores.ShouldBe([0.4]);

        Task<StudyDetection> DetectionAsync() =>
            StudyDetection.ReadAsync(new ReportScope(database.Storage, "study", null, ["base", "tuned"]), TestContext.Current.CancellationToken);
    }

    private static async Task FillAsync(InterpretStorage storage, double? threshold)
    {
        var study = StudyDefinition.FromJson("{}");
        study = study with { Annotation = study.Annotation with { Detection = true, DetectionThreshold = threshold } };
        await using var context = storage.CreateDbContext();
        context.Studies.Add(new StudyRow { Id = "study", Definition = study.ToJson(), ContentHash = "", Status = StudyStatus.Active });
        context.Models.Add(new ModelRow { StudyId = "study", Name = "base", Role = Roles.Base });
        context.Models.Add(new ModelRow { StudyId = "study", Name = "tuned", Role = Roles.Tuned, Parent = "base", Position = 1 });
        await context.SaveChangesAsync();
    }

    private static async Task WriteAsync(InterpretStorage storage, params AnnotationRow[] rows)
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync(rows);
    }

    /// <param name="hits">Below 0: an answer that cannot be read; null: not asked.</param>
    private static AnnotationRow Row(string model, int pass, int rank, string? tasks, int? hits, int? falseAlarms, bool rehearsal = false) => new()
    {
        StudyId = "study",
        Model = model,
        Rehearsal = rehearsal,
        Pass = pass,
        Layer = 0,
        Rank = rank,
        ChatModel = "gpt",
        Summary = tasks is null ? "Cannot Tell" : "things",
        Interpretable = tasks is not null,
        TaskText = tasks,
        Tasks = [],
        LinguisticText = tasks is null ? null : "Semantic",
        DetectionText = hits is null ? null : "said",
        DetectionHits = hits < 0 ? null : hits,
        DetectionFalseAlarms = falseAlarms,
    };
}
