using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Orchestrator;

/// <summary>
/// Deletes studies that have been in the archive for longer than <see cref="OrchestratorSettings.Retention"/>, in pieces as an operator's delete does. What chat
/// models answered stays in the ledger: it was paid.
/// </summary>
internal sealed class Retention(
    StudyOperations operations, AuditLog audit, OrchestratorSettings settings, TimeProvider clock, ILogger<Retention> log) : BackgroundService
{
    /// <summary>Who deletes them, in the audit log.</summary>
    private const string Actor = "retention";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1), Least = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Retention is not { } retention) return;
        var interval = retention / 10 > Interval ? Interval : retention / 10 < Least ? Least : retention / 10;
        await new OutageLog(log, "deleting archived studies").EveryAsync(
            interval, clock,
            async cancel =>
            {
                foreach (var study in await operations.ArchivedForAsync(retention, cancel))
                    await DeleteAsync(study, retention, cancel);
            },
            stoppingToken);
    }

    private async Task DeleteAsync(string study, TimeSpan retention, CancellationToken cancel)
    {
        var note = new AuditNote(AuditActions.Delete) { Study = study, Detail = $"archived for {retention}" };
        var rows = await operations.DeleteAsync(study, context => audit.NoteAsync(context, Actor, note, cancel), cancel);
        log.LogInformation("{Study}: archived for {Retention}, deleted, {Rows} rows", study, retention, rows);
    }
}
