using System.Text.Json;
using System.Text.Json.Nodes;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.GpuWorker;
using Interpret.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.Integration.Tests.Pipeline;

/// <summary>Whatever happens on the way, all work is done, once, and says the same.</summary>
[Collection("pipeline")]
public sealed class When_things_go_wrong_midway : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task The_process_is_killed_while_it_attributes_and_the_study_resumed()
    {
        var file = SampleStudy.Write(scratch, "killed", SampleStudy.Rows, maxNewTokens: 2);
        await KillAndResumeAsync(file, Stages.Attribution);

        var units = await UnitsAsync("rough");
        units.Count.ShouldBe(2 * SampleStudy.Rows.Count);
        (await AttributionsAsync("rough")).Count.ShouldBe(2 * SampleStudy.Rows.Count);
    }

    [Fact]
    public async Task The_process_is_killed_while_it_reads_out_heads_and_the_study_resumed()
    {
        var file = SampleStudy.Write(scratch, "killed", SampleStudy.Rows.Take(4), maxNewTokens: 2, words: true);
        var study = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        study["attention"] = new JsonObject { ["headsPerUnit"] = 1 };
        await File.WriteAllTextAsync(file, study.ToJsonString());
        await KillAndResumeAsync(file, Stages.Attention);

        (await ReadOutsAsync("rough")).ShouldBe(await ReadOutsAsync("quiet"));
    }

    [Fact]
    public async Task The_study_is_cancelled_and_resumed()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "cancelled", SampleStudy.Rows.Take(12), maxNewTokens: 3));
        var work = scene.WorkAsync();
        await scene.UntilAsync(progress => progress.Done >= 2, "two units done");
        await scene.Ledger.CancelAsync(scene.Study);
        var stopped = await work;
        (stopped.Cancelled, stopped.IsEnded, stopped.Done + stopped.Cancelled).ShouldBe((stopped.Total - stopped.Done, true, 24));
        stopped.Cancelled.ShouldBeGreaterThan(0);
        var before = await scene.AttributionsAsync();

        await scene.Ledger.ResumeAsync(scene.Study);
        (await scene.WorkAsync()).Done.ShouldBe(24);
        (await scene.UnitsAsync()).ShouldAllBe(u => u.Attempts == 1);
        var after = await scene.AttributionsAsync();
        after.Count.ShouldBe(24);
        before.ShouldAllBe(row => after.Exists(same => same.Model == row.Model && same.PromptId == row.PromptId && same.Scores.SequenceEqual(row.Scores)));
    }

    [Fact]
    public async Task The_disk_refuses_a_row_for_a_while()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "refused", SampleStudy.Rows.Take(3)));
        await scene.SqlAsync("CREATE TRIGGER full BEFORE INSERT ON attributions WHEN NEW.Model = 'base' BEGIN SELECT RAISE(ABORT, 'no space is left'); END");
        var work = scene.WorkAsync();
        while ((await scene.UnitsAsync()).Count(u => u is { Status: UnitStatus.Waiting, Attempts: 1, ErrorClass: not null }) < 3)
            await Task.Delay(25, TestContext.Current.CancellationToken);
        (await scene.UnitsAsync()).ShouldContain(u => u.ErrorClass == nameof(SqliteException) && u.ErrorText!.Contains("no space is left"));
        await scene.SqlAsync("DROP TRIGGER full");
        (await work).Done.ShouldBe(6);
        (await scene.UnitsAsync()).Select(u => (u.Model, u.Attempts, u.ErrorClass)).ShouldBe(
            from model in (string[])["base", "tuned"] from _ in Enumerable.Range(0, 3) select (model, model == "base" ? 2 : 1, (string?)null));
        (await scene.AttributionsAsync()).Count.ShouldBe(6);
    }

    [Fact]
    public async Task Someone_else_holds_the_database_for_a_moment()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "locked", SampleStudy.Rows.Take(6)));
        var work = scene.WorkAsync();
        await scene.UntilAsync(progress => progress.Done >= 1, "one unit done");
        await using (var other = new SqliteConnection($"Data Source={scene.State.Storage.Path}"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var held = other.BeginTransaction();
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            await held.RollbackAsync(TestContext.Current.CancellationToken);
        }

        (await work).Done.ShouldBe(12);
        (await scene.AttributionsAsync()).Count.ShouldBe(12);
    }

    [Fact]
    public async Task A_checkpoint_is_away_and_comes_back()
    {
        var file = SampleStudy.Write(scratch, "away", SampleStudy.Rows.Take(2));
        Directory.CreateDirectory(scratch.At("here"));
        foreach (var path in Directory.EnumerateFiles(SampleStudy.TunedCheckpoint))
            File.Copy(path, scratch.At("here/" + Path.GetFileName(path)));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(SampleStudy.TunedCheckpoint, scratch.At("here")));
        var scene = await StudyScene.PlanAsync(scratch, file);

        Directory.Move(scratch.At("here"), scratch.At("elsewhere"));
        var without = await scene.WorkAsync();
        (without.Done, without.Parked).ShouldBe((2, 2));
        (await scene.UnitsAsync()).Where(u => u.Status == UnitStatus.Parked).ShouldAllBe(u => u.Model == "tuned" && u.ErrorText!.Contains(scratch.At("here")));

        Directory.Move(scratch.At("elsewhere"), scratch.At("here"));
        (await scene.Ledger.RetryAsync(scene.Study, null)).ShouldBe(2);
        (await scene.WorkAsync()).Done.ShouldBe(4);
    }

    [Fact]
    public async Task The_work_is_interrupted_and_taken_up_again()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "interrupted", SampleStudy.Rows.Take(10)));
        using var interrupt = new CancellationTokenSource();
        var work = scene.WorkAsync(interrupt.Token);
        await scene.UntilAsync(progress => progress.Done >= 1, "one unit done");
        var before = await scene.Ledger.ProgressAsync(scene.Study);
        await interrupt.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(work);
        var after = await scene.Ledger.ProgressAsync(scene.Study);
        after.Done.ShouldBeInRange(before.Done, before.Done + 2, "the unit in hand is the last");
        after.Of(UnitStatus.Waiting).ShouldBe(after.Total - after.Done, "what was published is given back");
        (await scene.WorkAsync()).Done.ShouldBe(20);
        (await scene.UnitsAsync()).ShouldAllBe(u => u.Attempts == 1);
        (await scene.AttributionsAsync()).Count.ShouldBe(20);
    }

    [Fact]
    public async Task The_host_is_stopped_while_a_unit_takes_too_long()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "long", SampleStudy.Rows.Take(1)));
        using var host = EmbeddedHost.Create(scene.State.Storage, scene.Study, ["base", "tuned"]);
        // Someone else has the models and does not give them up: the unit waits for them.
        using var givenUp = new ManualResetEventSlim();
        var held = host.Services.GetRequiredService<ModelHost>()
            .UseAsync(SampleStudy.BaseCheckpoint, _ => { givenUp.Wait(); return 0; }, CancellationToken.None);
        try
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            await scene.UntilAsync(progress => progress.Of(UnitStatus.Running) == 1, "running");
            await host.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(25), TestContext.Current.CancellationToken);
        }
        finally
        {
            givenUp.Set();
            await held;
        }

        (await scene.UnitsAsync()).ShouldAllBe(u => u.Status == UnitStatus.Waiting && u.Attempts == 0 && u.ErrorClass == null);
    }

    public void Dispose() => scratch.Dispose();

    /// <summary>Runs a study twice, once undisturbed and once killed after a few units of a stage: all is done once and comes out the same.</summary>
    private async Task KillAndResumeAsync(string file, string stage)
    {
        (await InterpretProcess.RunAsync(scratch.At("quiet"), "run", file, "--out", "report")).ShouldExitWith(0);

        using (var run = InterpretProcess.Start(scratch.At("rough"), null, "run", file, "--out", "report"))
        {
            await Task.Delay(200, TestContext.Current.CancellationToken); // its first unit is seconds away
            while (!File.Exists(scratch.At("rough/interpret.db")))
                await Task.Delay(25, TestContext.Current.CancellationToken);
            var watched = new StudyScene(await EmbeddedState.OpenAsync(CancellationToken.None, scratch.At("rough")), "killed");
            await watched.UntilAsync(
                progress => progress.Counts.Where(c => c.Stage == stage && c.Status == UnitStatus.Done).Sum(c => c.Count) >= 3, "three units done");
            run.Kill();
            (await run.EndAsync()).ExitCode.ShouldBe(137);
        }

        var left = (await UnitsAsync("rough")).Where(u => u.Stage == stage).ToList();
        left.Count(u => u.Status == UnitStatus.Done).ShouldBeInRange(3, left.Count - 1, "killed in the middle of the stage");
        Directory.Exists(scratch.At("rough/report")).ShouldBeFalse();
        (await InterpretProcess.RunAsync(scratch.At("rough"), "resume", "killed", "--out", "report")).ShouldExitWith(0);

        var (expected, found) = (await AttributionsAsync("quiet"), await AttributionsAsync("rough"));
        found.Zip(expected)
            .ShouldAllBe(pair => pair.First.Scores.SequenceEqual(pair.Second.Scores) && pair.First.Confidences.SequenceEqual(pair.Second.Confidences));
        found.ShouldBeEquivalentTo(expected);
        var units = await UnitsAsync("rough");
        units.Count.ShouldBe((await UnitsAsync("quiet")).Count);
        units.ShouldAllBe(u => u.Status == UnitStatus.Done && u.ErrorClass == null && u.Attempts <= 2);
        units.Count(u => u.Attempts == 2).ShouldBeLessThanOrEqualTo(1, "only the unit in hand is done again");

        var files = Directory.EnumerateFiles(scratch.At("quiet/report")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();
        files.Count.ShouldBe(stage == Stages.Attention ? 29 : 22);
        foreach (var name in files)
            (await File.ReadAllBytesAsync(scratch.At($"rough/report/{name}"))).ShouldBe(await File.ReadAllBytesAsync(scratch.At($"quiet/report/{name}")), name);
    }

    private async Task<List<WorkUnitRow>> UnitsAsync(string state) => await (await StudyScene.OpenAsync(scratch.At(state), "killed")).UnitsAsync();

    private async Task<List<AttributionRow>> AttributionsAsync(string state) =>
        await (await StudyScene.OpenAsync(scratch.At(state), "killed")).AttributionsAsync();

    /// <summary>Every row of the global stages, as text.</summary>
    private async Task<List<string>> ReadOutsAsync(string state)
    {
        await using var context = (await StudyScene.OpenAsync(scratch.At(state), "killed")).State.Storage.CreateDbContext();
        var patterns = await context.AttentionPatterns.AsNoTracking().ToListAsync();
        var counts = await context.HeadWordCounts.AsNoTracking().ToListAsync();
        var concepts = await context.Concepts.AsNoTracking().ToListAsync();
        // 8 heads of 8 neurons, and 64 directions, in each of 4 layers of 2 models.
        (patterns.Count, counts.Count, concepts.Count).ShouldBe((2 * 4 * 8 * 8, 2 * 4 * 8, 2 * 4 * 64));
        return [.. patterns.Select(row => JsonSerializer.Serialize(row)).Concat(counts.Select(row => JsonSerializer.Serialize(row)))
            .Concat(concepts.Select(row => JsonSerializer.Serialize(row))).Order(StringComparer.Ordinal)];
    }
}
