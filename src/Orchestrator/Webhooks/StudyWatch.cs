using System.Text.Json;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Orchestrator.Webhooks;

/// <summary>
/// Notices when a study comes to stand otherwise, and leaves word for the webhook. Every orchestrator looks; whoever changes the study's row leaves the
/// word, in the same transaction.
/// </summary>
internal sealed class StudyWatch(
    RecentOverviews recent, IDbContextFactory<InterpretContext> database, OrchestratorSettings settings, TimeProvider clock, ILogger<StudyWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Since when studies stand still, as far as this orchestrator has seen.</summary>
    private readonly Dictionary<string, long> still = new(StringComparer.Ordinal);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Webhook is not { Length: > 0 }) return;
        var started = Now;
        await new OutageLog(log, "watching studies for the webhook").EveryAsync(Interval, clock, cancel => LookAsync(started, cancel), stoppingToken);
    }

    private async Task LookAsync(long started, CancellationToken cancel)
    {
        string?[] ended = [StudyCondition.Ended, StudyCondition.Failed];
        await using var context = await database.CreateDbContextAsync(cancel);
        var open = await context.Studies.Where(s => s.ArchivedAt == null)
            .Where(s => !ended.Contains(s.Noticed) || context.WorkUnits.Any(u => u.StudyId == s.Id && UnitStatus.Open.Contains(u.Status)))
            .Select(s => new { s.Id, s.Noticed }).ToListAsync(cancel);
        foreach (var gone in still.Keys.Except(open.Select(study => study.Id)).ToList()) still.Remove(gone);
        foreach (var study in open)
        {
            var overview = await recent.OfAsync(study.Id, cancel);
            var condition = StudyCondition.Of(overview);
            if (condition != StudyCondition.StandsStill)
            {
                still.Remove(study.Id);
            }
            else
            {
                still.TryAdd(study.Id, clock.GetTimestamp());
                if (clock.GetElapsedTime(still[study.Id]) < settings.WebhookDelay) continue; // it may be over before anybody has read of it
            }

            if (condition == study.Noticed) continue;
            // One that ended before anybody watched is no news.
            var isOld = study.Noticed is null && overview.Ended && overview.CreatedAt < started;
            await NoteAsync(context, overview, study.Noticed, condition, isOld || condition == StudyCondition.Going, cancel);
        }
    }

    private async Task NoteAsync(InterpretContext context, StudyOverview study, string? before, string condition, bool silently, CancellationToken cancel)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var changed = await context.Studies.Where(s => s.Id == study.Study && s.Noticed == before)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Noticed, condition), cancel);
        if (changed > 0 && !silently)
        {
            var notice = WebhookNotice.Of(study, condition, Now);
            await context.InsertAsync(
                [new WebhookNoticeRow
                {
                    StudyId = study.Study,
                    Event = condition,
                    At = notice.At,
                    Body = JsonSerializer.Serialize(notice, JsonSerializerOptions.Web),
                }],
                cancel);
        }

        await transaction.CommitAsync(cancel);
    }
}
