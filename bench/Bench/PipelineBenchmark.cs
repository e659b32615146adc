using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Interpret.Contracts;
using Interpret.Orchestrator;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.Tests.Shared;
using Interpret.WorkUnits;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Bench;

/// <summary>
/// What the pipeline itself costs, on a RabbitMQ and a PostgreSQL of the benchmark's own: planning, a unit without work, workers that sleep,
/// and rows of attention stored by several writers.
/// </summary>
internal static class PipelineBenchmark
{
    private const string Model = "model";

    public static Command Create()
    {
        var units = new Option<int>("--units") { DefaultValueFactory = _ => 100_000, Description = "Units of the study that is planned and worked." };
        var command = new Command("pipeline", "Planning, overhead of a unit, scale-out, bulk writing.") { units };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(units), cancel));
        return command;
    }

    private static async Task<int> RunAsync(int units, CancellationToken cancel)
    {
        if ((RabbitMqServer.Missing ?? PostgresServer.Missing) is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
            return 1;
        }

        await using var rabbit = new RabbitMqServer();
        await using var postgres = new PostgresServer { Durable = true };
        var broker = await rabbit.AddressAsync();
        await ManyUnitsAsync(broker, await postgres.CreateDatabaseAsync(), units, cancel);
        await OneByOneAsync(broker, await postgres.CreateDatabaseAsync(), cancel);
        await ScaleOutAsync(broker, postgres, cancel);
        await BulkAsync(await postgres.CreateDatabaseAsync(), cancel);
        return 0;
    }

    /// <summary>A study of very many units: planned, worked by empty workers, and asked about meanwhile.</summary>
    private static async Task ManyUnitsAsync(Uri broker, PostgresStorage storage, int units, CancellationToken cancel)
    {
        await using var orchestrator = await OrchestrateAsync(broker, storage, ahead: 1000);
        using var client = new HttpClient { BaseAddress = new Uri(orchestrator.Urls.Single()) };
        using var worker = await WorkAsync(broker, storage, new Emptiness(TimeSpan.Zero), atOnce: 16);
        await PlanAsync(storage, "warm", 5000, cancel); // services run for days: not their first seconds are measured
        await EndAsync(storage, "warm", cancel);
        var seconds = Stopwatch.StartNew();
        await PlanAsync(storage, "many", units, cancel);
        Say($"plan {units:N0} units: {seconds.Elapsed.TotalSeconds:F2} s (target < 10)");
        seconds.Restart();
        var asked = new List<double>();
        for (StudyOverview overview; ; await Task.Delay(200, cancel))
        {
            var question = Stopwatch.GetTimestamp();
            overview = (await client.GetFromJsonAsync<StudyOverview>("studies/many", cancel))!;
            asked.Add(Stopwatch.GetElapsedTime(question).TotalMilliseconds);
            if (overview.Ended)
                break;
        }

        var took = seconds.Elapsed.TotalSeconds;
        asked.Sort();
        Say($"{units:N0} empty units through one orchestrator, 16 at once: {units / took:F0} units/s (target >= 1,000)");
        Say($"status over HTTP meanwhile, {asked.Count} times: median {asked[asked.Count / 2]:F0} ms, 99th percentile {asked[asked.Count * 99 / 100]:F0} ms (target < 100)");
        await StopAsync(worker, orchestrator);
    }

    /// <summary>A worker that does one unit after the other, as one with a device does: all the time is overhead.</summary>
    private static async Task OneByOneAsync(Uri broker, PostgresStorage storage, CancellationToken cancel)
    {
        const int units = 3000;
        var emptiness = new Emptiness(TimeSpan.Zero);
        await using var orchestrator = await OrchestrateAsync(broker, storage, ahead: 256);
        using var worker = await WorkAsync(broker, storage, emptiness, atOnce: 1);
        await PlanAsync(storage, "warm", 500, cancel);
        await EndAsync(storage, "warm", cancel);
        emptiness.Moments.Clear();
        await PlanAsync(storage, "one-by-one", units, cancel);
        var took = await EndAsync(storage, "one-by-one", cancel);
        var gaps = emptiness.Moments.Zip(emptiness.Moments.Skip(1)).Select(pair => Stopwatch.GetElapsedTime(pair.First, pair.Second).TotalMilliseconds).Order()
            .ToList();
        Say($"a unit after the other, one worker: {units / took:F0} units/s; from unit to unit median {gaps[gaps.Count / 2]:F2} ms, 99th percentile {gaps[gaps.Count * 99 / 100]:F2} ms (target: median < 5)");
        await StopAsync(worker, orchestrator);
    }

    private static async Task ScaleOutAsync(Uri broker, PostgresServer postgres, CancellationToken cancel)
    {
        var work = TimeSpan.FromMilliseconds(200);
        var rates = new Dictionary<int, double>();
        foreach (var workers in new[] { 1, 16 })
        {
            var (storage, units) = (await postgres.CreateDatabaseAsync(), 60 * workers);
            await PlanAsync(storage, "asleep", units, cancel);
            await using var orchestrator = await OrchestrateAsync(broker, storage, ahead: 256);
            var hosts = new List<IHost>();
            for (var i = 0; i < workers; i++)
                hosts.Add(await WorkAsync(broker, storage, new Emptiness(work), atOnce: 1));
            rates[workers] = units / await EndAsync(storage, "asleep", cancel);
            await StopAsync([.. hosts, orchestrator]);
            hosts.ForEach(host => host.Dispose());
        }

        Say($"units of {work.TotalMilliseconds} ms: one worker {rates[1]:F2} units/s, 16 workers {rates[16]:F2}: {rates[16] / (16 * rates[1]):F3} of 16 times one (target >= 0.95)");
    }

    /// <summary>Every neuron pair of a 7B model, as four workers store them: a unit of 8 heads of 128 pairs in one transaction.</summary>
    private static async Task BulkAsync(PostgresStorage storage, CancellationToken cancel)
    {
        const int layers = 32, units = 4, heads = 8, pairs = 128, words = 220;
        var random = new Random(1);
        List<string> Words() => [.. Enumerable.Range(0, words).Select(_ => string.Create(CultureInfo.InvariantCulture, $"word{random.Next(26_473)}"))];
        var (key, query) = (Words(), Words());
        var ledger = new UnitLedger(storage, TimeProvider.System);
        await PlanAsync(storage, "bulk", layers * units, cancel);
        await using (var context = storage.CreateDbContext())
            await context.WorkUnits.ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Queued), cancel);
        var seconds = Stopwatch.StartNew();
        await Parallel.ForAsync(0, layers * units, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel }, async (i, token) =>
        {
            var unit = (await ledger.TakeAsync(i + 1, "bench", token))!;
            var rows = from head in Enumerable.Range(i % units * heads, heads)
                       from rank in Enumerable.Range(1, pairs)
                       select new AttentionPatternRow
                       {
                           StudyId = "bulk",
                           Model = Model,
                           Layer = i / units,
                           Head = head,
                           Rank = rank,
                           Dim = rank - 1,
                           Score = 1.0 / rank,
                           KeyWords = key,
                           QueryWords = query
                       };
            await ledger.CompleteAsync(unit, TimeSpan.Zero, context => context.UpsertAsync(rows), token);
        });
        var (count, bytes) = (layers * units * heads * pairs, key.Concat(query).Sum(word => word.Length));
        Say($"{count:N0} attention rows of {bytes:N0} bytes of words over four writers: {seconds.Elapsed.TotalSeconds:F1} s (target < 60)");
    }

    private static async Task PlanAsync(PostgresStorage storage, string name, int units, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("interpret-bench-");
        try
        {
            var dataset = Path.Combine(folder.FullName, "dataset.tsv");
            await File.WriteAllLinesAsync(
                dataset,
                Enumerable.Range(0, units)
                    .Select(i => $"group{i % 10}_{i}\tSummarize the text below. It has a number: {i}.\tYes.\tSummarize the text below.&&&")
                    .Prepend("ID\tPrompt\tResponse\tInstruct&Context"),
                cancel);
            var study = new StudyDefinition(
                name, [new StudyModel(Model, "", ModelRole.Base, "/nowhere")], dataset, null, null, null, new(), new(), new(), new());
            await new StudyPlanner(storage, TimeProvider.System).SubmitAsync(study, new Dictionary<string, ModelFacts> { [Model] = new(1, 1) }, cancel: cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double> EndAsync(PostgresStorage storage, string study, CancellationToken cancel)
    {
        var (ledger, seconds) = (new UnitLedger(storage, TimeProvider.System), Stopwatch.StartNew());
        while (!(await ledger.ProgressAsync(study, cancel)).IsEnded)
            await Task.Delay(20, cancel);
        return seconds.Elapsed.TotalSeconds;
    }

    private static async Task<WebApplication> OrchestrateAsync(Uri broker, PostgresStorage storage, int ahead)
    {
        var builder = WebApplication.CreateSlimBuilder();
        Configure(builder, broker, storage);
        (builder.Configuration["Http:Address"], builder.Configuration["Http:OpenReads"]) = ("http://127.0.0.1:0", "true");
        builder.Configuration["Orchestrator:Ahead"] = ahead.ToString(CultureInfo.InvariantCulture);
        builder.AddHttp(OrchestratorHost.Port);
        builder.AddOrchestrator();
        var app = builder.Build();
        app.UseHttp();
        app.MapOrchestrator();
        await app.StartAsync();
        return app;
    }

    private static async Task<IHost> WorkAsync(Uri broker, PostgresStorage storage, Emptiness emptiness, int atOnce)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Configure(builder, broker, storage);
        builder.AddDatabase().Services.AddWorkUnits().AddSingleton<IStage>(emptiness)
            .AddUnitWork(new UnitEndpoint(Queues.Explain(Model), atOnce, atOnce == 1 ? 4 : 4 * atOnce));
        builder.AddClusterBus();
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static void Configure(IHostApplicationBuilder builder, Uri broker, PostgresStorage storage)
    {
        using var context = storage.CreateDbContext();
        builder.Configuration.AddInMemoryCollection(
            [new("ConnectionStrings:Database", context.Database.GetConnectionString()), new("ConnectionStrings:Broker", broker.ToString())]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
    }

    private static async Task StopAsync(params IHost[] hosts)
    {
        foreach (var host in hosts)
            await host.StopAsync(CancellationToken.None);
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>What an explainer does that does nothing: sleeps, and remembers when.</summary>
    private sealed class Emptiness(TimeSpan work) : IStage
    {
        public string Name => Stages.Attribution;

        public List<long> Moments { get; } = [];

        public async Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel)
        {
            if (work > TimeSpan.Zero)
                await Task.Delay(work, cancel);
            lock (Moments)
                Moments.Add(Stopwatch.GetTimestamp());
            return _ => Task.CompletedTask;
        }
    }
}
