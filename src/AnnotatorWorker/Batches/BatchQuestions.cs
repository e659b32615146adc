using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>A question of a plan, without its text: of these there may be a hundred thousand.</summary>
/// <param name="Id">Its place in the ledger.</param>
/// <param name="Length">Characters of its messages.</param>
/// <param name="Bytes">What its line takes in a batch's file.</param>
/// <param name="Asker">For whom it is asked.</param>
/// <param name="Question">Writes it.</param>
/// <param name="Tries">Batches that it was in.</param>
internal sealed record AskedQuestion(string Id, int Length, int Bytes, Asker Asker, Func<ChatQuestion> Question, int Tries = 0);

/// <summary>The questions of the units of a plan that wait: summaries, and the labels of those summaries that are there.</summary>
internal sealed class BatchQuestions
{
    private const int AtOnce = 500;
    private const int LineOverhead = 200;

    private readonly Dictionary<string, AskedQuestion> questions = new(StringComparer.Ordinal);
    private readonly IDbContextFactory<InterpretContext> database;
    private readonly Dictionary<string, string> answers = new(StringComparer.Ordinal);

    private BatchQuestions(IDbContextFactory<InterpretContext> database) => this.database = database;

    public static async Task<BatchQuestions> OfAsync(IDbContextFactory<InterpretContext> database, AnnotationRun run, CancellationToken cancel)
    {
        var all = new BatchQuestions(database);
        var concepts = await all.ConceptsAsync(run, cancel);
        foreach (var (pass, concept, _) in concepts)
            all.Add(() => ConceptAnnotator.Summary(run, pass, concept), new Asker(run, concept.Model, pass));
        await all.FindAnswersAsync([.. all.questions.Keys], cancel);
        foreach (var (id, summary) in all.answers.ToList())
        {
            foreach (var stage in AnswerText.IsCannotTell(summary) ? [] : ConceptAnnotator.LabelStages)
                all.Add(() => ConceptAnnotator.Label(run, stage, summary), all.questions[id].Asker);
        }

        if (run.Prompts.Detection is { } detection)
            all.AddDetections(run, detection, concepts);
        await all.FindAnswersAsync([.. all.questions.Keys.Except(all.answers.Keys)], cancel);
        return all;
    }

    public AskedQuestion? Find(string id) => questions.GetValueOrDefault(id);

    /// <summary>Those that are to go into a batch: without an answer, in no batch now, and not in too many before.</summary>
    public async Task<List<AskedQuestion>> MissingAsync(int mostTries, CancellationToken cancel)
    {
        var missing = new List<AskedQuestion>();
        await using var context = await database.CreateDbContextAsync(cancel);
        foreach (var some in questions.Values.Where(question => !answers.ContainsKey(question.Id)).Chunk(AtOnce))
        {
            var ids = some.Select(question => question.Id).ToList();
            var known = await context.ChatBatchQuestions.AsNoTracking().Where(q => ids.Contains(q.Id)).ToDictionaryAsync(q => q.Id, cancel);
            missing.AddRange(from question in some
                             let before = known.GetValueOrDefault(question.Id)
                             where before is null || (before.BatchId is null && before.Tries < mostTries)
                             select question with { Tries = before?.Tries ?? 0 });
        }

        return missing;
    }

    private void Add(Func<ChatQuestion> write, Asker asker)
    {
        var question = write();
        questions.TryAdd(question.Id, new AskedQuestion(question.Id, question.Length, question.Body.Length + LineOverhead, asker, write));
    }

    /// <summary>The judge's questions of the summaries that are there: of each concept its own, even where summaries are alike.</summary>
    private void AddDetections(AnnotationRun run, DetectionPrompt detection, List<(int Pass, ConceptRow Concept, LayerWords Layer)> concepts)
    {
        foreach (var (pass, concept, layer) in concepts)
        {
            if (answers.TryGetValue(ConceptAnnotator.Summary(run, pass, concept).Id, out var summary) && !AnswerText.IsCannotTell(summary)
                && layer.Of(concept, detection.Seed, pass) is { } words)
                Add(() => ConceptAnnotator.Detection(run, summary, words), new Asker(run, concept.Model, pass));
        }
    }

    /// <summary>What the units that wait are about, pass by pass, each with the words of its layer.</summary>
    private async Task<List<(int Pass, ConceptRow Concept, LayerWords Layer)>> ConceptsAsync(AnnotationRun run, CancellationToken cancel)
    {
        var (study, rehearsal) = (run.Row.StudyId, run.Row.Rehearsal);
        await using var context = await database.CreateDbContextAsync(cancel);
        var units = await context.AnnotationUnits(study, rehearsal).Where(u => u.Status == UnitStatus.Waiting && u.NotBefore == WorkUnitRow.Held)
            .OrderBy(u => u.Sequence).Select(u => new { u.Model, u.Subject }).ToListAsync(cancel);
        var subjects = units.ConvertAll(unit => (unit.Model, Subject: AnnotationSubject.Parse(unit.Subject)));
        var layers = new Dictionary<(bool Control, string Model, int Layer), (List<ConceptRow> Concepts, LayerWords Words)>();
        foreach (var control in subjects.Select(unit => unit.Subject.Control).Distinct())
        {
            foreach (var layer in (await context.ConceptsOf(control).AsNoTracking().Where(c => c.StudyId == study).OrderBy(c => c.Rank).ToListAsync(cancel))
                .GroupBy(c => (control, c.Model, c.Layer)))
                layers[layer.Key] = ([.. layer], new LayerWords([.. layer], run.Row.Words));
        }

        return [.. from unit in subjects
                   let layer = layers.GetValueOrDefault((unit.Subject.Control, unit.Model, unit.Subject.Layer))
                   where layer.Concepts is not null
                   from concept in layer.Concepts
                   where concept.Rank >= unit.Subject.First && concept.Rank <= unit.Subject.Last
                   select (unit.Subject.Pass, concept, layer.Words)];
    }

    private async Task FindAnswersAsync(List<string> ids, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        foreach (var some in ids.Chunk(AtOnce))
        {
            foreach (var call in await context.ChatCalls.Where(c => some.Contains(c.Id)).Select(c => new { c.Id, c.Answer }).ToListAsync(cancel))
                answers[call.Id] = call.Answer;
        }
    }
}
