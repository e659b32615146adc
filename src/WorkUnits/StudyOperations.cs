using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.WorkUnits;

/// <summary>What operators do beside the life of units: registered models, priorities, workers that are to end, studies that are to go.</summary>
public sealed class StudyOperations(IDbContextFactory<InterpretContext> database, TimeProvider clock, UnitPolicy? policy = null)
{
    /// <summary>The lowest and highest priority of a study.</summary>
    public const int LeastPriority = -10, MostPriority = 10;

    /// <summary>Rows of a table that are deleted in one statement: others are not held up for longer.</summary>
    private const int RowsAtOnce = 10_000;

    private readonly UnitPolicy policy = policy ?? new UnitPolicy();

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Registers a model, or changes what is registered: studies may name it without bringing its checkpoint.</summary>
    /// <exception cref="BadInputException"><c>model-unknown</c>: a fact is missing, or none that a model has.</exception>
    public async Task RegisterModelAsync(string name, ModelFacts facts, CancellationToken cancel = default)
    {
        ModelFacts.Require(facts, ErrorClasses.ModelUnknown, name, null);
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.UpsertAsync(
            [
                new KnownModelRow
                {
                    Name = name, Layers = facts.Layers, Heads = facts.Heads, ContentHash = facts.ContentHash!, Remarks = facts.Remarks?.ToList(),
                    Registered = true, KnownAt = Now,
                },
            ],
            cancel);
    }

    /// <summary>Forgets a model; studies that were submitted keep what they were planned with.</summary>
    /// <returns>Whether it was known.</returns>
    public async Task<bool> ForgetModelAsync(string name, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.KnownModels.Where(m => m.Name == name).ExecuteDeleteAsync(cancel) > 0;
    }

    /// <summary>Changes a study's priority; what is published already is not called back.</summary>
    /// <exception cref="BadInputException"><c>bad-number</c>.</exception>
    public async Task SetPriorityAsync(string study, int priority, CancellationToken cancel = default)
    {
        RequirePriority(study, priority);
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.Studies.Where(s => s.Id == study).ExecuteUpdateAsync(set => set.SetProperty(s => s.Priority, priority), cancel);
    }

    /// <exception cref="BadInputException"><c>bad-number</c>.</exception>
    public static void RequirePriority(string study, int priority)
    {
        if (priority is < LeastPriority or > MostPriority)
            throw new BadInputException(ErrorClasses.BadNumber, study, "priority", $"a whole number from {LeastPriority} to {MostPriority}", $"{priority}");
    }

    /// <summary>Has a worker finish what it has in hand and end; it learns of it with its next heartbeat.</summary>
    /// <exception cref="BadInputException"><c>worker-unknown</c>.</exception>
    public async Task DrainAsync(string worker, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var known = await context.WorkersSince(policy.WorkersSince(clock)).OrderBy(w => w.Id).Select(w => w.Id).ToListAsync(cancel);
        if (!known.Contains(worker))
        {
            throw new BadInputException(
                ErrorClasses.WorkerUnknown, worker, null, "a worker that is there", "none of this name",
                known.Count > 0 ? $"There are: {string.Join(", ", known)}" : "No worker is there");
        }

        await context.UpsertAsync([new WorkerDrainRow { WorkerId = worker, AskedAt = Now }], cancel);
    }

    /// <summary>Archives a study that has ended: it is out of the lists, its reports are as before. Or takes it out of the archive.</summary>
    /// <exception cref="BadInputException"><c>study-active</c>: it has something left to do.</exception>
    public async Task ArchiveAsync(string study, bool archived, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        if (archived) await RequireEndedAsync(context, study, cancel);
        long? since = archived ? Now : null;
        await context.Studies.Where(s => s.Id == study && s.ArchivedAt.HasValue != archived)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.ArchivedAt, since), cancel);
    }

    /// <summary>The studies that have been in the archive for longer than they are to be kept, the longest first.</summary>
    public async Task<IReadOnlyList<string>> ArchivedForAsync(TimeSpan retention, CancellationToken cancel = default)
    {
        var until = Now - (long)retention.TotalMilliseconds;
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.Studies.Where(s => s.ArchivedAt <= until).OrderBy(s => s.ArchivedAt).Select(s => s.Id).ToListAsync(cancel);
    }

    private static async Task RequireEndedAsync(InterpretContext context, string study, CancellationToken cancel)
    {
        var open = await context.WorkUnits.CountAsync(u => u.StudyId == study && UnitStatus.Open.Contains(u.Status), cancel);
        if (open > 0)
            throw new BadInputException(
                ErrorClasses.StudyActive, study, null, "a study that has ended or was cancelled, with nothing in hand", $"{open} units that wait or are worked",
                $"`interpret cancel {study}` stops it");
    }

    /// <summary>
    /// Deletes a study with everything that belongs to it, in pieces, so that other studies are not held up; what was paid for stays in the ledger of
    /// chat calls, for studies that ask the same. Interrupted midway it can be asked for again: the study itself goes last.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="write">
    /// Stores that it went, in the transaction in which it does; of several who delete it at once only that of one. Null: nothing is stored.
    /// </param>
    /// <param name="cancel">Ends it midway.</param>
    /// <returns>Rows deleted.</returns>
    /// <exception cref="BadInputException"><c>study-active</c>: it has something left to do, or a worker has some of it in hand.</exception>
    public async Task<long> DeleteAsync(string study, Func<InterpretContext, Task>? write = null, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await RequireEndedAsync(context, study, cancel);
        // Nothing of it is published again while it goes.
        await context.Studies.Where(s => s.Id == study).ExecuteUpdateAsync(set => set.SetProperty(s => s.Status, StudyStatus.Cancelled), cancel);
        long rows = 0;
        rows += await DeleteAsync(context.AttentionPatterns.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.HeadWordCounts.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Concepts.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.ControlConcepts.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Attributions.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.AttributionScores.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.ContrastTokens.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Faithfulness.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Annotations.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.ControlAnnotations.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Vocabulary.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Prompts.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.Ratings.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.UnitFailures.Where(r => r.StudyId == study));
        rows += await DeleteAsync(context.ChatBatchQuestions.Where(q => context.ChatBatches.Any(b => b.Id == q.BatchId && b.StudyId == study)));
        rows += await context.ChatBatches.Where(r => r.StudyId == study).ExecuteDeleteAsync(cancel);
        rows += await context.ChatReservations.Where(r => r.StudyId == study).ExecuteDeleteAsync(cancel);
        rows += await context.AnnotationPlans.Where(r => r.StudyId == study).ExecuteDeleteAsync(cancel);
        rows += await DeleteAsync(context.WorkUnits.Where(r => r.StudyId == study));
        rows += await context.Models.Where(r => r.StudyId == study).ExecuteDeleteAsync(cancel);
        rows += await context.WebhookNotices.Where(r => r.StudyId == study).ExecuteDeleteAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var own = await context.Studies.Where(s => s.Id == study).ExecuteDeleteAsync(cancel);
        if (own > 0 && write is not null) await write(context);
        await transaction.CommitAsync(cancel);
        return rows + own;

        async Task<long> DeleteAsync<T>(IQueryable<T> of)
            where T : class
        {
            long all = 0;
            for (var some = RowsAtOnce; some == RowsAtOnce; all += some)
                some = await of.Take(RowsAtOnce).ExecuteDeleteAsync(cancel);
            return all;
        }
    }
}
