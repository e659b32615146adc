using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Orchestrator.Annotation;
using Interpret.Rehearsal;
using Interpret.Reports;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

[Collection("pipeline")]
public sealed class When_summaries_are_judged : IDisposable
{
    private const string Judged = """{"feedForward":{"ranks":300},"annotation":{"endpoint":"http://none/v1","model":"gpt-4o-mini","passes":5,"words":8,"detection":true,"control":"rotation"}}""";

    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_study_has_a_score_for_every_summary_a_control_and_tables_of_both_and_a_replay_pays_nothing()
    {
        await using var server = await RehearsalServer.StartAsync(AnnotationScene.Quick);
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(
            scratch, "judged", SampleStudy.Rows.Take(1), maxNewTokens: 1, rated: false, words: true, change: study =>
            {
                study["feedForward"] = new { words = 40, ranks = 20 };
                study["annotation"] = new { passes = 2, detection = true, detectionThreshold = 0.7, control = "rotation", seed = 3 };
            }));
        (await scene.WorkAsync()).Parked.ShouldBe(0);
        var storage = scene.State.Storage;
        await using (var context = storage.CreateDbContext())
        {
            (await context.Concepts.CountAsync(), await context.ControlConcepts.CountAsync()).ShouldBe((2 * 4 * 20, 2 * 4 * 20));
            var control = await context.ControlConcepts.AsNoTracking().ToListAsync();
            control.ShouldAllBe(row => row.Words.Count == 40 && row.Score > 0);
        }

        await using (var context = storage.CreateDbContext())
        {
            // It asked a chat model at this address, and is gone: what answers there now is what counts.
            context.Workers.Add(new WorkerRow { Id = "gone", Queue = Queues.Annotate, Devices = ChatEndpoint.Normal(server.Address), Version = "0", SeenAt = 1 });
            await context.SaveChangesAsync();
        }

        var queued = await new AnnotationPlanner(storage, TimeProvider.System)
            .FindOutAndQueueAsync("judged", new AnnotationRequest(Endpoint: server.Address), othersAsk: false);
        (queued.Concepts, queued.Control, queued.Added).ShouldBe((160, 160, 2 * 2 * 8 * 2));
        (await StudyRun.AnnotateAsync(scene.State, "judged", AnnotationScene.Settings, default)).Parked.ShouldBe(0);
        var rows = await RowsAsync(storage);
        rows.Count.ShouldBe(2 * (160 + 160));
        server.Statistics.Answered.ShouldBe(await CallsAsync(storage));

        var reports = new StudyReports(storage);
        var list = await reports.ListAsync("judged");
        (list.Reports.Contains("detection"), list.Pairs[0].Reports.Contains("table5-validated")).ShouldBe((true, true));
        var text = await TextsAsync(reports);
        text["detection"].ShouldContain("control: rotation");
        text["detection"].ShouldStartWith("Detection (rehearsal)\nRehearsal: no chat model gave these answers, and they mean nothing.");
        text["table5-validated"].ShouldContain("balanced accuracy of 0.7 at least");

        // From the ledger alone, with nobody to ask.
        await server.DisposeAsync();
        var calls = await CallsAsync(storage);
        await ForgetAsync(storage);
        (await StudyRun.AnnotateAsync(scene.State, "judged", AnnotationScene.Settings, default)).Parked.ShouldBe(0);
        (await RowsAsync(storage)).ShouldBe(rows);
        (await CallsAsync(storage)).ShouldBe(calls);
        (await TextsAsync(reports)).ShouldBe(text);

        // The ordinary table knows neither of a judge nor of a control.
        await using (var context = storage.CreateDbContext())
        {
            await context.ControlAnnotations.ExecuteDeleteAsync();
            await context.Annotations.ExecuteUpdateAsync(set => set.SetProperty(a => a.DetectionText, (string?)null)
                .SetProperty(a => a.DetectionHits, (int?)null).SetProperty(a => a.DetectionFalseAlarms, (int?)null));
        }

