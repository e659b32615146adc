using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Interpret.Cli;
using Interpret.Contracts;
using Interpret.Integration.Tests.Annotation;
using Interpret.Rehearsal;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>Annotation by a cluster: passes are queued over HTTP, annotators share a quota, and what one leaves behind another does.</summary>
public sealed class When_annotators_are_processes_of_their_own : IDisposable
{
    private const int Passes = 2;
    private const int Layers = 2;
    private const int Ranks = 32;

    private readonly Scratch scratch = new();

    [Fact]
    public async Task One_that_is_killed_costs_the_calls_in_flight_and_changes_nothing()
    {
        await using var chat = await RehearsalServer.StartAsync(new RehearsalOptions { Latency = TimeSpan.FromMilliseconds(100) });
        await using var cluster = await OpenAsync(chat);
        var server = (await cluster.ServeAsync()).ToString();
        var killed = cluster.StartAnnotator();
        cluster.StartAnnotator();
        for (var since = Stopwatch.StartNew(); await AnnotatorsAsync(cluster) < 2; await Task.Delay(50))
            since.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), cluster.Said);

        using var watching = InterpretProcess.Start(
            scratch.At("client"), null,
            "annotate", AnnotationScene.Study, "--passes", $"{Passes}", "--endpoint", chat.Address.AbsoluteUri, "--wait", "--server", server);
        while (chat.Statistics.Answered < 120)
        {
            watching.HasExited.ShouldBeFalse(cluster.Said);
            await Task.Delay(10);
        }

        var held = await HeldAsync(cluster, killed.Id);
        var inFlight = chat.Statistics.InFlight;
        killed.Kill();
        held.ShouldBeGreaterThan(2, "or nothing is shown");

        (await watching.EndAsync()).ShouldExitWith(ExitCodes.Done).Output.ShouldContain("linguistic-label");
        var calls = await CallsAsync(cluster);
        var labels = calls.Count(call => call.Stage != Contracts.Stages.Summary);
        (chat.Statistics.Requests - calls.Count).ShouldBeInRange(
            0, inFlight + labels + 30, "what was in flight, what was on its way in the half second around it, and labels that both asked for at the same time");

        await using var alone = await AnnotationScene.OpenAsync(layers: Layers, ranks: Ranks, concept: Concept);
        await alone.QueueAsync(Passes);
        await alone.WorkAsync();
        (await AnnotationScene.AnnotationsAsync(cluster.Storage)).ShouldBe(await alone.AnnotationsAsync());
        var table = (await InterpretProcess.RunAsync(scratch.At("client"), "report", AnnotationScene.Study, "table5", "--server", server))
            .ShouldExitWith(ExitCodes.Done).Output;
        table.TrimEnd().ShouldBe((await new StudyReports(alone.Storage).RenderAsync(AnnotationScene.Study, "table5", null, [ReportFormats.Text]))[0].TrimEnd());

        using var client = new HttpClient { BaseAddress = new Uri(server) };
        var summary = JsonNode.Parse(await client.GetStringAsync($"/studies/{AnnotationScene.Study}/annotation"))!.AsArray().ShouldHaveSingleItem()!;
        ((bool)summary["rehearsal"]!, (int)summary["passes"]!, (int)summary["annotations"]!, summary["paused"])
            .ShouldBe((true, Passes, Passes * Layers * Ranks * 2, null));
        var costs = summary["costs"]!.AsArray();
        costs.Select(cost => $"{cost!["stage"]} {cost["pass"]} {cost["model"]}").Distinct().Count().ShouldBe(3 * Passes * 2);
        costs.Sum(cost => (int)cost!["calls"]!).ShouldBe(calls.Count);
        costs.Sum(cost => (long)cost!["inputTokens"]!).ShouldBe(calls.Sum(call => (long)call.InputTokens));
        costs.Sum(cost => (double)cost!["usd"]!).ShouldBe(calls.Sum(call => call.Usd!.Value), 1e-9);

        (await InterpretProcess.RunAsync(scratch.At("client"), "quota", AnnotationScene.Study, "--rpm", "70", "--server", server))
            .ShouldExitWith(ExitCodes.Done).Output.ShouldContain("\nrequests a minute: 70\ntokens a minute: as the annotators' settings say\n");
        (await InterpretProcess.RunAsync(scratch.At("client"), "pause", AnnotationScene.Study, "--server", server)).ShouldExitWith(ExitCodes.Done);
        var quota = JsonNode.Parse((await InterpretProcess.RunAsync(
            scratch.At("client"), "quota", AnnotationScene.Study, "--format", "json", "--server", server)).ShouldExitWith(ExitCodes.Done).Output)!;
        ((double)quota["requestsPerMinute"]!, quota["tokensPerMinute"], (string)quota["paused"]!)
            .ShouldBe((70, null, $"An operator paused it; `interpret resume {AnnotationScene.Study}` goes on"));
    }

    [Fact]
    public async Task Passes_that_stand_still_say_why_to_whoever_asks()
    {
        await using var chat = await RehearsalServer.StartAsync(AnnotationScene.Quick);
        await using var cluster = await OpenAsync(chat);
        var server = (await cluster.ServeAsync()).ToString();
        Task<CommandResult> Interpret(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("client"), [.. arguments, "--server", server]);
        cluster.StartAnnotator();

        chat.RefusesKeys = true;
        string[] annotate = ["annotate", AnnotationScene.Study, "--passes", "1", "--endpoint", chat.Address.AbsoluteUri, "--wait"];
        (await Interpret(annotate)).ShouldExitWith(ExitCodes.Parked).Error.ShouldContain("set OPENAI_API_KEY");
        chat.Statistics.Unauthorised.ShouldBe(1);
        (await Interpret("status", AnnotationScene.Study)).ShouldExitWith(ExitCodes.Done).Output
            .ShouldContain($"annotation stands still: {chat.Address} answered 401");

        chat.RefusesKeys = false;
        (await Interpret("resume", AnnotationScene.Study)).ShouldExitWith(ExitCodes.Done).Error.ShouldContain("stood still: ");
        (await Interpret(annotate)).ShouldExitWith(ExitCodes.Done).Error.ShouldContain($"{Layers * Ranks * 2:N0} annotations");
    }

    /// <summary>As in a network of containers: the service has a name that the annotator alone knows the way to.</summary>
    [Fact]
    public async Task A_service_that_the_orchestrator_cannot_reach_is_known_by_the_annotators()
    {
        await using var chat = await RehearsalServer.StartAsync(AnnotationScene.Quick);
        await using var cluster = await OpenAsync(chat);
        const string address = "http://chat.invalid/v1";
        cluster.Settings["Annotator__Endpoint"] = address;
        (string, string) way = ("http_proxy", chat.Address.GetLeftPart(UriPartial.Authority));
        var server = (await cluster.ServeAsync()).ToString();
        Task<CommandResult> Annotate(params string[] more) => InterpretProcess.RunAsync(
            scratch.At("client"), ["annotate", AnnotationScene.Study, "--passes", "1", "--endpoint", address, "--server", server, .. more]);

        // Nobody knows it yet: taken for a chat model, until the first answer shows that it is none.
        (await Annotate()).ShouldExitWith(ExitCodes.Done).Error.ShouldNotContain("(rehearsal)");
        cluster.StartAnnotator(way);
        string status;
        do
            status = (await InterpretProcess.RunAsync(scratch.At("client"), "status", AnnotationScene.Study, "--server", server)).Output;
        while (!status.Contains("stands still", StringComparison.Ordinal));
        status.ReplaceLineEndings(" ").ShouldContain($"{address} is a rehearsal");
        chat.Statistics.Requests.ShouldBe(1);

        await using var context = cluster.Storage.CreateDbContext();
        for (var since = Stopwatch.StartNew(); !await context.Workers.AnyAsync(worker => worker.Devices == $"{address} (rehearsal)"); await Task.Delay(50))
            since.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), cluster.Said);
        (await Annotate("--wait")).ShouldExitWith(ExitCodes.Done).Error.ShouldContain("(rehearsal)");
        (await context.AnnotationPlans.SingleAsync()).Rehearsal.ShouldBeTrue();
        (await context.Annotations.CountAsync()).ShouldBe(Layers * Ranks * 2);
    }

    [Fact]
    public async Task A_batch_of_one_that_is_killed_is_fetched_by_another()
    {
        await using var chat = await RehearsalServer.StartAsync(AnnotationScene.Quick with { BatchDuration = TimeSpan.FromSeconds(4) });
        await using var cluster = await OpenAsync(chat);
        cluster.Settings["Annotator__BatchPauseSeconds"] = "0.5";
        var server = (await cluster.ServeAsync()).ToString();
        var killed = cluster.StartAnnotator();
        string[] annotate = ["annotate", AnnotationScene.Study, "--passes", $"{Passes}", "--endpoint", chat.Address.AbsoluteUri, "--batch", "--wait", "--server", server];
        using var watching = InterpretProcess.Start(scratch.At("client"), null, annotate);
        await using var context = cluster.Storage.CreateDbContext();
        // All summaries: of a part that is on its way when the annotator ends, nobody can tell whether it arrived, and it is handed over again.
        while (await context.ChatBatches.SumAsync(batch => batch.Questions) < Passes * Layers * Ranks * 2)
        {
            watching.HasExited.ShouldBeFalse(cluster.Said);
            await Task.Delay(20);
        }

        killed.Kill();
        var waits = $"annotation waits for {Passes * Layers * Ranks * 2:N0} questions in batches";
        for (var tries = 0; ; tries++) // an answer that is a moment old may be given
        {
            var status = await InterpretProcess.RunAsync(scratch.At("client"), "status", AnnotationScene.Study, "--server", server);
            if (status.ShouldExitWith(ExitCodes.Done).Output.Contains(waits, StringComparison.Ordinal))
                break;
            tries.ShouldBeLessThan(10, status.Output);
        }

        cluster.StartAnnotator();

        var ended = (await watching.EndAsync(TimeSpan.FromMinutes(5))).ShouldExitWith(ExitCodes.Done);
        ended.Error.ShouldContain($"{Passes * Layers * Ranks * 2:N0} of {Passes * Layers * Ranks * 2:N0} questions answered");
        (chat.Statistics.Requests, chat.Statistics.Batched).ShouldBe((0, (await CallsAsync(cluster)).Count), $"each question once, and all in batches\n{cluster.Said}");
        await using var alone = await AnnotationScene.OpenAsync(layers: Layers, ranks: Ranks, concept: Concept);
        await alone.QueueAsync(Passes);
        await alone.WorkAsync();
        (await AnnotationScene.AnnotationsAsync(cluster.Storage)).ShouldBe(await alone.AnnotationsAsync());
    }

    [Fact]
    public async Task What_cannot_be_queued_is_refused_with_its_reason()
    {
        await using var chat = await RehearsalServer.StartAsync(AnnotationScene.Quick);
        await using var cluster = await OpenAsync(chat);
        var server = await cluster.ServeAsync();
        Task<CommandResult> Annotate(params string[] arguments) =>
            InterpretProcess.RunAsync(scratch.At("client"), ["annotate", AnnotationScene.Study, "--server", server.ToString(), .. arguments]);

        (await Annotate("--rpm", "100")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("Annotator__RequestsPerMinute");
        scratch.Write("prompts/summary.txt", "[system]\nName it.\n[user]\nNothing to fill in\n");
        (await Annotate("--prompts", scratch.At("prompts"))).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("{words}");

        using var client = new HttpClient { BaseAddress = server };
        async Task<(HttpStatusCode Status, string Said)> Post(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync($"/studies/{AnnotationScene.Study}/annotation", content);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        (await Post("{}")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        foreach (var (body, reason) in new[]
                 {
                     ("""{"passses":5}""", "passses"),
                     ("""{"passes":0}""", "from 1 to 1000"),
                     ("""{"endpoint":"file:///etc/passwd"}""", "an http or https address"),
                     ("""{"endpoint":"http://user:secret@127.0.0.1/v1"}""", "no user"),
                     ("""{"spendLimitUsd":-1}""", "0 or more"),
                     ($$$"""{"endpoint":"{{{chat.Address}}}","prompts":{"summary":"[system]\nName it.\n[user]\nNothing"}}""", "{words}"),
                 })
        {
            var (status, said) = await Post(body);
            status.ShouldBe(HttpStatusCode.BadRequest, said);
            said.ShouldContain(reason);
            said.ShouldNotContain("secret");
        }

        (await cluster.Ledger.ProgressAsync(AnnotationScene.Study)).Total.ShouldBe(0);

        // Prompts of the user's own go with the request, one file of them here.
        (await Post($$$"""{"passes":1,"endpoint":"{{{chat.Address}}}","prompts":{"summary":"[system]\nName it.\n[user]\nIn a word: {words}"}}""")).Status
            .ShouldBe(HttpStatusCode.OK);
        await using var context = cluster.Storage.CreateDbContext();
        (await context.AnnotationPlans.SingleAsync()).Prompts.ShouldContain("In a word: {words}");
    }

    /// <summary>A cluster with a study's concepts. All its annotators ask the one endpoint, slowly enough to be caught in the middle.</summary>
    private static async Task<ClusterScene> OpenAsync(RehearsalServer chat)
    {
        var cluster = await ClusterScene.OpenAsync();
        foreach (var (name, value) in new[]
                 {
                     ("Annotator__Endpoint", chat.Address.AbsoluteUri), ("Annotator__RequestsPerMinute", "3600"),
                     ("Annotator__Units", "8"), ("Annotator__Concepts", "2"),
                     ("Lease__RunningSeconds", "8"), ("Lease__QueuedSeconds", "4"),
                 })
            cluster.Settings[name] = value;
        await AnnotationScene.FillAsync(cluster.Storage, Layers, Ranks, Concept);
        return cluster;
    }

    /// <summary>Half of them about one thing, and no two alike: many summaries to ask for, few labels that two annotators could ask for at once.</summary>
    private static ConceptRow Concept(string model, int layer, int rank)
    {
        string[] theme = ["code", "function", "python"];
        return new ConceptRow
        {
            StudyId = AnnotationScene.Study,
            Model = model,
            Layer = layer,
            Rank = rank,
            Score = 1.0 / rank,
            Words = [.. Enumerable.Range(0, 20).Select(i => rank % 2 == 0 && i < 9 ? theme[i % 3] : $"{(char)('a' + ((i * 5) % 26))}{model}{layer}x{rank}{i}")],
        };
    }

    private static async Task<int> HeldAsync(ClusterScene cluster, int process)
    {
        await using var context = cluster.Storage.CreateDbContext();
        return await context.WorkUnits.CountAsync(u => u.Status == UnitStatus.Running && u.Worker!.EndsWith($":{process}"));
    }

    private static async Task<int> AnnotatorsAsync(ClusterScene cluster)
    {
        await using var context = cluster.Storage.CreateDbContext();
        return await context.Workers.CountAsync();
    }

    private static async Task<List<ChatCallRow>> CallsAsync(ClusterScene cluster)
    {
        await using var context = cluster.Storage.CreateDbContext();
        return await context.ChatCalls.AsNoTracking().ToListAsync();
    }

    public void Dispose() => scratch.Dispose();
}
