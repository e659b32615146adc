using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>
/// Gets the questions of a study's passes answered by the service's batch interface, while their units wait: summaries, and the labels of those
/// that say something. The answers go into the ledger, where the units then find them: the same rows come out. What batches leave unanswered is
/// asked one by one. All that is known of a batch is stored, so whoever comes next goes on, and nothing is paid twice.
/// </summary>
public sealed partial class BatchRoute(
    IDbContextFactory<InterpretContext> database, AnnotationRuns runs, ChatLedger ledger, BatchService service, SpendLedger spending,
    UnitLedger units, AnnotatorSettings settings, TimeProvider clock, ILogger<BatchRoute> log)
{
    /// <summary>A question is in no more batches than this; then it is asked by itself.</summary>
    private const int MostTries = 3;

    /// <summary>A batch costs half.</summary>
    private const double Discount = 0.5;

    /// <summary>Of what a service refused as too much for it, what is tried next.</summary>
    private const double Less = 0.8;

    /// <summary>Tokens below which it is not the size that is refused: others of the account fill the service, and will end.</summary>
    private const double SmallestLimit = 20_000;

    // Plans of which this process has handed over what there is room for: nothing more is to be done until a batch ends.
    private readonly ConcurrentDictionary<(string Study, bool Rehearsal), bool> handedOver = new();

    /// <summary>Told of each batch.</summary>
    public event Action<string>? Said;

    /// <summary>Does what can be done now for the plan of a unit.</summary>
    /// <returns>Lets the plan's other units go: every question has its answer, or is left to be asked by itself.</returns>
    /// <exception cref="UnitWaitsException">Batches are being answered.</exception>
    /// <exception cref="AnnotationPausedException">The service takes no batch, or the spend limit would not be kept.</exception>
    public async Task<Func<InterpretContext, Task>> WorkAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        var run = await runs.OfAsync(unit.StudyId, AnnotationSubject.IsRehearsal(unit.Subject), cancel);
        try
        {
            run.ThrowIfPaused();
            var ended = await StepAsync(run, unit, cancel);
            await runs.TellAsync(run, null);
            if (!ended)
                throw new UnitWaitsException(settings.BatchPause);
        }
        catch (ChatTroubleException e)
        {
            if (run.Row.Trouble != e.Message)
                Say($"the batches have to wait: {e.Message}");
            await runs.TellAsync(run, e.Message);
            throw new UnitWaitsException(settings.BatchPause);
        }
        catch (BadInputException e)
        {
            throw new AnnotationPausedException($"{e.Message}. `interpret annotate --batch` tries again, without --batch the questions are asked one by one");
        }

        return context => ReleaseAsync(context, unit);
    }

    private static async Task ReleaseAsync(InterpretContext context, WorkUnitRow unit)
    {
        // This unit's row first: whoever makes units wait for it changes it too, and so comes before or after.
        await context.WorkUnits.Where(u => u.Id == unit.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.Sequence, unit.Sequence));
        await context.AnnotationUnits(unit.StudyId, AnnotationSubject.IsRehearsal(unit.Subject)).Where(u => u.NotBefore == WorkUnitRow.Held)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.NotBefore, 0));
    }

    /// <returns>Whether nothing is left to be done.</returns>
    private async Task<bool> StepAsync(AnnotationRun run, WorkUnitRow unit, CancellationToken cancel)
    {
        var key = (run.Row.StudyId, run.Row.Rehearsal);
        await using var context = await database.CreateDbContextAsync(cancel);
        var unfetched = context.ChatBatches.Where(b => b.StudyId == run.Row.StudyId && b.Rehearsal == run.Row.Rehearsal && b.FetchedAt == null);
        var open = await unfetched.OrderBy(b => b.SubmittedAt).ToListAsync(cancel);
        var states = new List<(ChatBatchRow Batch, BatchState State)>();
        foreach (var batch in open)
            states.Add((batch, await service.LookAsync(batch.Endpoint, batch.Id, cancel)));
        var ended = states.Where(one => one.State.IsEnded).ToList();
        if (ended.Count == 0 && open.Count > 0 && handedOver.ContainsKey(key))
            return false;

        var questions = await BatchQuestions.OfAsync(database, run, cancel);
        foreach (var (batch, state) in ended)
            await FetchAsync(context, run, batch, state, questions, cancel);
        var waiting = open.Count - ended.Count;
        // Former versions did not keep which questions a batch holds: until it is fetched, none of them may go out again.
        var unknown = await unfetched.AnyAsync(b => !context.ChatBatchQuestions.Any(q => q.BatchId == b.Id), cancel);
        if (run.Row.Batch && !unknown)
        {
            if (ended.Count > 0)
                questions = await BatchQuestions.OfAsync(database, run, cancel); // with the labels of the summaries that came
            waiting += await SubmitAsync(run, unit, await questions.MissingAsync(MostTries, cancel), cancel);
            handedOver[key] = true;
        }

        return waiting == 0;
    }

    /// <returns>Parts of the questions that have to wait for an answer, or for room at the service.</returns>
    private async Task<int> SubmitAsync(AnnotationRun run, WorkUnitRow unit, List<AskedQuestion> missing, CancellationToken cancel)
    {
        var room = await RoomAsync(run, cancel);
        var parts = BatchPart.Split(missing, run, settings.Prices.Of(run.Row.ChatModel), room.Limit).ToList();
        foreach (var part in parts)
        {
            if (part.Tokens > room.Left && room.Left < room.Limit)
                break; // the next one when another ends
            // Another annotator that has the unit by now, because this one was silent for too long, hands the same questions over.
            if (!await units.RenewAsync(unit, cancel)) throw new UnitWaitsException(settings.BatchPause);
            await SubmitAsync(run, part, cancel);
            room = room with { Left = room.Left - part.Tokens };
        }

        return parts.Count;
    }

    private async Task SubmitAsync(AnnotationRun run, BatchPart part, CancellationToken cancel)
    {
        run.ThrowIfPaused();
        var (holder, usd) = ($"batch {Guid.NewGuid():N}", part.Usd * Discount);
        if (run.Row.SpendLimitUsd is not null)
            await spending.ReserveBatchAsync(run, part.Questions.Count, usd ?? throw ChatCalls.NoPrice(run.Row.ChatModel), holder, cancel);
        await using var context = await database.CreateDbContextAsync(CancellationToken.None);
        BatchState batch;
        try
        {
            batch = await service.SubmitAsync(run.Row.Endpoint, part.Lines(), cancel);
        }
        catch (Exception e)
        {
            await SpendLedger.GiveUpAsync(context, run.Row, holder);
            if (e is ChatTroubleException { Code: BatchErrors.TooMuch })
                await LearnLimitAsync(run, part.Tokens, e.Message, CancellationToken.None);
            throw;
        }

        await using var transaction = await context.Database.BeginTransactionAsync(CancellationToken.None);
        if (await context.ChatBatches.AnyAsync(b => b.Id == batch.Id, CancellationToken.None))
            throw new BadInputException(ErrorClasses.BatchRefused, run.Row.Endpoint, null, "a batch of a new name", $"{batch.Id}, which is another's");
        context.ChatBatches.Add(new ChatBatchRow
        {
            Id = batch.Id,
            StudyId = run.Row.StudyId,
            Rehearsal = run.Row.Rehearsal,
            Endpoint = run.Row.Endpoint,
            Questions = part.Questions.Count,
            Tokens = part.Tokens,
            Usd = usd,
            SubmittedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        });
        await context.SaveChangesAsync(CancellationToken.None);
        await context.UpsertAsync(
            part.Questions.Select(question => new ChatBatchQuestionRow { Id = question.Id, BatchId = batch.Id, Tries = question.Tries + 1 }).ToList(),
            CancellationToken.None);
        await SpendLedger.GiveUpAsync(context, run.Row, holder); // the batch's own price counts from here on
        await transaction.CommitAsync(CancellationToken.None);
        Say($"batch {batch.Id}: {part.Questions.Count} questions handed over");
    }

    /// <summary>How many tokens the service lets wait at a time, and how many it would still take.</summary>
    private async Task<(double Limit, double Left)> RoomAsync(AnnotationRun run, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var told = await context.ChatQuotas.Where(q => q.Endpoint == run.Row.Endpoint && q.ChatModel == run.Row.ChatModel).Select(q => q.ToldBatchTokens)
            .SingleOrDefaultAsync(cancel);
        var limit = Math.Min(settings.Limits.BatchTokens ?? double.PositiveInfinity, told ?? double.PositiveInfinity);
        var taken = await context.ChatBatches.Where(b => b.Endpoint == run.Row.Endpoint && b.FetchedAt == null).SumAsync(b => b.Tokens, cancel);
        return (limit, limit - taken);
    }

    private async Task FetchAsync(
        InterpretContext context, AnnotationRun run, ChatBatchRow batch, BatchState state, BatchQuestions questions, CancellationToken cancel)
    {
        var (answered, refused) = (0, new List<string>());
        if (state.OutputFile is { } answers)
        {
            var lines = BatchLine.ParseAll(await service.LinesAsync(batch.Endpoint, answers, cancel), log);
            (answered, refused) = await StoreAsync(run, lines, questions);
        }

        if (state.ErrorFile is { } errors)
        {
            var lines = BatchLine.ParseAll(await service.LinesAsync(batch.Endpoint, errors, cancel), log);
            refused.AddRange(lines.Where(line => line.IsRefused).Select(line => line.Id));
        }

        if (state.IsTooMuch)
            await LearnLimitAsync(run, batch.Tokens, state.Reason, cancel);

        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var own = context.ChatBatchQuestions.Where(q => q.BatchId == batch.Id);
        foreach (var some in refused.Chunk(500))
            await own.Where(q => some.Contains(q.Id)).ExecuteUpdateAsync(set => set.SetProperty(q => q.Tries, MostTries), cancel);
        await own.Where(q => context.ChatCalls.Any(c => c.Id == q.Id)).ExecuteDeleteAsync(cancel);
        var uncounted = state.IsTooMuch ? 1 : 0; // nobody looked at the questions
        await own.ExecuteUpdateAsync(set => set.SetProperty(q => q.BatchId, (string?)null).SetProperty(q => q.Tries, q => q.Tries - uncounted), cancel);
        (batch.FetchedAt, batch.Answered) = (clock.GetUtcNow().ToUnixTimeMilliseconds(), answered);
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        Say($"batch {batch.Id}: {state.Status}, {answered} of {batch.Questions} questions answered");
        if (state.Status is "cancelled" or BatchState.Unknown || (state.Status == "failed" && !state.IsTooMuch))
            throw new AnnotationPausedException($"Batch {batch.Id} was {state.Status} at {batch.Endpoint}: {state.Reason}. `interpret annotate --batch` hands its questions over again, without --batch they are asked one by one");
    }

    private async Task<(int Answered, List<string> Refused)> StoreAsync(AnnotationRun run, List<BatchLine> lines, BatchQuestions questions)
    {
        var (stored, refused) = (new List<Task>(), new List<string>());
        foreach (var line in lines)
        {
            if (questions.Find(line.Id) is not { } asked)
                continue;
            try
            {
                if (line.Reply() is { } reply && reply.Rehearsal == run.Row.Rehearsal)
                {
                    var price = settings.Prices.Of(run.Row.ChatModel);
                    stored.Add(ledger.StoreAsync(ChatCalls.Row(asked.Question(), asked.Asker, reply, price, TimeSpan.Zero, clock, Discount)));
                    continue;
                }
            }
            catch (ChatTroubleException e)
            {
                log.LogWarning("the batch's answer to question {Question} cannot be used: {Trouble}", line.Id, e.Message);
            }
            catch (BadInputException)
            {
                refused.Add(line.Id); // asked by itself, it parks its unit, where this is told
                continue;
            }

            if (line.IsRefused)
                refused.Add(line.Id);
        }

        await Task.WhenAll(stored);
        return (stored.Count, refused);
    }

    /// <summary>Keeps what the service says it takes at a time, or less than what it just refused.</summary>
    private async Task LearnLimitAsync(AnnotationRun run, double refused, string reason, CancellationToken cancel)
    {
        var told = TokenLimit().Match(reason) is { Success: true } match
            ? double.Parse(match.Groups["tokens"].Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) : double.PositiveInfinity;
        var limit = Math.Max(SmallestLimit, Math.Min(told, refused * Less));
        await new QuotaLedger(database, run.Row.Endpoint, run.Row.ChatModel, settings.Limits, clock).LimitBatchesAsync(limit, cancel);
        Say($"too much at a time for {run.Row.Endpoint} ({reason}); from now on at most {limit:N0} tokens");
    }

    private void Say(string line)
    {
        log.LogInformation("{Line}", line);
        Said?.Invoke(line);
    }

    [GeneratedRegex(@"Limit: (?<tokens>[\d,]{1,20}) enqueued tokens", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex TokenLimit();
}