        (await reports.RenderAsync("judged", "table5", null, [null]))[0].ShouldBe(text["table5"]);
        (await reports.ListAsync("judged")).Reports.ShouldNotContain("detection");
        (await Should.ThrowAsync<BadInputException>(reports.RenderAsync("judged", "table5-validated", null, [null]))).Message.ShouldContain("\"detection\": true");
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task Scores_are_the_same_however_many_annotators_ask_and_whoever_was_interrupted(Provider provider)
    {
        await using var alone = await OpenAsync(provider);
        await alone.QueueAsync(2);
        (await alone.WorkAsync()).Parked.ShouldBe(0);
        var rows = await RowsAsync(alone.Storage);
        rows.Count.ShouldBe(2 * 2 * (2 * 2 * 20));
        var annotations = await alone.ReadAsync(context => context.Annotations.AsNoTracking().ToListAsync());
        annotations.ShouldAllBe(a => a.Interpretable || a.DetectionText == null, "a summary that says nothing is not judged");
        var words = (await alone.ReadAsync(context => context.Concepts.AsNoTracking().ToListAsync()))
            .ToDictionary(c => (c.Model, c.Layer, c.Rank), c => c.Words.Take(16).Distinct().Count());
        annotations.ShouldAllBe(a => !a.Interpretable || (a.DetectionText != null) == (words[new(a.Model, a.Layer, a.Rank)] >= DetectionScore.Own));
        annotations.ShouldContain(a => a.DetectionText != null && a.DetectionHits == null, "an answer that cannot be read is kept without a score");
        annotations.Where(a => a.DetectionHits is not null).Average(a => new DetectionScore(a.DetectionHits!.Value, a.DetectionFalseAlarms!.Value).Value)
            .ShouldBeInRange(0.55, 1);

        await using var several = await OpenAsync(provider, new RehearsalOptions
        {
            Latency = TimeSpan.FromMilliseconds(20),
            Errors = new Dictionary<RehearsalError, double> { [RehearsalError.ServerError] = 0.05, [RehearsalError.Malformed] = 0.05 },
        });
        await several.QueueAsync(2);
        using (var died = new CancellationTokenSource())
        {
            var first = several.WorkAsync(annotators: 2, cancel: died.Token);
            while (await CallsAsync(several.Storage) < 100)
                await Task.Delay(20, TestContext.Current.CancellationToken);
            await died.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(first);
        }

        (await several.WorkAsync(annotators: 2)).Parked.ShouldBe(0);
        (await RowsAsync(several.Storage)).ShouldBe(rows);
        (await CallsAsync(several.Storage)).ShouldBe(await CallsAsync(alone.Storage), "nothing was paid twice");

        var detection = await new StudyReports(alone.Storage).RenderAsync(AnnotationScene.Study, "detection", null, [null]);
        detection.ShouldBe(await new StudyReports(several.Storage).RenderAsync(AnnotationScene.Study, "detection", null, [null]));
    }

    [Fact]
    public async Task In_batches_the_same_is_asked_and_the_same_rows_come_out()
    {
        await using var single = await OpenAsync();
        await single.QueueAsync(2);
        await single.WorkAsync();

        await using var batched = await OpenAsync(options: AnnotationScene.Quick with { BatchDuration = TimeSpan.FromMilliseconds(300) });
        await batched.QueueAsync(2, batch: true);
        (await batched.WorkAsync(AnnotationScene.Settings with { BatchPause = TimeSpan.FromMilliseconds(50) })).Parked.ShouldBe(0);
        (await RowsAsync(batched.Storage)).ShouldBe(await RowsAsync(single.Storage));
        (batched.Server.Statistics.Batched, batched.Server.Statistics.Requests).ShouldBe((await CallsAsync(single.Storage), 0));
    }

    [Fact]
    public async Task A_pass_is_whole_with_its_control_before_the_next_one_begins()
    {
        await using var scene = await OpenAsync();
        await scene.QueueAsync(2);
        var units = (await scene.UnitsAsync()).ConvertAll(unit => AnnotationSubject.Parse(unit.Subject));
        units.Select(unit => (unit.Pass, unit.Control)).ShouldBeInOrder();
        units.Count(unit => unit.Control).ShouldBe(units.Count / 2);
    }

