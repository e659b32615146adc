using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.WorkUnits;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.Integration.Tests.Pipeline;

[Collection("pipeline")]
public sealed class When_a_study_runs_in_one_process : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Every_unit_is_done_and_every_row_is_what_the_explainer_says()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "sample", SampleStudy.RowsOfEachGroup(1)));
        var progress = await scene.WorkAsync();
        (progress.Total, progress.Done).ShouldBe((6, 6));
        (await scene.UnitsAsync()).ShouldAllBe(u => u.Attempts == 1 && u.EndedAt != null && u.Seconds > 0 && u.LeaseUntil == 0);

        var rows = await scene.AttributionsAsync();
        rows.Count.ShouldBe(6);
        await using var context = scene.State.Storage.CreateDbContext();
        var prompts = await context.Prompts.ToListAsync();
        foreach (var (model, checkpoint) in new[] { ("base", SampleStudy.BaseCheckpoint), ("tuned", SampleStudy.TunedCheckpoint) })
        {
            var files = ModelFiles.Open(checkpoint);
            using var llama = files.Load();
            var explainer = new InputExplainer(llama, files.Tokenizer);
            foreach (var prompt in prompts)
            {
                var explanation = explainer.Explain(prompt.Id, prompt.Text, null, 6, DensitySettings.Default, instruction: prompt.Spans);
                rows.Single(r => r.Model == model && r.PromptId == prompt.Id)
                    .ShouldBeEquivalentTo(AttributionRows.From("sample", model, prompt.Id, explanation));
            }
        }
    }

    [Fact]
    public async Task The_settings_of_the_study_are_those_of_its_explanations()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "short", SampleStudy.Rows.Take(1), maxNewTokens: 2));
        await scene.WorkAsync();
        (await scene.AttributionsAsync()).ShouldAllBe(row => row.Generated && row.OutputTokens <= 3);
    }

    [Fact]
    public async Task A_message_delivered_again_and_again_makes_a_worker_work_once()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "again", SampleStudy.Rows.Take(3)));
        var queued = (await new UnitSchedule(scene.State.Storage, TimeProvider.System, scene.Ledger.Policy)
            .NextAsync(new DispatchOptions(MaxInFlight: 100, Study: scene.Study), _ => Task.FromResult(0L)).ToListAsync()).SelectMany(units => units)
            .ToList(); // published by this test, so not by the dispatcher
        using var host = EmbeddedHost.Create(scene.State.Storage, scene.Study, ["base", "tuned"]);
        await host.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            var bus = host.Services.GetRequiredService<IBus>();
            for (var time = 0; time < 3; time++)
            {
                foreach (var unit in queued)
                    await (await bus.GetSendEndpoint(new Uri($"queue:{Queues.Explain(unit.Model)}"))).Send(new WorkUnit(unit.Id));
                if (time == 1)
                    await scene.UntilAsync(progress => progress.IsEnded, "ended"); // the third round comes when all is done
            }
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }

        (await scene.UnitsAsync()).ShouldAllBe(u => u.Status == UnitStatus.Done && u.Attempts == 1);
        (await scene.AttributionsAsync()).Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_prompt_beyond_the_context_is_parked_and_the_rest_finishes()
    {
        var scene = await StudyScene.PlanAsync(
            scratch, SampleStudy.Write(scratch, "endless", [SampleStudy.Rows[0], SampleStudy.RowBeyondTheContext, SampleStudy.Rows[2]]));
        var progress = await scene.WorkAsync();
        (progress.Done, progress.Parked).ShouldBe((4, 2));
        var parked = (await scene.UnitsAsync()).Where(u => u.Status == UnitStatus.Parked).ToList();
        parked.Select(u => (u.Model, u.Subject, u.ErrorClass, u.Attempts))
            .ShouldBe([("base", "daily_endless", "beyond-context", 1), ("tuned", "daily_endless", "beyond-context", 1)]);
        parked[0].ErrorText.ShouldNotBeNull().ShouldContain("daily_endless: prompt: expected at most 512 tokens");
        (await scene.AttributionsAsync()).Count.ShouldBe(4);
    }

    [Fact]
    public async Task What_no_worker_can_do_does_not_keep_a_retried_study_waiting()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "bad-row", [SampleStudy.Rows[0], SampleStudy.BadRow]));
        await scene.WorkAsync();
        await scene.Ledger.RetryAsync(scene.Study, null);
        var progress = await scene.WorkAsync().WaitAsync(Waits.Limit, TestContext.Current.CancellationToken);
        (progress.Done, progress.Parked).ShouldBe((2, 1));
    }

    public void Dispose() => scratch.Dispose();
}
