using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Orchestrator;

/// <summary>What became of a submission.</summary>
/// <param name="Study">The study's name.</param>
/// <param name="IsNew">False when the same study was there already: nothing was planned twice.</param>
/// <param name="Prompts">Usable prompts.</param>
/// <param name="Units">Work units of the study, rejected rows included.</param>
/// <param name="Rejected">Rows set aside, with their file.</param>
/// <param name="Vocabulary">The words to read out with, if any.</param>
/// <param name="Unmarked">Prompts in which no instruction is marked: Tables 1 and 2 leave them out.</param>
/// <param name="Ignored">Keys of the dataset that were passed over.</param>
/// <param name="Remarks">What the files of checkpoints say that has no effect, each with its model.</param>
public sealed record Submission(
    string Study, bool IsNew, int Prompts, int Units, IReadOnlyList<(string File, RejectedRow Row)> Rejected, StudyVocabulary? Vocabulary,
    IReadOnlyList<string> Unmarked, (string File, IReadOnlyList<string> Keys) Ignored, IReadOnlyList<string> Remarks);

/// <summary>Plans studies: reads their files once, stores everything that workers and reports need, splits the work into units.</summary>
public sealed class StudyPlanner(IDbContextFactory<InterpretContext> database, TimeProvider clock)
{
    /// <summary>
    /// Plans a study in one transaction: it is there as a whole or not at all. Submitting the same again changes nothing; another
    /// content under the same name is refused.
    /// </summary>
    /// <param name="study">The study, as its file says it.</param>
    /// <param name="facts">What is known of each of its models that has a checkpoint, by name.</param>
    /// <param name="shown">How what is stored about a row calls its file; null: by its path.</param>
    /// <param name="priority">Where several studies want the same workers, one of priority p gets 2^p shares.</param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    /// <exception cref="BadInputException">The files cannot be used, or the name is taken by another study.</exception>
    public async Task<Submission> SubmitAsync(
        StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts, Func<string, string>? shown = null, int priority = 0,
        CancellationToken cancel = default)
    {
        StudyOperations.RequirePriority(study.Name, priority);
        try
        {
            return await SubmitOnceAsync(study, facts, shown, priority, cancel);
        }
        catch (Exception e) when (DatabaseFailure.IsOfOthers(e))
        {
            return await SubmitOnceAsync(study, facts, shown, priority, cancel); // someone else submitted a study of this name meanwhile
        }
    }

    private async Task<Submission> SubmitOnceAsync(
        StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts, Func<string, string>? shown, int priority, CancellationToken cancel)
    {
        var dataset = DatasetFile.ReadUsable(study.Dataset);
        var ratings = study.Ratings is null ? null : RatingsFile.Read(study.Ratings);
        var vocabulary = StudyVocabulary.Read(study);
        List<SetAside> aside = [.. SetAside.Of(study, dataset, ratings, vocabulary)];
        List<(string File, RejectedRow Row)> rejected = [.. aside.Select(one => (one.File, one.Row))];
        List<string> unmarked = [.. dataset.Prompts.Where(prompt => prompt.Spans.Count == 0).Select(prompt => prompt.Id)];
        var known = study with { Models = [.. study.Models.Select(model => model with { Remarks = facts.GetValueOrDefault(model.Name)?.Remarks })] };
        var definition = known.ToJson();
        var hash = Hash(study, vocabulary, facts);

        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (await context.Studies.AsNoTracking().SingleOrDefaultAsync(s => s.Id == study.Name, cancel) is { } there)
        {
            if (there.ContentHash != hash)
                throw new BadInputException(
                    ErrorClasses.StudyDiffers, study.Name, null, "the same files and settings as when it was first submitted", "others",
                    "Give the changed study another name");
            var units = await context.WorkUnits.CountAsync(u => u.StudyId == study.Name, cancel);
            return new Submission(
                study.Name, false, dataset.Prompts.Count, units, rejected, vocabulary, unmarked, (study.Dataset, dataset.Ignored), [.. known.Remarks()]);
        }

        context.Studies.Add(new StudyRow
        {
            Id = study.Name,
            Definition = definition,
            ContentHash = hash,
            Status = StudyStatus.Active,
            Priority = priority,
            CreatedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            Trace = Activity.Current is { Recorded: true } span ? span.Id : null,
        });
        await context.SaveChangesAsync(cancel);
        await context.UpsertAsync(Models(study, facts), cancel);
        await context.UpsertAsync(Prompts(study.Name, dataset), cancel);
        if (ratings is not null)
            await context.UpsertAsync(Ratings(study, ratings, dataset), cancel);
        if (vocabulary is not null)
            await context.UpsertAsync(vocabulary.ToRows(study.Name), cancel);
        List<WorkUnitRow> planned =
            [.. StudyUnits.Of(study, dataset, vocabulary, facts),
            .. StudyUnits.Rejected(study.Name, aside, shown ?? (path => path), clock.GetUtcNow().ToUnixTimeMilliseconds())];
        await context.InsertAsync(planned, cancel);
        await transaction.CommitAsync(cancel);
        return new Submission(
            study.Name, true, dataset.Prompts.Count, planned.Count, rejected, vocabulary, unmarked, (study.Dataset, dataset.Ignored), [.. known.Remarks()]);
    }

