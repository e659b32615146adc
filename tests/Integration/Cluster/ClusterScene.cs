using System.Collections.Concurrent;
using System.Diagnostics;
using Interpret.Cli;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Orchestrator;
using Interpret.Pages;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>A cluster on this machine: a real broker, a real database, and services as processes of their own.</summary>
internal sealed class ClusterScene : IAsyncDisposable
{
    private readonly ConcurrentBag<Process> processes = [];
    private readonly ConcurrentQueue<string> said = new();

    private ClusterScene(PostgresStorage storage, Uri broker)
    {
        (Storage, Broker) = (storage, broker);
        Ledger = new UnitLedger(storage, TimeProvider.System);
    }

    public PostgresStorage Storage { get; }

    public UnitLedger Ledger { get; }

    public Uri Broker { get; }

    /// <summary>Settings that every service gets.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal)
    {
        ["Http__Address"] = "http://127.0.0.1:0", // many on one machine
        ["Http__Token"] = InterpretProcess.Token,
        ["OMP_NUM_THREADS"] = "1",
        ["DOTNET_TieredPGO"] = "0", // they live for seconds
    };

    /// <summary>On the broker and the database that tests share.</summary>
    public static async Task<ClusterScene> OpenAsync() =>
        await OpenAsync((await TestContext.Current.GetFixture<RabbitMqServer>())!, (await TestContext.Current.GetFixture<PostgresServer>())!);

    /// <summary>On a broker and a database that nobody minds harm to.</summary>
    public static async Task<ClusterScene> OpenAsync(RabbitMqServer broker, PostgresServer database)
    {
        Assert.SkipWhen(RabbitMqServer.Missing is not null, RabbitMqServer.Missing ?? "");
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        var address = await broker.AddressAsync();
        return new ClusterScene(await database.CreateDatabaseAsync(), address);
    }

    /// <summary>Plans a study whose models have names of this scene alone: queues outlive a test.</summary>
    public async Task<StudyDefinition> PlanAsync(string studyFile)
    {
        var study = StudyFile.Read(studyFile);
        await new StudyPlanner(Storage, TimeProvider.System).SubmitAsync(study, CheckpointFacts.Of(study));
        return study;
    }

    public Process StartOrchestrator(params (string Name, string Value)[] settings) => Start(BuiltCommand.Of(typeof(OrchestratorHost).Assembly), settings);

    /// <summary>An orchestrator and a reports service, and where the orchestrator answers.</summary>
    /// <param name="reports">A reports service that is there already; null: one is started.</param>
    public async Task<Uri> ServeAsync(Uri? reports = null)
    {
        var ports = FreePorts.Find(reports is null ? 2 : 1);
        Uri At(int port) => new($"http://127.0.0.1:{port}");
        StartOrchestrator(("Http__Address", At(ports[0]).ToString()), ("Reports__Address", (reports ?? At(ports[^1])).ToString()));
        if (reports is null)
            Start(BuiltCommand.Of(typeof(ReportsHost).Assembly), [("Http__Address", At(ports[1]).ToString())]);
        using var client = new HttpClient();
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                var ready = await Task.WhenAll(ports.Select(port => client.GetAsync(new Uri(At(port), "/health/ready"))));
                if (Array.TrueForAll(ready, answer => answer.IsSuccessStatusCode))
                    return At(ports[0]);
            }
            catch (HttpRequestException)
            {
                // not up yet
            }

