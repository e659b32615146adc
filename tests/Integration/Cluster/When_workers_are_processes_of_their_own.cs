using Interpret.Cli;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>RabbitMQ, PostgreSQL, an orchestrator and workers: whatever their number and fate, the tables are those of one process.</summary>
public sealed class When_workers_are_processes_of_their_own : IDisposable
{
    private readonly Scratch scratch = new();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_tables_are_those_of_one_process_whatever_the_number_of_workers(int workers)
    {
        var file = Write($"together{workers}", SampleStudy.RowsOfEachGroup(2), AttributionSettings.ContrastOther);
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await cluster.PlanAsync(file);
        cluster.StartOrchestrator();
        foreach (var model in study.Models)
        {
            for (var i = 0; i < workers; i++)
                cluster.StartWorker(model);
        }

        var progress = await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended");
        progress.Done.ShouldBe(progress.Total);
        var alone = await AloneAsync(file);
        (await cluster.TablesAsync(study.Name)).ShouldBe(await ClusterScene.TablesAsync(alone.State.Storage, study.Name));
        (await ContrastsAsync(cluster.Storage)).ShouldBe(await ContrastsAsync(alone.State.Storage));
    }

    [Fact]
    public async Task A_worker_told_to_end_gives_its_unit_back_or_finishes_it()
    {
        var file = Write("told", SampleStudy.RowsOfEachGroup(2));
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await cluster.PlanAsync(file);
        cluster.StartOrchestrator();
        var told = study.Models.Select(model => cluster.StartWorker(model)).ToList();
        await cluster.UntilAsync(study.Name, p => p.Done >= 2, "two units done");
        await Task.WhenAll(told.Select(ClusterScene.TellToEndAsync));
        (await cluster.Ledger.ProgressAsync(study.Name)).Of(UnitStatus.Running).ShouldBe(0);
        foreach (var model in study.Models)
            cluster.StartWorker(model);

        var progress = await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended");
        progress.Done.ShouldBe(progress.Total);
        await using var context = cluster.Storage.CreateDbContext();
        (await context.WorkUnits.MaxAsync(u => u.Attempts)).ShouldBe(1);
    }

    [Fact]
    public async Task A_model_may_have_any_name()
    {
        var file = SampleStudy.Write(scratch, "odd", SampleStudy.Rows.Take(2), maxNewTokens: 2, rated: false, change: study =>
            study["models"] = new object[] { new { name = "llama 7b #1?%20é", role = "base", checkpoint = SampleStudy.BaseCheckpoint } });
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await cluster.PlanAsync(file);
        var server = (await cluster.ServeAsync()).ToString();
        cluster.StartWorker(study.Models[0]);
        (await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended")).Done.ShouldBe(2);
        (await InterpretProcess.RunAsync(scratch.At("client"), "status", "odd", "--server", server)).ShouldExitWith(ExitCodes.Done).Output
            .ShouldContain("llama 7b #1?%20é");
    }

    [Fact]
    public async Task A_worker_that_an_operator_drains_finishes_what_it_has_in_hand_and_ends()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var study = await cluster.PlanAsync(Write("drained", SampleStudy.RowsOfEachGroup(2)));
        var server = (await cluster.ServeAsync()).ToString();
        var drained = cluster.StartWorker(study.Models[0]);
        await cluster.UntilAsync(study.Name, p => p.Done >= 2, "two units done");
        await using var context = cluster.Storage.CreateDbContext();
        var worker = await context.Workers.SingleAsync(one => one.Model == study.Models[0].Name, TestContext.Current.CancellationToken);
        (await InterpretProcess.RunAsync(scratch.At("client"), "workers", "drain", worker.Id, "--server", server)).ShouldExitWith(ExitCodes.Done);
        await drained.WaitForExitAsync(TestContext.Current.CancellationToken);
        drained.ExitCode.ShouldBe(0, cluster.Said);
        (await cluster.Ledger.ProgressAsync(study.Name)).Of(UnitStatus.Running).ShouldBe(0);
        (await context.Workers.AsNoTracking().AnyAsync(one => one.Id == worker.Id, TestContext.Current.CancellationToken)).ShouldBeFalse();

        foreach (var model in study.Models)
            cluster.StartWorker(model);
        var progress = await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended");
        progress.Done.ShouldBe(progress.Total);
        (await context.WorkUnits.MaxAsync(u => u.Attempts, TestContext.Current.CancellationToken)).ShouldBe(1);
    }

    /// <summary>All stages that the paper has, and those of some target.</summary>
    private string Write(string name, IEnumerable<string> rows, string target = "probability") => SampleStudy.Write(
        scratch, name, rows, maxNewTokens: 3, words: true, ownModels: true,
        change: study => study["attribution"] = new { maxNewTokens = 3, targets = new[] { target } });

    private async Task<StudyScene> AloneAsync(string file)
    {
        var scene = await StudyScene.PlanAsync(scratch, file);
        (await scene.WorkAsync()).Done.ShouldBeGreaterThan(0);
        return scene;
    }

    /// <summary>What each model says in the place of the other's tokens.</summary>
    private static async Task<List<string>> ContrastsAsync(InterpretStorage storage)
    {
        await using var context = storage.CreateDbContext();
        var rows = await context.ContrastTokens.AsNoTracking().OrderBy(row => row.Model).ThenBy(row => row.PromptId).ToListAsync();
        return rows.ConvertAll(row => $"{row.Model} {row.PromptId} {row.Other} {Convert.ToHexString(row.Read)} {Convert.ToHexString(row.Tokens)}");
    }

    public void Dispose() => scratch.Dispose();
}
