using System.Text;
using System.Text.Json;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>
/// Gets the questions of a study's queued passes answered by the service's batch interface: first all summaries, then the labels of those that
/// say something. The answers go into the ledger, where the units then find them: the same rows come out. What a batch leaves unanswered is
/// asked one by one. A batch that was handed over is remembered, so a process that died meanwhile pays for nothing twice.
/// </summary>
public sealed class BatchRoute(
    IDbContextFactory<InterpretContext> database, AnnotationRuns plans, ChatLedger ledger, BatchService service, AnnotatorSettings settings, TimeProvider clock)
{
    /// <summary>What one batch may hold, by the services' rules.</summary>
    private const int MostQuestions = 50_000;
    private const int MostBytes = 90_000_000;

    /// <summary>A batch costs half.</summary>
    private const double Discount = 0.5;

    /// <param name="study">The study.</param>
    /// <param name="rehearsal">Which of its plans.</param>
    /// <param name="say">Is told of each batch.</param>
    /// <param name="cancel">Ends it; what was handed over is fetched next time.</param>
    /// <exception cref="AnnotationPausedException">The service will take no batch, or the spend limit would not be kept.</exception>
    public async Task RunAsync(string study, bool rehearsal, Action<string> say, CancellationToken cancel)
    {
        var plan = await plans.OfAsync(study, rehearsal, cancel);
        var concepts = await ConceptsAsync(study, rehearsal, cancel);
        await FetchOpenAsync(plan, await QuestionsAsync(plan, concepts, cancel), say, cancel);
        foreach (var labels in (bool[])[false, true])
        {
            var questions = await QuestionsAsync(plan, concepts, cancel);
            var missing = questions.Values.Where(asked => asked.Question.Stage != Stages.Summary == labels).ToList();
            foreach (var part in Parts(await WithoutAnswerAsync(missing, cancel)))
                await SubmitAsync(plan, part, say, cancel);
            await FetchOpenAsync(plan, questions, say, cancel);
        }
    }

    /// <summary>What the units that wait are about, pass by pass.</summary>
    private async Task<List<(int Pass, ConceptRow Concept)>> ConceptsAsync(string study, bool rehearsal, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var units = await context.WorkUnits.AsNoTracking().Where(u => u.StudyId == study && u.Stage == Stages.Annotation && u.Status == UnitStatus.Waiting)
            .ToListAsync(cancel);
        var subjects = units.Select(unit => (unit.Model, Subject: AnnotationSubject.Parse(unit.Subject))).Where(unit => unit.Subject.Rehearsal == rehearsal)
            .ToLookup(unit => (unit.Model, unit.Subject.Layer), unit => unit.Subject);
        var concepts = await context.Concepts.AsNoTracking().Where(c => c.StudyId == study).ToListAsync(cancel);
        return [.. from concept in concepts
                   from subject in subjects[(concept.Model, concept.Layer)]
                   where concept.Rank >= subject.First && concept.Rank <= subject.Last
                   select (subject.Pass, concept)];
    }

    /// <summary>Every summary's question, and the labels' of the summaries that are there.</summary>
    private async Task<Dictionary<string,
        (ChatQuestion Question, Asker Asker)>> QuestionsAsync(AnnotationRun plan, List<(int Pass, ConceptRow Concept)> concepts, CancellationToken cancel)
    {
        var questions = new Dictionary<string, (ChatQuestion Question, Asker Asker)>(StringComparer.Ordinal);
        foreach (var (pass, concept) in concepts)
        {
            var question = ConceptAnnotator.Summary(plan, pass, concept);
            questions.TryAdd(question.Id, (question, new Asker(plan, concept.Model, pass)));
        }

        foreach (var (id, summary) in await AnswersAsync([.. questions.Keys], cancel))
        {
            foreach (var label in AnswerText.IsCannotTell(summary) ? [] : ConceptAnnotator.Labels(plan, summary))
                questions.TryAdd(label.Id, (label, questions[id].Asker));
        }

        return questions;
    }

    private async Task<Dictionary<string, string>> AnswersAsync(List<string> ids, CancellationToken cancel)
    {
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var some in ids.Chunk(500))
        {
            await using var context = await database.CreateDbContextAsync(cancel);
            foreach (var call in await context.ChatCalls.Where(c => some.Contains(c.Id)).Select(c => new { c.Id, c.Answer }).ToListAsync(cancel))
                answers[call.Id] = call.Answer;
        }

        return answers;
    }

    private async Task<List<ChatQuestion>> WithoutAnswerAsync(List<(ChatQuestion Question, Asker Asker)> questions, CancellationToken cancel)
    {
        var answered = await AnswersAsync([.. questions.Select(asked => asked.Question.Id)], cancel);
        return [.. questions.Select(asked => asked.Question).Where(question => !answered.ContainsKey(question.Id))];
    }

    private static IEnumerable<List<ChatQuestion>> Parts(List<ChatQuestion> questions)
    {
        var (part, bytes) = (new List<ChatQuestion>(), 0L);
        foreach (var question in questions)
        {
            var size = Encoding.UTF8.GetByteCount(question.Body) + 200;
            if (part.Count == MostQuestions || bytes + size > MostBytes)
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(question);
            bytes += size;
        }

        if (part.Count > 0)
            yield return part;
    }

    private async Task SubmitAsync(AnnotationRun plan, List<ChatQuestion> questions, Action<string> say, CancellationToken cancel)
    {
        await HoldLimitAsync(plan, questions, cancel);
        var lines = string.Join('\n', questions.Select(question =>
            $$"""{"custom_id":"{{question.Id}}","method":"POST","url":"/v1/chat/completions","body":{{question.Body}}}"""));
        var batch = await service.SubmitAsync(plan.Row.Endpoint, Encoding.UTF8.GetBytes(lines), cancel);
        await using var context = await database.CreateDbContextAsync(CancellationToken.None);
        context.ChatBatches.Add(new ChatBatchRow
        {
            Id = batch.Id,
            StudyId = plan.Row.StudyId,
            Rehearsal = plan.Row.Rehearsal,
            Endpoint = plan.Row.Endpoint,
            Questions = questions.Count,
            SubmittedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        });
        await context.SaveChangesAsync(CancellationToken.None);
        say($"batch {batch.Id}: {questions.Count} questions handed over");
    }

    /// <summary>A batch is paid as a whole: one that would break the limit is not begun.</summary>
    private async Task HoldLimitAsync(AnnotationRun plan, List<ChatQuestion> questions, CancellationToken cancel)
    {
        plan.ThrowIfPaused();
        if (plan.Row.SpendLimitUsd is not { } limit)
            return;
        var price = settings.Prices.Of(plan.Row.ChatModel) ?? throw ChatCalls.NoPrice(plan.Row.ChatModel);
        await using var context = await database.CreateDbContextAsync(cancel);
        var spent = await context.ChatCalls.Where(c => c.StudyId == plan.Row.StudyId && c.Rehearsal == plan.Row.Rehearsal).SumAsync(c => c.Usd ?? 0, cancel);
        var guess = new TokenEstimate();
        var cost = questions.Sum(question => price.Of((int)guess.Of(question.Length), 0, 0)) * Discount;
        if (spent + cost > limit)
            throw new AnnotationPausedException($"A batch of {questions.Count} questions costs about {cost:F2} US dollars, {spent:F2} are spent, and the limit is {limit:F2}. `interpret annotate {plan.Row.StudyId} --batch --spend-limit USD` with a higher one goes on");
    }

    private async Task FetchOpenAsync(
        AnnotationRun plan, Dictionary<string, (ChatQuestion Question, Asker Asker)> questions, Action<string> say, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var open = await context.ChatBatches
            .Where(b => b.StudyId == plan.Row.StudyId && b.Rehearsal == plan.Row.Rehearsal && b.Endpoint == plan.Row.Endpoint && b.FetchedAt == null)
            .OrderBy(b => b.SubmittedAt).ToListAsync(cancel);
        foreach (var batch in open)
        {
            var state = await service.LookAsync(batch.Endpoint, batch.Id, cancel);
            while (!state.IsEnded)
            {
                await Task.Delay(settings.BatchPause, clock, cancel);
                state = await service.LookAsync(batch.Endpoint, batch.Id, cancel);
            }

            var answered = 0;
            if (state.OutputFile is { } file)
                answered = await StoreAsync(await service.LinesAsync(batch.Endpoint, file, cancel), questions);
            batch.FetchedAt = clock.GetUtcNow().ToUnixTimeMilliseconds();
            await context.SaveChangesAsync(cancel);
            say($"batch {batch.Id}: {state.Status}, {answered} of {batch.Questions} questions answered{(answered < batch.Questions ? "; the others are asked one by one" : "")}");
        }
    }

    private async Task<int> StoreAsync(string[] lines, Dictionary<string, (ChatQuestion Question, Asker Asker)> questions)
    {
        var stored = new List<Task>();
        foreach (var line in lines)
        {
            var entry = JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web);
            if (entry?.Response is not { StatusCode: 200 } response || !questions.TryGetValue(entry.CustomId, out var asked))
                continue;
            try
            {
                var reply = ChatReply.Parse(Encoding.UTF8.GetBytes(response.Body.GetRawText()), RateHeaders.None);
                if (reply.Rehearsal == asked.Question.Rehearsal)
                    stored.Add(ledger.StoreAsync(Row(asked.Question, asked.Asker, reply)));
            }
            catch (Exception e) when (e is ChatTroubleException or BadInputException)
            {
                // without an answer: asked again one by one, where this is told
            }
        }

        await Task.WhenAll(stored);
        return stored.Count;
    }

    private ChatCallRow Row(ChatQuestion question, Asker asker, ChatReply reply)
    {
        var usd = settings.Prices.Of(question.ChatModel)?.Of(reply.InputTokens, reply.CachedTokens, reply.OutputTokens) * Discount;
        asker.Plan.Pay(usd);
        return ChatCalls.Row(question, asker, reply, usd, TimeSpan.Zero, clock);
    }

    private sealed record Line([property: System.Text.Json.Serialization.JsonPropertyName("custom_id")] string CustomId, LineResponse? Response);

    private sealed record LineResponse([property: System.Text.Json.Serialization.JsonPropertyName("status_code")] int StatusCode, JsonElement Body);
}
