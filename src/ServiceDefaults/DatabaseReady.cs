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
        while (!await TryAsync(cancellationToken))
            await Task.Delay(Pause, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <exception cref="BadInputException"><c>database-newer</c>.</exception>
    private async Task<bool> TryAsync(CancellationToken cancel)
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
            return true;
        }
        catch (Exception e) when (e is not (OperationCanceledException or BadInputException))
        {
            log.LogWarning("the database cannot be used yet, trying again in {Pause} s: {Error}", Pause.TotalSeconds, e.Message);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ClockBeat);
        while (!stoppingToken.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(stoppingToken);
            try
            {
                await clock.SetAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("the database could not be asked for the time: {Error}", e.Message); // this machine's monotonic clock goes on
            }
        }
    }
}
