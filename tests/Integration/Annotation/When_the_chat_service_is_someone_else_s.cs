using Interpret.Contracts;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>What is understood of OpenAI's interface is not only what the project's own endpoint understands.</summary>
public sealed class When_the_chat_service_is_someone_else_s : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task The_same_answers_make_the_same_rows_and_they_count_as_real()
    {
        await using var rehearsed = await AnnotationScene.OpenAsync();
        await rehearsed.QueueAsync(1);
        (await rehearsed.WorkAsync()).Parked.ShouldBe(0);
        var rows = await rehearsed.ReadAsync(context => context.Annotations.AsNoTracking().ToListAsync());
        rows.ShouldContain(row => row.Tasks.Count > 1);

        using var other = await OtherServer.StartAsync(scratch, await rehearsed.ReadAsync(context => context.Concepts.AsNoTracking().ToListAsync()), rows);
        await using var scene = await AnnotationScene.OpenAsync();
        var queued = await scene.Planner.FindOutAndQueueAsync(AnnotationScene.Study, new AnnotationRequest(1, other.Address), othersAsk: false);
        (queued.Rehearsal, queued.Concepts).ShouldBe((false, 80));
        (await scene.WorkAsync()).Parked.ShouldBe(0);

        (await scene.AnnotationsAsync()).ShouldBe((await rehearsed.AnnotationsAsync())
            .Select(row => row.Replace("True 1 ", "False 1 ", StringComparison.Ordinal)));
        var calls = await scene.ReadAsync(context => context.ChatCalls.AsNoTracking().ToListAsync());
        calls.Count.ShouldBe(await rehearsed.ReadAsync(context => context.ChatCalls.CountAsync()));
        calls.ShouldAllBe(call => !call.Rehearsal && call.InputTokens > 0 && call.OutputTokens > 0 && call.Usd > 0);
        (await new StudyReports(scene.Storage).RenderAsync(AnnotationScene.Study, "table5", null, [ReportFormats.Text]))[0]
            .ShouldNotContain("rehears", Case.Insensitive);
    }

    public void Dispose() => scratch.Dispose();
}
