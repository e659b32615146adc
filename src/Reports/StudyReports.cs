using Interpret.Contracts;
using Interpret.Reports.Documents;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Tables;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports;

/// <summary>What a study can report, pair by pair.</summary>
/// <param name="Facts">What it consists of and how far it is, a sentence each.</param>
/// <param name="Pairs">Those of each pair.</param>
/// <param name="Reports">Those that are about all its models.</param>
public sealed record StudyReportList(string Study, IReadOnlyList<string> Facts, IReadOnlyList<PairReports> Pairs, IReadOnlyList<string> Reports)
{
    /// <summary>More about all its models: not among all reports, made when asked for by name.</summary>
    public IReadOnlyList<string> ByName { get; init; } = [];
}

/// <summary>The tables and figures that a pair has rows for.</summary>
public sealed record PairReports(string Base, string Tuned, IReadOnlyList<string> Reports)
{
    /// <summary>More that it has rows for: not among all reports, made when asked for by name.</summary>
    public IReadOnlyList<string> ByName { get; init; } = [];
}

/// <summary>The tables and figures of a study, computed from stored rows.</summary>
public sealed class StudyReports(IDbContextFactory<InterpretContext> database)
{
    /// <summary>The tables and figures, in the order in which they are shown.</summary>
    public static Kinds<IReport> All { get; } = new("report", new Table1(), new Table2(), new Table3(), new Table5(), new Figure3(), new EvidenceTable(),
        new EvidenceCaseTable(), new Sensitivity(), new LengthTable(), new FaithfulnessTable(), new FaithfulnessGroupTable(), new MethodsTable(),
        new Table5Validated(), new DetectionTable(), new DetectionCaseTable(), new TrainingsTable(), new TrainingsEachTable());

    /// <summary>What is not made of a study of one model.</summary>
    public static string WithoutComparison { get; } =
        $"One model: {string.Join(", ", All.Where(report => report is { IsOfPair: true, IsOfOne: false }).Select(report => report.Name))} compare two, and are not made.";

    /// <summary>The study's pairs, in the study file's order.</summary>
    /// <exception cref="BadInputException">No such study, or no pair in it.</exception>
    public async Task<IReadOnlyList<ModelPair>> PairsAsync(string study, CancellationToken cancel = default)
    {
        var models = await ModelsAsync(study, cancel);
        return Pairs(models) is { Count: > 0 } pairs ? pairs : throw Unpaired(study, models);
    }

    /// <summary>What the study can report.</summary>
    /// <exception cref="BadInputException">No such study, or neither a pair in it nor rows for a report about its models.</exception>
    public async Task<StudyReportList> ListAsync(string study, CancellationToken cancel = default)
    {
        var models = await ModelsAsync(study, cancel);
        var pairs = new List<PairReports>();
        foreach (var pair in Pairs(models))
        {
            pairs.Add(new PairReports(pair.Base, pair.Tuned, await AvailableAsync(study, pair, cancel))
            {
                ByName = await OfAsync(new ReportScope(database, study, pair), ofPair: true, inAll: false, cancel),
            });
        }

        var all = new ReportScope(database, study, null, Names(models));
        var reports = models.Count == 1 ? await OfAsync(all, report => report.IsOfOne, inAll: true, cancel) : [];
        reports.AddRange(await OfAsync(all, ofPair: false, inAll: true, cancel));
        return pairs.Count > 0 || reports.Count > 0
            ? new StudyReportList(study, await FactsAsync(study, cancel), pairs, reports) { ByName = await OfAsync(all, ofPair: false, inAll: false, cancel) }
            : throw Unpaired(study, models);
    }