    [Fact]
    public async Task Answers_calls_and_money_of_the_judge_and_of_the_control_are_counted()
    {
        await using var scene = await OpenAsync();
        await scene.QueueAsync(1);
        await scene.WorkAsync();
        var summary = (await new AnnotationQueries(scene.Storage).SummariesAsync(AnnotationScene.Study)).ShouldHaveSingleItem();
        (summary.Annotations, summary.Control).ShouldBe((80, 80));
        var judged = await scene.ReadAsync(context => context.Annotations.CountAsync(a => a.DetectionText != null))
            + await scene.ReadAsync(context => context.ControlAnnotations.CountAsync(a => a.DetectionText != null));
        summary.Costs.Where(cost => cost.Stage == Stages.Detection).Sum(cost => cost.Answers).ShouldBe(judged);
        summary.Costs.Where(cost => cost.Stage == Stages.Summary).Sum(cost => cost.Answers).ShouldBe(160);
        summary.Costs.Sum(cost => cost.Calls).ShouldBe((int)scene.Server.Statistics.Answered);
        summary.Unknown.ShouldContain(label => label.Stage == Stages.Detection && label.Label == "Most of them");

        // What is paid for the judge is within the same limit.
        await using var poor = await OpenAsync();
        await poor.QueueAsync(1, spendLimit: summary.Spent()!.Value / 2);
        await poor.WorkAsync().WaitAsync(Waits.Limit, TestContext.Current.CancellationToken);
        (await poor.PausedAsync()).ShouldNotBeNull().ShouldContain("spend");
        (await poor.ReadAsync(context => context.ChatCalls.SumAsync(call => call.Usd))).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(summary.Spent()!.Value / 2);
    }

    public void Dispose() => scratch.Dispose();

    private static async Task<AnnotationScene> OpenAsync(Provider provider = Provider.Sqlite, RehearsalOptions? options = null)
    {
        var scene = await AnnotationScene.OpenAsync(options, provider);
        await scene.ReadAsync(async context =>
        {
            await context.Studies.ExecuteUpdateAsync(set => set.SetProperty(study => study.Definition, Judged));
            foreach (var concept in await context.Concepts.AsNoTracking().ToListAsync())
            {
                var turned = AnnotationScene.Concept(concept.Model, concept.Layer + 50, concept.Rank);
                context.ControlConcepts.Add(new ControlConceptRow
                {
                    StudyId = concept.StudyId,
                    Model = concept.Model,
                    Layer = concept.Layer,
                    Rank = concept.Rank,
                    Score = concept.Score,
                    Words = turned.Words,
                });
            }

            return await context.SaveChangesAsync();
        });
        return scene;
    }

    private static async Task<Dictionary<string, string>> TextsAsync(StudyReports reports)
    {
        var texts = new Dictionary<string, string>();
        foreach (var name in new[] { "table5", "figure3", "table5-validated", "detection", "detection-cases" })
            texts[name] = (await reports.RenderAsync("judged", name, null, [null]))[0];
        return texts;
    }

    private static async Task ForgetAsync(InterpretStorage storage)
    {
        await using var context = storage.CreateDbContext();
        await context.Annotations.ExecuteDeleteAsync();
        await context.ControlAnnotations.ExecuteDeleteAsync();
        await context.WorkUnits.Where(u => u.Stage == Stages.Annotation).ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Waiting));
    }

    private static async Task<int> CallsAsync(InterpretStorage storage)
    {
        await using var context = storage.CreateDbContext();
        return await context.ChatCalls.CountAsync();
    }

    /// <summary>Every annotation of concepts and of the control, as text.</summary>
    private static async Task<List<string>> RowsAsync(InterpretStorage storage)
    {
        await using var context = storage.CreateDbContext();
        var texts = new List<string>();
        foreach (var control in new[] { false, true })
        {
            var rows = await context.AnnotationsOf(control).AsNoTracking().OrderBy(a => a.Pass).ThenBy(a => a.Model).ThenBy(a => a.Layer).ThenBy(a => a.Rank)
                .ToListAsync();
            texts.AddRange(rows.Select(a => $"{control} {a.Pass} {a.Model} {a.Layer} {a.Rank}: {a.Summary} [{a.TaskText}] [{a.LinguisticText}] [{a.DetectionText}] {a.DetectionHits} {a.DetectionFalseAlarms}"));
        }

        return texts;
    }
}
