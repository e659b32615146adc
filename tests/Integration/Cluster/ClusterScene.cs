using System.Collections.Concurrent;
using System.Diagnostics;
using Interpret.Cli;
using Interpret.Orchestrator;
using Interpret.Orchestrator.Studies;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>A cluster on this machine: a real broker, a real database, and services as processes of their own.</summary>
internal sealed class ClusterScene : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly ConcurrentBag<Process> processes = [];
    private readonly ConcurrentQueue<string> said = new();
    private readonly Uri broker;

    private ClusterScene(PostgresStorage storage, Uri broker)
    {
        (Storage, this.broker) = (storage, broker);
        Ledger = new UnitLedger(storage, TimeProvider.System);
    }

    public PostgresStorage Storage { get; }

    public UnitLedger Ledger { get; }

    public static async Task<ClusterScene> OpenAsync()
    {
        var broker = await (await TestContext.Current.GetFixture<RabbitMqServer>())!.AddressAsync();
        var storage = await (await TestContext.Current.GetFixture<PostgresServer>())!.CreateDatabaseAsync();
        return new ClusterScene(storage, broker);
    }

    /// <summary>Plans a study whose models have names of this scene alone: queues outlive a test.</summary>
    public async Task<Study> PlanAsync(string studyFile)
    {
        var study = StudyFile.Read(studyFile);
        await new StudyPlanner(Storage, TimeProvider.System).SubmitAsync(study, CheckpointFacts.Of(study));
        return study;
    }

    public Process StartOrchestrator() => Start(typeof(OrchestratorHost).Assembly.Location, []);

    public Process StartWorker(StudyModel model) => Start(
        typeof(GpuWorker.GpuWorkerHost).Assembly.Location,
        new Dictionary<string, string> { ["Worker__Model"] = model.Name, ["Worker__Checkpoint"] = model.Checkpoint!, ["OMP_NUM_THREADS"] = "1" });

    private Process Start(string assembly, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [assembly]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using (var context = Storage.CreateDbContext())
            start.Environment["ConnectionStrings__Database"] = context.Database.GetConnectionString();
        start.Environment["ConnectionStrings__Broker"] = broker.ToString();
        start.Environment["Http__Address"] = "http://127.0.0.1:0"; // many on one machine
        start.Environment["Http__Token"] = "token";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => said.Enqueue($"{process.Id}: {line.Data}");
        process.ErrorDataReceived += (_, line) => said.Enqueue($"{process.Id}: {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        processes.Add(process);
        return process;
    }

    /// <summary>Waits for something to become true of the units; fails, with what the services said, after a while.</summary>
    public async Task<StudyProgress> UntilAsync(string study, Func<StudyProgress, bool> holds, string what)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < Patience; await Task.Delay(50))
        {
            if (await Ledger.ProgressAsync(study) is var progress && holds(progress))
                return progress;
        }

        throw new TimeoutException($"{Patience.TotalSeconds} seconds and not yet {what}; {string.Join(", ", (await Ledger.ProgressAsync(study)).Counts)}\n{string.Join('\n', said.TakeLast(60))}");
    }

    public Task<string> TablesAsync(string study) => TablesAsync(Storage, study);

    /// <summary>Every table of a study as JSON.</summary>
    public static async Task<string> TablesAsync(InterpretStorage storage, string study)
    {
        var reports = new StudyReports(storage);
        var pair = (await reports.PairsAsync(study))[0];
        var tables = new List<string>();
        foreach (var table in StudyReports.Names)
            tables.Add((await reports.TableAsync(study, table, pair)).Render(ReportFormat.Json));
        return string.Join('\n', tables);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await using var context = Storage.CreateDbContext();
        NpgsqlConnection.ClearPool((NpgsqlConnection)context.Database.GetDbConnection());
    }
}
