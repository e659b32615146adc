using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.ServiceDefaults;

/// <summary>
/// Waits for a database that is not up yet when a service starts. The orchestrator brings its tables up to date; the others wait for that, and
/// none works with a database that is newer than itself. Then keeps the database's time.
/// </summary>
internal sealed class DatabaseReady(PostgresStorage storage, DatabaseClock clock, DatabaseReady.Options options, ILogger<DatabaseReady> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ClockBeat = TimeSpan.FromSeconds(30);

    /// <param name="Migrates">Whether this service brings the tables up to date.</param>
    internal sealed record Options(bool Migrates);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var outage = new OutageLog(log, "using the database");
        while (!await TryAsync(outage, cancellationToken))
            await Task.Delay(Pause, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <exception cref="BadInputException"><c>database-newer</c>.</exception>
    private async Task<bool> TryAsync(OutageLog outage, CancellationToken cancel)
    {
        try
        {
            await using var context = storage.CreateDbContext();
            var known = context.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
            var applied = (await context.Database.CanConnectAsync(cancel) ? await context.Database.GetAppliedMigrationsAsync(cancel) : []).ToList();
            if (applied.Find(migration => !known.Contains(migration)) is { } unknown)
            {
                throw new BadInputException(
                    ErrorClasses.DatabaseNewer, "database", "migrations", $"none after {known.Max(StringComparer.Ordinal)}", unknown,
                        "A newer orchestrator has been at work: update this service");
            }

            if (options.Migrates)
                await storage.MigrateAsync(cancel);
            else if (applied.Count < known.Count)
                throw new InvalidOperationException("its tables are not up to date; the orchestrator sees to that");
            await clock.SetAsync(cancel);
            outage.Succeeded();
            return true;
        }
        catch (Exception e) when (e is not (OperationCanceledException or BadInputException))
        {
            outage.Failed(e);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new OutageLog(log, "asking the database for the time"); // this machine's monotonic clock goes on
        using var timer = new PeriodicTimer(ClockBeat);
        while (!stoppingToken.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(stoppingToken);
            try
            {
                await clock.SetAsync(stoppingToken);
                outage.Succeeded();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                outage.Failed(e);
            }
        }
    }
}