    private static IEnumerable<ModelRow> Models(StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts)
    {
        var twice = study.Models.GroupBy(model => model.Name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new BadInputException(ErrorClasses.StudyFile, study.Name, "models", "a name of its own for each model", $"\"{twice.Key}\" twice");
        foreach (var model in study.Models.Where(model => model.Checkpoint is null))
            throw new BadInputException(
                ErrorClasses.StudyFile, study.Name, $"model {model.Name}", "a checkpoint to run it from", "none",
                "Explanations made elsewhere come in with `interpret import`");
        return PairedModels(study, facts);
    }

    private static IEnumerable<ModelRow> PairedModels(StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts)
    {
        var parents = study.Pairs().ToDictionary(pair => pair.Tuned.Name, pair => pair.Parent.Name);
        return study.Models.Select((model, position) => new ModelRow
        {
            StudyId = study.Name,
            Name = model.Name,
            Role = model.Role == ModelRole.Base ? Roles.Base : Roles.Tuned,
            Size = model.Size.Length == 0 ? null : model.Size,
            Checkpoint = model.Checkpoint,
            Queue = Queues.Explain(model.Name),
            ContentHash = facts[model.Name].ContentHash,
            Parent = parents.GetValueOrDefault(model.Name),
            Training = model.Training,
            Position = position,
        });
    }

    private static IEnumerable<PromptRow> Prompts(string study, DatasetFile dataset) => dataset.Prompts.Select(prompt => prompt.ToRow(study));

    private static IEnumerable<RatingRow> Ratings(StudyDefinition study, RatingsFile ratings, DatasetFile dataset)
    {
        var matched = ModelRatings.Of(
            TextInput.Name(study.Ratings!), ratings.Ratings, [.. study.Models.Select(model => new NamedModel(model.Name, model.Size))],
            study.Models.Select(model => model.Name).ToHashSet(StringComparer.Ordinal),
            dataset.Prompts.Select(prompt => prompt.Id).ToHashSet(StringComparer.Ordinal));
        return matched.Select(one => new RatingRow { StudyId = study.Name, Model = one.Model, PromptId = one.Rating.Id, Rating = one.Rating.Value });
    }

    // Where files lie is no part of a study; what is in them is.
    private static string Hash(StudyDefinition study, StudyVocabulary? vocabulary, IReadOnlyDictionary<string, ModelFacts> facts)
    {
        var placeless = study with
        {
            Dataset = "",
            Ratings = null,
            Vocabulary = null,
            Vectors = null,
            Models = [.. study.Models.Select(model => model with { Checkpoint = facts.GetValueOrDefault(model.Name)?.ContentHash, Base = null })],
            Attention = study.Attention with { StopWords = null }, // they show in the vectors
            Annotation = study.Annotation with { Prompts = null },
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(placeless.ToJson()));
        foreach (var file in new[] { study.Dataset, study.Ratings })
            hash.AppendData(file is null or "-" ? [] : SHA256.HashData(File.ReadAllBytes(file)));
        hash.AppendData(vocabulary?.Hash() ?? []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
