using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Interpret.Contracts;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>A port that is taken, a database or a broker that is away: said in a sentence, and waited for where that helps.</summary>
public sealed class When_a_service_lacks_what_it_needs : IDisposable
{
    private const string Stack = "   at ";
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_port_that_is_taken_ends_it_with_exit_code_3_and_a_sentence()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var service = cluster.StartOrchestrator(("Http__Address", $"http://{other.LocalEndpoint}"));
        await service.WaitForExitAsync(TestContext.Current.CancellationToken);
        service.ExitCode.ShouldBe(3, cluster.Said);
        cluster.Said.ShouldContain("address already in use");
        cluster.Said.ShouldContain("Http__Address");
    }

    [Fact]
    public async Task It_ends_quietly_when_told_to_while_it_waits_for_the_database()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var service = cluster.StartOrchestrator(("ConnectionStrings__Database", $"Host=127.0.0.1;Port={FreePorts.Find(1)[0]};Database=none"));
        for (var since = Stopwatch.StartNew(); !cluster.Said.Contains("using the database fails", StringComparison.Ordinal);)
        {
            since.Elapsed.ShouldBeLessThan(Waits.Limit, cluster.Said);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await ClusterScene.TellToEndAsync(service);
        service.ExitCode.ShouldBe(0, cluster.Said);
        cluster.Said.ShouldNotContain(Stack);
    }

    [Fact]
    public async Task Status_is_answered_without_the_broker_and_a_database_that_is_away_is_not_the_caller_s_fault()
    {
        await using var broker = new RabbitMqServer();
        await using var database = new PostgresServer();
        await using var cluster = await ClusterScene.OpenAsync(broker, database);
        var study = await cluster.PlanAsync(SampleStudy.Write(scratch, "status", SampleStudy.Rows.Take(2), rated: false, ownModels: true));
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        (await TroubleAsync(client, study)).ShouldContain($"no worker takes from {Queues.Explain("status-base")}: start one");
        await broker.KillAsync();
        string[] trouble;
        do
            trouble = await TroubleAsync(client, study); // kept for moments
        while (!trouble.Any(one => one.StartsWith("the broker cannot be asked", StringComparison.Ordinal)));
        await database.KillAsync();
        HttpResponseMessage away;
        do
            away = await client.GetAsync("studies", TestContext.Current.CancellationToken);
        while (away.IsSuccessStatusCode);
        away.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Credentials_that_the_broker_refuses_are_tried_until_it_takes_them()
    {
        await using var broker = new RabbitMqServer();
        await using var database = new PostgresServer();
        await using var cluster = await ClusterScene.OpenAsync(broker, database);
        cluster.Settings["ConnectionStrings__Broker"] = $"amqp://newcomer:hunter2@127.0.0.1:{broker.Port}/";
        var study = await cluster.PlanAsync(SampleStudy.Write(scratch, "refused", SampleStudy.Rows.Take(1), maxNewTokens: 2, rated: false, ownModels: true));
        using var orchestrator = new HttpClient { BaseAddress = await cluster.ServeAsync() }; // which answers without a broker
        using var worker = new HttpClient { BaseAddress = new($"http://127.0.0.1:{FreePorts.Find(1)[0]}") };
        cluster.StartWorker(study.Models[0], ("Http__Address", worker.BaseAddress.ToString()));
        (await UntilAsync(orchestrator, text => text.Contains("refuses the user newcomer", StringComparison.Ordinal), cluster)).ShouldBe(HttpStatusCode.OK);
        (await UntilAsync(worker, text => text.Contains("refuses the user newcomer", StringComparison.Ordinal), cluster))
            .ShouldBe(HttpStatusCode.ServiceUnavailable);
        await Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken); // for more tries
        cluster.Said.Split('\n').Count(line => line.Contains("reaching the broker fails", StringComparison.Ordinal)).ShouldBe(2, cluster.Said); // a line each
        cluster.Said.ShouldNotContain(Stack);
        cluster.Said.ShouldNotContain("hunter2");

        await broker.AddUserAsync("newcomer", "hunter2");
        foreach (var service in new[] { orchestrator, worker })
            (await UntilAsync(service, text => !text.Contains("newcomer", StringComparison.Ordinal), cluster)).ShouldBe(HttpStatusCode.OK);
        await cluster.UntilAsync(study.Name, p => p.Done == 1, "the unit of the worker's model done");
    }

    /// <summary>How a service answers whether it is ready, once it says what it should.</summary>
    private static async Task<HttpStatusCode> UntilAsync(HttpClient service, Func<string, bool> says, ClusterScene cluster)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(200, TestContext.Current.CancellationToken))
        {
            string text;
            try
            {
                using var answer = await service.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                if (says(text))
                    return answer.StatusCode;
            }
            catch (HttpRequestException e)
            {
                text = e.Message; // not up yet
            }

            since.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3), $"{text}\n{cluster.Said}");
        }
    }

    private static async Task<string[]> TroubleAsync(HttpClient client, StudyDefinition study)
    {
        var answer = JsonNode.Parse(await client.GetStringAsync($"studies/{study.Name}", TestContext.Current.CancellationToken))!;
        return [.. answer["trouble"]!.AsArray().Select(one => (string)one!)];
    }

    public void Dispose() => scratch.Dispose();
}
