using System.CommandLine;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.GpuWorker;
using Interpret.GpuWorker.Explaining;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret export attributions …</c>: the original's files from stored rows.</summary>
public static class ExportCommand
{
    public static Command Create() => new("export", "Writes a study's explanations in the original's formats.") { Attributions() };

    private static Command Attributions()
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var model = new Option<string>("--model") { Description = "The model.", Required = true };
        var output = new Option<string?>("--out") { Description = "Folder for the pickles; default: ifa_MODEL." };
        var command = new Command("attributions", "Writes one pickle a prompt, as the original's code reads them.") { study, model, output };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(study)!, parsed.GetValue(model)!, parsed.GetValue(output), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string study, string model, string? output, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenExistingAsync(cancel);
        await StudyCommands.RequireAsync(state, study, cancel);
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
