using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Documents;

/// <summary>Something that a study's results were made from.</summary>
/// <param name="What">What it is.</param>
/// <param name="Hash">Its hash, or what else tells it from others.</param>
/// <param name="Meaning">What the hash is of.</param>
public sealed record Ingredient(string What, string Hash, string Meaning)
{
    private const string Unknown = "not known";

    /// <summary>All of a study: the study itself, its models, what they were asked, and the program that reports.</summary>
    public static async Task<IReadOnlyList<Ingredient>> OfAsync(InterpretContext context, string study, CancellationToken cancel)
    {
        var row = await context.Studies.AsNoTracking().SingleAsync(one => one.Id == study, cancel);
        var definition = StudyDefinition.FromJson(row.Definition);
        var all = new List<Ingredient>
        {
            new("study", row.ContentHash.Length > 0 ? row.ContentHash : Unknown, "the study's file and the content of the files that it names, as submitted"),
        };
        foreach (var model in await context.Models.AsNoTracking().Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel))
        {
            var template = definition.Models.FirstOrDefault(one => one.Name == model.Name)?.Template;
            all.Add(new($"checkpoint of {model.Name}", model.ContentHash ?? (model.Checkpoint is null ? "imported" : Unknown), "the checkpoint's files"));
            all.Add(new(
                $"template of {model.Name}", template is null ? TemplateSettings.None : template.Text is { } text ? StudySetting.Hash(text) : template.Name,
                template?.Text is null ? "what wraps a prompt; the checkpoint's own is among its files" : $"the text of {template.Name}"));
        }

        all.Add(await RowsAsync("dataset", "prompts", context.Prompts.AsNoTracking().Where(p => p.StudyId == study).OrderBy(p => p.Row), cancel));
        all.Add(await RowsAsync(
            "ratings", "ratings",
            context.Ratings.AsNoTracking().Where(r => r.StudyId == study).OrderBy(r => r.Model).ThenBy(r => r.PromptId), cancel));
        all.Add(await RowsAsync(
            "vocabulary", "words with their frequencies and vectors",
            context.Vocabulary.AsNoTracking().Where(v => v.StudyId == study).OrderBy(v => v.Position), cancel));
        foreach (var plan in await context.AnnotationPlans.AsNoTracking().Where(p => p.StudyId == study).OrderBy(p => p.Rehearsal).ToListAsync(cancel))
        {
            all.Add(new(
                $"annotation prompts{(plan.Rehearsal ? " (rehearsal)" : "")}", StudySetting.Hash(plan.Prompts),
                $"the questions as {plan.ChatModel} was asked them, with their examples"));
        }

        return [.. all, new("program", ProductVersion.Text, "the version that wrote this report")];
    }

    /// <summary>The hash of rows in their order, each as a line of JSON without the study's name; read one by one.</summary>
    private static async Task<Ingredient> RowsAsync<TRow>(string what, string rows, IQueryable<TRow> query, CancellationToken cancel)
        where TRow : class
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0;
        await foreach (var row in query.AsAsyncEnumerable().WithCancellation(cancel))
        {
            var line = JsonSerializer.SerializeToNode(row)!.AsObject();
            line.Remove(nameof(PromptRow.StudyId));
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(line));
            hash.AppendData("\n"u8);
            count++;
        }

        var meaning = string.Create(CultureInfo.InvariantCulture, $"{count} {rows} as they are stored, a line of JSON each");
        return new(what, count == 0 ? "none" : Convert.ToHexStringLower(hash.GetHashAndReset()), meaning);
    }
}
