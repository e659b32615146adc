using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Rehearsal;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

public sealed class When_the_annotator_is_killed : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Only_the_calls_in_flight_are_paid_again_and_the_rows_are_the_same()
    {
        await using var server = await RehearsalServer.StartAsync(new RehearsalOptions { Latency = TimeSpan.FromMilliseconds(100) });
        var state = scratch.At("state");
        var storage = (await EmbeddedState.OpenAsync(CancellationToken.None, state)).Storage;
        await AnnotationScene.FillAsync(storage, 2, 20);
        string[] command = ["annotate", AnnotationScene.Study, "--passes", "2", "--endpoint", server.Address.AbsoluteUri, "--rpm", "1200"];
        long inFlight;
        int stored;
        using (var run = InterpretProcess.Start(state, null, command))
        {
            while (server.Statistics.Answered < 60)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            inFlight = server.Statistics.InFlight;
            run.Kill();
            (await run.EndAsync()).ExitCode.ShouldBe(137);
            stored = await CallsAsync(storage);
        }

        var lost = server.Statistics.Requests - stored;
        lost.ShouldBeInRange(0, inFlight + 20, "what was in flight, and what was asked or on its way back in the second around it");
        (await storage.CreateDbContext().WorkUnits.CountAsync(u => u.Status == UnitStatus.Done, TestContext.Current.CancellationToken))
            .ShouldBeLessThan(16, "killed in the middle");

        var ended = (await InterpretProcess.RunAsync(state, command)).ShouldExitWith(0);
        ended.Output.ShouldContain("summary");
        server.Statistics.Requests.ShouldBe(await CallsAsync(storage) + lost);
        (await AnnotationScene.AnnotationsAsync(storage)).ShouldBe(await AnnotationScene.UndisturbedAsync(2));
    }

    private static async Task<int> CallsAsync(SqliteStorage storage)
    {
        await using var context = storage.CreateDbContext();
        return await context.ChatCalls.CountAsync();
    }

    public void Dispose() => scratch.Dispose();
}
