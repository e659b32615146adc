using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Rows;
using Interpret.Exchange.Text;
using Interpret.Explaining;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>
/// Brings the original's attribution pickles into a study, making the study where there is none. All rows of one import are
/// written in one transaction; a file that cannot be used is parked under its name and the rest goes on. Importing again
/// replaces.
/// </summary>
public sealed class AttributionImport(InterpretStorage database, TimeProvider clock)
{
    /// <param name="target">As what.</param>
    /// <param name="files">The pickles.</param>
    /// <param name="sources">What they were made with.</param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    public async Task<Imported> RunAsync(ImportTarget target, IReadOnlyList<InputFile> files, AttributionSources sources, CancellationToken cancel)
    {
        var prompts = sources.Dataset.Prompts.ToDictionary(p => p.Id, p => p.ToRow(target.Study), StringComparer.Ordinal);
        var read = ParkRepeated(Read(target, files, sources, prompts, await SettingsAsync(target.Study, cancel), cancel));
        var rows = read.Where(r => r.Row is not null).Select(r => r.Row!).ToList();
        var ratings = sources.Ratings is null ? [] : await RatingsAsync(target, sources, [.. prompts.Keys], cancel);

        await using var context = database.CreateDbContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await RequireSamePromptsAsync(context, target.Study, prompts, cancel);
        await ImportedStudy.EnsureAsync(context, target, clock, cancel);
        await context.UpsertAsync(prompts.Values, cancel);
        await context.UpsertAsync(ratings, cancel);
        await context.UpsertAsync(rows, cancel);
        await ForgetUnitsAsync(context, target, read, cancel);
        context.WorkUnits.AddRange(read.Select(r => Unit(target, r)));
        await context.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new Imported(
            "attributions",
            rows.Count,
            null,
            sources.Ratings is null ? null : ratings.Count,
            new Dictionary<string, int>(),
            [.. read.Where(r => r.Error is not null).Select(r => new ParkedInput(r.Error!.ErrorClass, r.Error.Message))],
            [.. sources.Rejected.Select(rejected => $"{rejected.File}: {rejected.Row}")],
            [.. sources.Notes, .. Notes(read)]);
    }

    /// <summary>Says once what keys files have beyond the original's.</summary>
    private static IEnumerable<string> Notes(List<ReadFile> read)
    {
        var keys = new IgnoredKeys();
        var files = read.Where(file => file.Ignored.Count > 0).ToList();
        foreach (var key in files.SelectMany(file => file.Ignored)) keys.Add(key);
        return files.Count == 0 ? [] : IgnoredKeys.Notes(Quoted.List(files.Select(file => file.File), most: 1), keys.Names);
    }

    /// <summary>The ratings of the model, as it and the models that the study has already are named.</summary>
    private async Task<IReadOnlyList<RatingRow>> RatingsAsync(
        ImportTarget target, AttributionSources sources, HashSet<string> prompts, CancellationToken cancel)
    {
        await using var context = database.CreateDbContext();
        var others = await context.Models.AsNoTracking().Where(m => m.StudyId == target.Study && m.Name != target.Model).ToListAsync(cancel);
        var known = await context.Models.AsNoTracking().Where(m => m.StudyId == target.Study && m.Name == target.Model).ToListAsync(cancel);
        var size = target.Size ?? known.FirstOrDefault()?.Size;
        var matched = ModelRatings.Of(
            TextInput.Name(sources.RatingsPath!), sources.Ratings!.Ratings,
            [new NamedModel(target.Model, size), .. others.Select(other => new NamedModel(other.Name, other.Size))],
            new HashSet<string> { target.Model }, prompts,
            required: target.Role == Roles.Tuned);
        return [.. matched.Select(one => new RatingRow { StudyId = target.Study, Model = target.Model, PromptId = one.Rating.Id, Rating = one.Rating.Value })];
    }

    /// <summary>A study's own settings; the paper's where it is made by this import.</summary>
    private async Task<DensitySettings> SettingsAsync(string study, CancellationToken cancel)
    {
        await using var context = database.CreateDbContext();
        var known = await context.Studies.AsNoTracking().SingleOrDefaultAsync(s => s.Id == study, cancel);
        return known is null ? DensitySettings.Default : DensitySettings.Of(StudyDefinition.FromJson(known.Definition).Attribution);
    }

