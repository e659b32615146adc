using System.CommandLine;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Export;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Rows;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret export …</c>: the original's files from stored rows.</summary>
public static class ExportCommand
{
    public static Command Create() => new("export", "Writes a study's explanations in the original's formats.")
    {
        Attributions(),
        Table(ExportedTables.Patterns),
        Table(ExportedTables.Concepts),
        Annotations(),
    };

    private static Command Attributions()
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var model = new Option<string>("--model") { Description = "The model.", Required = true };
        var output = new Option<string?>("--out") { Description = "Folder for the pickles; default: ifa_MODEL." };
        var command = new Command("attributions", "Writes one pickle a prompt, as the original's code reads them.") { study, model, output };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(study)!, parsed.GetValue(model)!, parsed.GetValue(output), cancel));
        return command;
    }

    private static Command Annotations()
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var models = new Option<string[]>("--model") { Description = "A model; may be given several times. Default: all that are annotated, in the study's order." };
        var passes = new Option<int[]>("--pass") { Description = "A pass, from 1; may be given several times. Default: all." };
        var output = new Option<string>("--out") { Description = "Folder for the files.", DefaultValueFactory = _ => "linear_interpret" };
        var command = new Command("annotations", "Writes real annotations as the original's three tables a pass: linear_seedN, linear_task_seedN and linear_concept_seedN, of pass N + 1.") { study, models, passes, output };
        command.SetAction(async (parsed, cancel) =>
        {
            var state = await EmbeddedState.OpenExistingAsync(cancel);
            await state.RequireStudyAsync(parsed.GetValue(study)!, cancel);
            var written = await new AnnotationExport(state.Storage).RunAsync(parsed.GetValue(study)!, parsed.GetValue(models)!, parsed.GetValue(passes)!, parsed.GetValue(output)!, cancel);
            foreach (var path in written) Screen.Error.MarkupLine(Markup.Escape(path));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Table<T>(ExportedTable<T> table)
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var models = new Option<string[]>("--model") { Description = "A model; may be given several times. Default: all that have rows, in the study's order." };
        var output = new Option<string?>("--out") { Description = "The file; default: -, standard output." };
        var command = new Command(table.Stage, $"Writes {table.Things} as the original's table.") { study, models, output };
        command.SetAction((parsed, cancel) => RunAsync(table, parsed.GetValue(study)!, parsed.GetValue(models)!, parsed.GetValue(output), cancel));
        return command;
    }

    private static async Task<int> RunAsync<T>(ExportedTable<T> table, string study, string[] names, string? output, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenExistingAsync(cancel);
        await state.RequireStudyAsync(study, cancel);
        await using var context = state.Storage.CreateDbContext();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        var models = await ModelsAsync(context, table, study, names, cancel);
        await Screen.WriteAsync(output, writer => table.Write(writer, models.SelectMany(model => table.Of(context, model).AsEnumerable().Select(row => (model, row)))));
        Screen.Error.MarkupLine(Markup.Escape($"{study}: {table.Things} of {string.Join(", ", models.Select(model => model.Name))}"));
        return ExitCodes.Done;
    }

    /// <summary>The models asked for, each with rows; or all with rows.</summary>
    private static async Task<List<ModelRow>> ModelsAsync<T>(InterpretContext context, ExportedTable<T> table, string study, string[] names, CancellationToken cancel)
    {
        var filled = new List<ModelRow>();
        foreach (var model in await context.Models.Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel))
        {
            if (await table.Of(context, model).AnyAsync(cancel)) filled.Add(model);
        }

        if (names.Length == 0 && filled.Count == 0)
            throw new BadInputException($"{table.Stage}-missing", study, null, table.Things, "none");
        return names.Length == 0 ? filled : [.. names.Distinct(StringComparer.Ordinal).Select(name => filled.Find(model => model.Name == name)
            ?? throw new BadInputException("model-unknown", study, $"model {name}", $"{table.Things} of that model", "none"))];
    }

    private static async Task<int> RunAsync(string study, string model, string? output, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenExistingAsync(cancel);
        await state.RequireStudyAsync(study, cancel);
        var folder = output ?? $"ifa_{model}";
        await using var context = state.Storage.CreateDbContext();
        var references = await context.Prompts.AsNoTracking().Where(p => p.StudyId == study).ToDictionaryAsync(p => p.Id, p => p.Reference, cancel);
        var written = 0;
        await foreach (var row in context.Attributions.AsNoTracking().Where(a => a.StudyId == study && a.Model == model).OrderBy(a => a.PromptId).AsAsyncEnumerable().WithCancellation(cancel))
        {
            Directory.CreateDirectory(folder);
            // Ids were checked to be plain file names when they came in.
            var path = Path.Combine(folder, row.PromptId + ".pkl");
            await using (var file = File.Create(path + ".tmp"))
                AttributionPickle.Write(file, AttributionRows.ToPublished(row, references.GetValueOrDefault(row.PromptId, "")));
            File.Move(path + ".tmp", path, overwrite: true);
            written++;
        }

        if (written == 0)
            throw new BadInputException("model-unknown", study, $"model {model}", "attributions of that model", "none");
        Screen.Error.MarkupLine(Markup.Escape($"{written} files in {folder}"));
        return ExitCodes.Done;
    }
}