            if (since.Elapsed > Waits.Limit)
                throw new TimeoutException($"the services are not ready\n{Said}");
        }
    }

    /// <summary>A reports service, and an orchestrator that hands its questions on to it.</summary>
    public async Task<(Uri Reports, Uri Orchestrator)> ServeBothAsync()
    {
        var port = FreePorts.Find(1)[0];
        var reports = new Uri($"http://127.0.0.1:{port}");
        Start(BuiltCommand.Of(typeof(ReportsHost).Assembly), [("Http__Address", reports.ToString())]);
        var orchestrator = await ServeAsync(reports);
        using var client = new HttpClient();
        for (var since = Stopwatch.StartNew(); since.Elapsed < Waits.Limit; await Task.Delay(100))
        {
            try
            {
                if ((await client.GetAsync(new Uri(reports, "/health/ready"))).IsSuccessStatusCode) return (reports, orchestrator);
            }
            catch (HttpRequestException)
            {
                // not up yet
            }
        }

        throw new TimeoutException($"the reports service is not ready\n{Said}");
    }

    public Process StartWorker(StudyModel model, params (string Name, string Value)[] settings) => Start(
        BuiltCommand.Of(typeof(GpuWorker.GpuWorkerHost).Assembly), [("Worker__Model", model.Name), ("Worker__Checkpoint", model.Checkpoint!), .. settings]);

    public Process StartAnnotator(params (string Name, string Value)[] settings) =>
        Start(BuiltCommand.Of(typeof(AnnotatorWorker.AnnotatorWorkerHost).Assembly), settings);

    /// <param name="settings">Settings of this process alone; the name <c>@</c> gives a command that runs it.</param>
    private Process Start(string assembly, IEnumerable<(string Name, string Value)> settings)
    {
        var wrapper = settings.Where(setting => setting.Name == "@").Select(setting => setting.Value).FirstOrDefault();
        var start = wrapper is null ? new ProcessStartInfo("dotnet", [assembly]) : new ProcessStartInfo("bash", ["-c", $"{wrapper} exec dotnet '{assembly}'"]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        start.Environment["ConnectionStrings__Database"] = Connection;
        start.Environment["ConnectionStrings__Broker"] = Broker.ToString();
        foreach (var (name, value) in Settings.Select(setting => (setting.Key, setting.Value)).Concat(settings.Where(setting => setting.Name != "@")))
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => said.Enqueue($"{process.Id}: {line.Data}");
        process.ErrorDataReceived += (_, line) => said.Enqueue($"{process.Id}: {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        processes.Add(process);
        return process;
    }

    /// <summary>How services reach the database.</summary>
    public string Connection
    {
        get
        {
            using var context = Storage.CreateDbContext();
            return context.Database.GetConnectionString()!;
        }
    }

    /// <summary>What the services said lately.</summary>
    public string Said => string.Join('\n', said.TakeLast(80));

    /// <summary>Tells a process to end, and waits until it has.</summary>
    public static async Task TellToEndAsync(Process process)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
    }

    /// <summary>Waits for something to become true of the units; fails, with what the services said, after a while.</summary>
    public async Task<StudyProgress> UntilAsync(string study, Func<StudyProgress, bool> holds, string what)
    {
        StudyProgress? last = null;
        for (var since = Stopwatch.StartNew(); since.Elapsed < Waits.Limit; await Task.Delay(50))
        {
            try
            {
                last = await Ledger.ProgressAsync(study);
                if (holds(last))
                    return last;
            }
            catch (Exception e) when ((e as NpgsqlException ?? e.InnerException) is NpgsqlException)
            {
                // the database is away: that may be what this is about
            }
        }

        throw new TimeoutException($"{Waits.Limit.TotalSeconds} seconds and not yet {what}; {string.Join(", ", last?.Counts ?? [])}\n{Said}");
    }

    public Task<string> TablesAsync(string study) => TablesAsync(Storage, study);

    /// <summary>Every table that a study has results for, as JSON.</summary>
    public static async Task<string> TablesAsync(InterpretStorage storage, string study)
    {
        var reports = new StudyReports(storage);
        var pair = (await reports.PairsAsync(study))[0];
        var tables = new List<string>();
        foreach (var table in await reports.AvailableAsync(study, pair))
            tables.AddRange(await reports.RenderAsync(study, table, pair.Tuned, [new JsonFormat()]));
        return string.Join('\n', tables);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await using var context = Storage.CreateDbContext();
        NpgsqlConnection.ClearPool((NpgsqlConnection)context.Database.GetDbConnection());
    }
}