    /// <summary>What came before of the same prompts, or was parked from files of the same names, gives way; the rest of an earlier import stays.</summary>
    private static async Task ForgetUnitsAsync(InterpretContext context, ImportTarget target, List<ReadFile> read, CancellationToken cancel)
    {
        var subjects = read.Select(r => r.Subject).Concat(read.Select(r => Path.GetFileName(r.File))).ToHashSet(StringComparer.Ordinal);
        var known = await context.WorkUnits
            .Where(u => u.StudyId == target.Study && u.Model == target.Model && u.Stage == Stages.Attribution).ToListAsync(cancel);
        context.WorkUnits.RemoveRange(known.Where(u => subjects.Contains(u.Subject)));
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>One file a prompt: the first counts, others are parked. Parked files of the same name are told apart by their paths.</summary>
    private static List<ReadFile> ParkRepeated(List<ReadFile> read)
    {
        var (first, names) = (new Dictionary<string, string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        return [.. read.Select(file =>
        {
            if (file.Row is { } row && !first.TryAdd(row.PromptId, file.File))
            {
                file = new ReadFile(file.File, Path.GetFileName(file.File), null, new BadInputException(
                    ErrorClasses.DuplicateId, file.File, "ID", "a prompt that no other file explains", $"{Quoted.Of(row.PromptId)}, which {first[row.PromptId]} explains"));
            }

            return names.Add(file.Subject) ? file : file with { Subject = file.File };
        })];
    }

    private static List<ReadFile> Read(
        ImportTarget target,
        IReadOnlyList<InputFile> files,
        AttributionSources sources,
        Dictionary<string, PromptRow> prompts,
        DensitySettings settings,
        CancellationToken cancel) =>
        [.. files.AsParallel().AsOrdered().WithCancellation(cancel).Select(file =>
        {
            try
            {
                using var pickle = file.Open();
                var published = AttributionPickle.Read(pickle, file.Name);
                if (!prompts.TryGetValue(published.Id, out var prompt) && !prompts.TryGetValue(NameOf(file, published.Id), out prompt))
                    throw new BadInputException(ErrorClasses.PromptUnknown, file.Name, "ID", "a prompt of the dataset", Quoted.Of(published.Id));
                var row = AttributionRows.From(target.Study, target.Model, prompt, published, file.Name, sources.Tokenizer, settings);
                if (StorableText.Flaw(row.Response) is { } flaw)
                    throw new BadInputException(ErrorClasses.BadText, file.Name, "response", StorableText.Expected, flaw);
                return new ReadFile(file.Name, prompt.Id, row, null) { Ignored = published.Ignored };
            }
            catch (Exception e) when (e is BadInputException or IOException or UnauthorizedAccessException)
            {
                return new ReadFile(file.Name, Path.GetFileName(file.Name), null, e is BadInputException bad ? Named(bad, file.Name)
                    : TextInput.Missing(file.Name, "a readable pickle", e));
            }
        })];

    /// <summary>The error with the file's name, where it has been made by one who did not know it.</summary>
    private static BadInputException Named(BadInputException error, string file) => error.InputSource == file ? error
        : new(error.ErrorClass, file, error.Where ?? error.InputSource, error.Expected, error.Found, error.Remedy, error);

    /// <summary>What a file is named by where its id is a number alone: a counted case, <c>lima_12.pkl</c> with the id 12.</summary>
    private static string NameOf(InputFile file, string id)
    {
        var name = Path.GetFileNameWithoutExtension(file.Name);
        return id.All(char.IsAsciiDigit) && name.EndsWith($"_{id}", StringComparison.Ordinal) ? name : id;
    }

    private static async Task RequireSamePromptsAsync(InterpretContext context, string study, Dictionary<string, PromptRow> prompts, CancellationToken cancel)
    {
        await foreach (var known in context.Prompts.AsNoTracking().Where(p => p.StudyId == study).AsAsyncEnumerable().WithCancellation(cancel))
        {
            if (prompts.TryGetValue(known.Id, out var prompt) && prompt.Text != known.Text)
                throw new BadInputException(
                    ErrorClasses.StudyDiffers, study, $"prompt {known.Id}", "the text that the study has", "another",
                    "A study has one dataset; give the other one a study of its own");
        }
    }

    private WorkUnitRow Unit(ImportTarget target, ReadFile file) => new()
    {
        StudyId = target.Study,
        Stage = Stages.Attribution,
        Model = target.Model,
        Subject = file.Subject,
        Status = file.Error is null ? UnitStatus.Done : UnitStatus.Parked,
        ErrorClass = file.Error?.ErrorClass,
        ErrorText = file.Error?.Message,
        EndedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    private sealed record ReadFile(string File, string Subject, AttributionRow? Row, BadInputException? Error)
    {
        public IReadOnlyList<string> Ignored { get; init; } = [];
    }
}
