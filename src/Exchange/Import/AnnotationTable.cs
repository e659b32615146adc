using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>
/// What was said of a model's concepts in one pass: summaries, or the labels of concepts that have one. A row counts only if the study has the
/// concept with the same words, and a label only if it has the same summary: else it would be about something else.
/// </summary>
public sealed class AnnotationTable : IImportedTable<AnnotationLine>
{
    private readonly AnnotationFile file;
    private readonly string model;
    private readonly Dictionary<(int Layer, int Rank), string> words;
    private readonly Dictionary<(int Layer, int Rank), string> summaries;

    private AnnotationTable(
        AnnotationFile file, string model, Dictionary<(int Layer, int Rank), string> words, Dictionary<(int Layer, int Rank), string> summaries) =>
        (this.file, this.model, this.words, this.summaries) = (file, model, words, summaries);

    /// <summary>Prepares for a file: reads what the study has of its concepts.</summary>
    /// <exception cref="BadInputException"><c>concepts-missing</c>: the study has no concepts of the model.</exception>
    public static async Task<AnnotationTable> OpenAsync(InterpretStorage database, ImportTarget target, AnnotationFile file, CancellationToken cancel)
    {
        await using var context = database.CreateDbContext();
        var words = new Dictionary<(int Layer, int Rank), string>();
        await foreach (
            var concept in context.Concepts.AsNoTracking().Where(c => c.StudyId == target.Study && c.Model == target.Model).AsAsyncEnumerable()
            .WithCancellation(cancel))
            words.Add((concept.Layer, concept.Rank), AnnotationTsv.TopK(concept.Words));
        if (words.Count == 0)
            throw new BadInputException(
                ErrorClasses.ConceptsMissing, target.Study, $"model {target.Model}", "the concepts that are annotated", "none", $"Import them first: interpret import {Stages.FeedForward} linear_words.tsv --study {target.Study} --model {target.Model} --role {target.Role}");
        var summaries = await context.Annotations.AsNoTracking()
            .Where(a => a.StudyId == target.Study && !a.Rehearsal && a.Model == target.Model && a.Pass == file.Pass && a.Interpretable)
            .ToDictionaryAsync(a => (a.Layer, a.Rank), a => AnnotationTsv.OneLine(a.Summary), cancel);
        return new AnnotationTable(file, target.Model, words, summaries);
    }

    public string Stage => file.Stage;

    public string Things =>
        string.Create(
        CultureInfo.InvariantCulture, $"{(IsSummary ? "summaries" : Stage == Stages.TaskLabel ? "task labels" : "linguistic labels")} of pass {file.Pass}");

    private bool IsSummary => Stage == Stages.Summary;

    public string Subject(int layer) => string.Create(CultureInfo.InvariantCulture, $"pass {file.Pass}, layer {layer}");

    public IEnumerable<AnnotationLine> Read(IEnumerable<InputFile> parts, Action<BadInputException> rejected) =>
        AnnotationTsv.Read(Stage, parts, rejected, Check);

    /// <summary>New summaries take the labels of the old ones with them; new labels leave the summaries.</summary>
    public Task ForgetAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel)
    {
        var known = Rows(context, target, layer);
        List<string> none = [];
        return Stage switch
        {
            Stages.Summary => known.ExecuteDeleteAsync(cancel),
            Stages.TaskLabel => known.ExecuteUpdateAsync(rows => rows.SetProperty(a => a.TaskText, (string?)null).SetProperty(a => a.Tasks, none), cancel),
            _ => known.ExecuteUpdateAsync(rows => rows.SetProperty(a => a.LinguisticText, (string?)null).SetProperty(a => a.Linguistic, (string?)null), cancel),
        };
    }

    public async Task StoreAsync(InterpretContext context, ImportTarget target, IReadOnlyList<AnnotationLine> rows, CancellationToken cancel)
    {
        if (IsSummary)
        {
            await context.UpsertAsync(rows.Select(row => Row(target, row)), cancel);
            return;
        }

        var known = await Rows(context, target, rows[0].Layer).AsNoTracking().ToDictionaryAsync(a => a.Rank, cancel);
        await context.UpsertAsync(rows.Select(row => Labelled(known[row.Rank], row.Label)), cancel);
    }

    public Task CompleteAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel) => Task.CompletedTask;

    private RowFlaw? Check(AnnotationLine line)
    {
        if (line.Model != model) return null;
        var place = (line.Layer, line.Rank);
        var named = string.Create(CultureInfo.InvariantCulture, $"layer {line.Layer}, rank {line.Rank}");
        if (!words.TryGetValue(place, out var known)) return new RowFlaw(ErrorClasses.ConceptMissing, "a concept that the study has", $"{named} of {model}");
        if (known != line.TopK) return new RowFlaw(ErrorClasses.ConceptDiffers, $"the words that {named} has in the study", "others");
        if (IsSummary) return null;
        if (!summaries.TryGetValue(place, out var summary)) return new RowFlaw(
            ErrorClasses.SummaryMissing, $"a concept with a summary in pass {file.Pass}: import its file as well", named);
        return summary == line.Summary ? null : new RowFlaw(
            ErrorClasses.SummaryDiffers, $"the summary that {named} has in pass {file.Pass}, {Quoted.Of(summary)}", Quoted.Of(line.Summary));
    }

    private IQueryable<AnnotationRow> Rows(InterpretContext context, ImportTarget target, int layer) =>
        context.Annotations.Where(a => a.StudyId == target.Study && !a.Rehearsal && a.Model == target.Model && a.Pass == file.Pass && a.Layer == layer);

    private AnnotationRow Row(ImportTarget target, AnnotationLine line) => new()
    {
        StudyId = target.Study,
        Model = target.Model,
        Pass = file.Pass,
        Layer = line.Layer,
        Rank = line.Rank,
        ChatModel = "",
        Summary = line.Summary,
        Interpretable = line.Interpretable,
        Tasks = [],
    };

    private AnnotationRow Labelled(AnnotationRow row, string label)
    {
        if (Stage == Stages.TaskLabel)
            (row.TaskText, row.Tasks) = (label, [.. AnswerText.Tasks(label).Known]);
        else
            (row.LinguisticText, row.Linguistic) = (label, AnswerText.Linguistic(label).Known is [var level] ? level : null);
        return row;
    }
}