    /// <summary>The models of a study, in the study file's order.</summary>
    private async Task<IReadOnlyList<ModelRow>> ModelsAsync(string study, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
        return await context.Models.AsNoTracking().Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel);
    }

    private static List<ModelPair> Pairs(IReadOnlyList<ModelRow> models) => [.. ModelPair.Of(models).Select(one => one.Pair)];

    private static IReadOnlyList<string> Names(IEnumerable<ModelRow> models) => [.. models.Select(model => model.Name)];

    private static BadInputException Unpaired(string study, IEnumerable<ModelRow> models) => new(
        ErrorClasses.StudyUnpaired, study, "models", "a base and a tuned model", string.Join(", ", models.Select(m => $"{m.Name} ({m.Role})")));

    private async Task<IReadOnlyList<string>> FactsAsync(string study, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var facts = new List<string>();
        var models = await context.Models.AsNoTracking().Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel);
        foreach (var model in models)
            facts.Add($"{model.Role}: {model.Name}{(model.Size is null ? "" : $" {model.Size}")}{(model.Checkpoint is null ? " (imported)" : "")}");
        if (models.Count == 1)
            facts.Add(WithoutComparison);
        var known = await context.KnownModels.AsNoTracking().Where(m => m.Remarks != null).ToListAsync(cancel);
        facts.AddRange((await context.DefinitionAsync(study, cancel)).Remarks(name =>
            known.Find(one => one.Name == name && models.Exists(model => model.Name == name && model.ContentHash == one.ContentHash))?.Remarks));
        var prompts = await context.Prompts.CountAsync(p => p.StudyId == study, cancel);
        facts.Add($"{prompts} prompts, {await context.Ratings.CountAsync(r => r.StudyId == study, cancel)} ratings");
        var vocabulary = context.Vocabulary.Where(v => v.StudyId == study);
        var words = await vocabulary.CountAsync(cancel);
        if (words > 0)
            facts.Add($"{words} vocabulary words, {await vocabulary.CountAsync(v => v.Vector != null, cancel)} with a static word vector");
        var units = await context.WorkUnits.Where(u => u.StudyId == study).GroupBy(u => new { u.Status, u.ErrorClass })
            .Select(g => new { g.Key.Status, g.Key.ErrorClass, Count = g.Count() }).ToListAsync(cancel);
        facts.Add($"{units.Where(u => u.Status == UnitStatus.Done).Sum(u => u.Count)} units done");
        facts.AddRange(units
            .Where(u => u.Status == UnitStatus.Parked).OrderBy(u => u.ErrorClass, StringComparer.Ordinal).Select(u => $"{u.Count} parked: {u.ErrorClass}"));
        return facts;
    }

    /// <summary>The reports that a pair has rows for; where it has rows for none, those that are made empty.</summary>
    public async Task<IReadOnlyList<string>> AvailableAsync(string study, ModelPair pair, CancellationToken cancel = default)
    {
        var available = await OfAsync(new ReportScope(database, study, pair), ofPair: true, inAll: true, cancel);
        return available.Count > 0 ? available : [.. All.Where(report => report.IsMadeEmpty).Select(report => report.Name)];
    }

    private static Task<List<string>> OfAsync(ReportScope scope, bool ofPair, bool inAll, CancellationToken cancel) =>
        OfAsync(scope, report => report.IsOfPair == ofPair, inAll, cancel);

    private static async Task<List<string>> OfAsync(ReportScope scope, Func<IReport, bool> those, bool inAll, CancellationToken cancel)
    {
        var available = new List<string>();
        foreach (var report in All.Where(report => those(report) && report.IsInAll == inAll))
        {
            if (await HasRowsAsync(report, scope, cancel)) available.Add(report.Name);
        }

        return available;
    }

    /// <summary>Rows that cannot be read are rows, too: making the report says what is wrong with them.</summary>
    private static async Task<bool> HasRowsAsync(IReport report, ReportScope scope, CancellationToken cancel)
    {
        try
        {
            return await report.MissingAsync(scope, cancel) is null;
        }
        catch (Exception e) when (e is not OperationCanceledException && !DatabaseFailure.IsPassing(e) && DatabaseFailure.Lasting(e) is null)
        {
            return true;
        }
    }

    /// <summary>A report in several formats. It is computed once.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">The report's name.</param>
    /// <param name="tuned">The tuned model of the pair; null: the study's first pair, or all its models.</param>
    /// <param name="formats">Null in it: a figure is drawn, a table is text.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>A text per format.</returns>
    /// <exception cref="BadInputException">No such study, model or report, or no rows for it.</exception>
    public async Task<IReadOnlyList<string>> RenderAsync(
        string study, string name, string? tuned, IReadOnlyList<IReportFormat?> formats, CancellationToken cancel = default)
    {
        var (report, scope) = await OpenAsync(study, name, tuned, cancel);
        var texts = new List<string>();
        ReportTable? table = null;
        foreach (var format in formats)
        {
            texts.Add(format is null && report is IDrawnReport figure
                ? await figure.DrawAsync(scope, cancel)
                : (format ?? ReportFormats.Text).Render(table ??= await report.MakeAsync(scope, cancel)));
        }

        return texts;
    }

    /// <summary>A report's table; a figure's numbers as one.</summary>
    /// <exception cref="BadInputException">As of <see cref="RenderAsync"/>.</exception>
    public async Task<ReportTable> TableAsync(string study, string name, string? tuned, CancellationToken cancel = default)
    {
        var (report, scope) = await OpenAsync(study, name, tuned, cancel);
        return await report.MakeAsync(scope, cancel);
    }

    /// <summary>A report's table, and of a figure its drawing, which share what they are made of.</summary>
    /// <exception cref="BadInputException">As of <see cref="RenderAsync"/>.</exception>
    public async Task<DocumentReport> ReportAsync(string study, string name, string? tuned, CancellationToken cancel = default)
    {
        var (report, scope) = await OpenAsync(study, name, tuned, cancel);
        return await DocumentAsync(report, scope, cancel);
    }

    /// <summary>Refuses a report that cannot be made, without making it.</summary>
    /// <exception cref="BadInputException">As of <see cref="RenderAsync"/>.</exception>
    public Task RequireAsync(string study, string name, string? tuned, CancellationToken cancel = default) => OpenAsync(study, name, tuned, cancel);

    /// <summary>How a document of all that a study reports is asked for.</summary>
    public const string Everything = "all";

    /// <summary>A report, or all that the study has rows for, with the hashes of what went in.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">The report's name, or <see cref="Everything"/>.</param>
    /// <param name="tuned">The tuned model of the pair; null: the study's first pair, and of <see cref="Everything"/> all pairs.</param>
    /// <exception cref="BadInputException">As of <see cref="RenderAsync"/>.</exception>
    public async Task<StudyDocument> DocumentAsync(string study, string name, string? tuned, CancellationToken cancel = default)
    {
        var (sections, attempts) = (new List<DocumentSection>(), new ReportAttempts());
        if (name != Everything)
        {
            var (report, scope) = await OpenAsync(study, name, tuned, cancel);
            sections.Add(new(
                report.IsOfPair && scope.PairOrNone is { } pair ? Heading(pair) : AllModels, [await DocumentAsync(report, scope, cancel)]));
        }
        else
        {
            var models = await ModelsAsync(study, cancel);
            var list = await ListAsync(study, cancel);
            foreach (var pair in list.Pairs.Where(pair => tuned is null || pair.Tuned == tuned))
            {
                var scope = new ReportScope(database, study, new(pair.Base, pair.Tuned));
                sections.Add(new(Heading(scope.Pair), await DocumentsAsync(pair.Reports, scope, attempts, cancel)));
            }

            if (tuned is not null && sections.Count == 0)
                throw new BadInputException(ErrorClasses.ModelUnknown, study, "tuned model", string.Join(" or ", list.Pairs.Select(p => p.Tuned)), tuned);
            if (list.Reports.Count > 0)
                sections.Add(new(AllModels, await DocumentsAsync(list.Reports, new ReportScope(database, study, null, Names(models)), attempts, cancel)));
            attempts.RequireOne();
        }

        var (lineage, settings) = await OriginAsync(study, cancel);
        return new(study, await FactsAsync(study, cancel), sections, lineage, settings) { Failed = attempts.Failed };
    }

    /// <summary>What a study was made from, and what its file says.</summary>
    /// <exception cref="BadInputException"><c>study-unknown</c>.</exception>
    public async Task<(IReadOnlyList<Ingredient> Lineage, IReadOnlyList<StudySetting> Settings)> OriginAsync(string study, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
        var definition = await context.Studies.Where(one => one.Id == study).Select(one => one.Definition).SingleAsync(cancel);
        return (await Ingredient.OfAsync(context, study, cancel), StudySetting.Of(definition));
    }

    private const string AllModels = "All models";

    private static string Heading(ModelPair pair) => $"{pair.Base} (base) and {pair.Tuned} (tuned)";

    private static async Task<IReadOnlyList<DocumentReport>> DocumentsAsync(
        IReadOnlyList<string> names, ReportScope scope, ReportAttempts attempts, CancellationToken cancel)
    {
        var reports = new List<DocumentReport>();
        foreach (var name in names)
        {
            var (made, reason) = await attempts.MakeAsync(
                $"{name} of {string.Join(" and ", scope.Models)}", () => DocumentAsync(All.Named(name, scope.Study), scope, cancel));
            reports.Add(made ?? DocumentReport.Without(name, reason));
        }

        return reports;
    }

    private static async Task<DocumentReport> DocumentAsync(IReport report, ReportScope scope, CancellationToken cancel) =>
        new(report.Name, await report.MakeAsync(scope, cancel), report is IDrawnReport drawn ? await drawn.DrawAsync(scope, cancel) : null);

    /// <summary>A report, and what it is made of.</summary>
    private async Task<(IReport Report, ReportScope Scope)> OpenAsync(string study, string name, string? tuned, CancellationToken cancel)
    {
        var models = await ModelsAsync(study, cancel);
        var pairs = Pairs(models);
        var known = All.TryGet(name, out var report);
        var isMade = report is { IsOfPair: false } || (report is { IsOfOne: true } && models.Count == 1);
        if (pairs.Count == 0 && (!isMade || tuned is not null)) throw Unpaired(study, models);
        var pair = tuned is null ? pairs.FirstOrDefault() : pairs.Find(p => p.Tuned == tuned)
            ?? throw new BadInputException(ErrorClasses.ModelUnknown, study, "tuned model", string.Join(" or ", pairs.Select(p => p.Tuned)), tuned);
        if (!known || report is null)
            throw new BadInputException(ErrorClasses.ReportUnknown, name, null, string.Join(", ", All.Names), name);
        var scope = new ReportScope(database, study, pair, pair is not null && (report.IsOfPair || tuned is not null) ? null : Names(models));
        if (!report.IsMadeEmpty && await report.MissingAsync(scope, cancel) is { } missing) throw missing;
        return (report, scope);
    }
}
