using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using Interpret.AnnotatorWorker;
using Interpret.Cli;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.Rehearsal;
using Interpret.Storage;

namespace Interpret.Bench;

/// <summary>
/// How much of a chat service's quota annotators use, and how much of what they send is refused: one, two and three of them against a
/// rehearsal endpoint in a process of its own, and the original's shape beside them.
/// </summary>
internal static class AnnotatorBenchmark
{
    private const double RequestsPerMinute = 3000;
    private const double TokensPerMinute = 200_000;
    private const double MedianLatency = 300;

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long each is watched.", DefaultValueFactory = _ => 180 };
        var database =
            new Option<string?>(
            "--database")
            {
                Description =
            "An empty PostgreSQL database (connection string) for each run, {0} being its number; default: SQLite in a temporary folder."
            };
        var replicas =
            new Option<int[]>(
            "--replicas")
            {
                Description = "How many annotators, run by run; 0 is the original's shape.",
                DefaultValueFactory = _ => [0, 1, 2, 3],
                AllowMultipleArgumentsPerToken = true
            };
        var command =
            new Command("annotator", "Annotation: share of the quota used and of calls refused, against the original's shape.") { seconds, database, replicas };
        command.SetAction(async (parsed, cancel) =>
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{RequestsPerMinute} requests and {TokensPerMinute} tokens a minute, counted over sliding minutes; {MedianLatency} ms median latency; {parsed.GetValue(seconds)} s from the first answer; {Environment.ProcessorCount} cores"));
            foreach (var count in parsed.GetValue(replicas)!)
                await MeasureAsync(count, parsed.GetValue(seconds), parsed.GetValue(database), cancel);
        });
        return command;
    }

    private static async Task MeasureAsync(int replicas, int seconds, string? database, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("interpret-bench-");
        using var endpoint = new Endpoint();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            await endpoint.ReadyAsync(cancel);
            InterpretStorage storage = database is null
                ? new SqliteStorage(Path.Combine(folder.FullName, "interpret.db"))
                : new PostgresStorage(string.Format(CultureInfo.InvariantCulture, database, replicas));
            var work = replicas == 0 ? OriginalAnnotator.RunAsync(endpoint.Address, ending.Token)
                : AnnotateAsync(storage, endpoint.Address, replicas, ending.Token);
            while ((await endpoint.StatisticsAsync(cancel)).Answered == 0 && !work.IsCompleted)
                await Task.Delay(20, cancel);
            var from = await endpoint.StatisticsAsync(cancel);
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(seconds), cancel));
            var to = await endpoint.StatisticsAsync(cancel);
            if (work.IsCompleted)
                await work; // it ended before its time: why?
            await ending.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Show(replicas == 0 ? "original's shape" : $"{replicas} annotator{(replicas > 1 ? "s" : "")}", from, to, seconds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Show(string who, RehearsalStatistics from, RehearsalStatistics to, int seconds)
    {
        var (requests, answered, refused, tokens) =
            (to.Requests - from.Requests, to.Answered - from.Answered, to.TooMany - from.TooMany, to.Tokens - from.Tokens);
        var (ofRequests, ofTokens) = (answered / (RequestsPerMinute * seconds / 60), tokens / (TokensPerMinute * seconds / 60));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{who}: {answered} answers, {tokens} tokens; {Math.Max(ofRequests, ofTokens):P1} of the binding quota ({(ofTokens > ofRequests ? "tokens" : "requests")}; the other {Math.Min(ofRequests, ofTokens):P1}); {refused} of {requests} calls refused with 429 ({(double)refused / Math.Max(1, requests):P2})"));
    }

    private static async Task AnnotateAsync(InterpretStorage storage, Uri endpoint, int replicas, CancellationToken cancel)
    {
        const string study = "bench";
        await storage.MigrateAsync(cancel);
        await FillAsync(storage, study, cancel);
        await new AnnotationPlanner(storage, TimeProvider.System).QueueAsync(study, new AnnotationRequest(5, endpoint), rehearsal: true, cancel);
        var settings = AnnotatorSettings.Default with { Limits = new QuotaLimits(RequestsPerMinute, TokensPerMinute) };
        var hosts = Enumerable.Range(0, replicas).Select(_ => EmbeddedHost.Create(storage, study, [], Queues.Annotate, settings)).ToList();
        await Task.WhenAll(hosts.Select(host => host.StartAsync(cancel)));
        try
        {
            await Task.Delay(Timeout.Infinite, cancel);
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.StopAsync(CancellationToken.None)));
            hosts.ForEach(host => host.Dispose());
        }
    }

    private static async Task FillAsync(InterpretStorage storage, string study, CancellationToken cancel)
    {
        await using var context = await storage.CreateDbContextAsync(cancel);
        context.Studies.Add(new StudyRow { Id = study, Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        string[] models = ["base", "tuned"];
        context.Models.AddRange(models.Select((model, position) => new ModelRow { StudyId = study, Name = model, Role = model, Position = position }));
        await context.SaveChangesAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await context.UpsertAsync(
            from model in models
            from layer in Enumerable.Range(0, 8)
            from rank in Enumerable.Range(1, 300)
            select new ConceptRow
            {
                StudyId = study,
                Model = model,
                Layer = layer,
                Rank = rank,
                Score = 1.0 / rank,
                Words = BenchWords.Of(HashCode.Combine(model.Length, layer, rank))
            },
            cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>The rehearsal endpoint, as a process of its own.</summary>
    private sealed class Endpoint : IDisposable
    {
        private readonly Process process;
        private readonly HttpClient http = new();
        private readonly int port;

        public Endpoint()
        {
            using (var free = new TcpListener(System.Net.IPAddress.Loopback, 0))
            {
                free.Start();
                port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
            }

            string[] arguments =
            [
                typeof(ExitCodes).Assembly.Location, "rehearse", "--port", $"{port}", "--rpm", $"{RequestsPerMinute}", "--tpm", $"{TokensPerMinute}",
                    "--latency-ms", $"{MedianLatency}",
            ];
            process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            _ = process.StandardError.ReadToEndAsync();
        }

        public Uri Address => new($"http://127.0.0.1:{port}/v1");

        public async Task ReadyAsync(CancellationToken cancel)
        {
            while (true)
            {
                try
                {
                    await StatisticsAsync(cancel);
                    return;
                }
                catch (HttpRequestException) when (!process.HasExited)
                {
                    await Task.Delay(50, cancel);
                }
            }
        }

        public async Task<RehearsalStatistics> StatisticsAsync(CancellationToken cancel) =>
            (await http.GetFromJsonAsync<RehearsalStatistics>($"http://127.0.0.1:{port}/rehearsal/statistics", cancel))!;

        public void Dispose()
        {
            process.Kill();
            process.Dispose();
            http.Dispose();
        }
    }
}
