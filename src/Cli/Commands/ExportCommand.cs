using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.Exchange.Export;
using Interpret.Exchange.Text;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret export …</c>: the original's files from stored rows, of this machine or of a cluster.</summary>
public static class ExportCommand
{
    public static Command Create() => new("export", "Writes a study's explanations in the original's formats.")
    {
        Attributions(),
        Table(OriginalFiles.Attention, "attention patterns"),
        Table(OriginalFiles.FeedForward, "concepts"),
        Annotations(),
    };

    private static Command Attributions()
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var model = new Option<string>("--model") { Description = "The model.", Required = true };
        var output = new Option<string?>("--out") { Description = "Folder for the pickles; default: ifa_MODEL." };
        var command = new Command("attributions", "Writes one pickle a prompt, as the original's code reads them.") { study, model, output };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = parsed.GetValue(output) ?? $"ifa_{parsed.GetValue(model)}";
            var request = new ExportRequest(parsed.GetValue(study)!, OriginalFiles.Attributions, [parsed.GetValue(model)!], []);
            var written = await WriteAsync(parsed, request, folder, cancel);
            Screen.Error.MarkupLine(TerminalText.Escaped($"{written.Count} files in {folder}"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Annotations()
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var models = new Option<string[]>(
            "--model")
        { Description = "A model; may be given several times. Default: all that are annotated, in the study's order." };
        var passes = new Option<int[]>("--pass") { Description = "A pass, from 1; may be given several times. Default: all." };
        var output = new Option<string>("--out") { Description = "Folder for the files.", DefaultValueFactory = _ => "linear_interpret" };
        var command =
            new Command("annotations",
            "Writes real annotations as the original's three tables a pass: linear_seedN, linear_task_seedN and linear_concept_seedN, of pass N + 1.") { study,
            models, passes, output };
        command.SetAction(async (parsed, cancel) =>
        {
            var request = new ExportRequest(parsed.GetValue(study)!, OriginalFiles.Annotations, parsed.GetValue(models)!, parsed.GetValue(passes)!);
            foreach (var path in await WriteAsync(parsed, request, parsed.GetValue(output)!, cancel)) Screen.Error.MarkupLine(TerminalText.Escaped(path));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Table(string kind, string things)
    {
        var study = new Option<string>("--study") { Description = "The study.", Required = true };
        var models = new Option<string[]>(
            "--model")
        { Description = "A model; may be given several times. Default: all that have rows, in the study's order." };
        var output = new Option<string?>("--out") { Description = "The file; default: -, standard output." };
        var command = new Command(kind, $"Writes {things} as the original's table.") { study, models, output };
        command.SetAction(async (parsed, cancel) =>
        {
            OutputFile.RequireFile(parsed.GetValue(output));
            var client = await StudyClient.OpenAsync(parsed, null, cancel);
            await using var exported = await client.ExportAsync(new ExportRequest(parsed.GetValue(study)!, kind, parsed.GetValue(models)!, []), cancel);
            await foreach (var file in exported.Files.WithCancellation(cancel))
                await Screen.WriteAsync(parsed.GetValue(output), stream => file.WriteAsync(stream, cancel));
            Screen.Error.MarkupLine(TerminalText.Escaped($"{parsed.GetValue(study)}: {things} of {string.Join(", ", exported.Models)}"));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Writes an export's files to a folder.</summary>
    /// <returns>Where they are.</returns>
    private static async Task<List<string>> WriteAsync(ParseResult parsed, ExportRequest request, string folder, CancellationToken cancel)
    {
        OutputFile.RequireFolder(folder);
        var client = await StudyClient.OpenAsync(parsed, null, cancel);
        await using var exported = await client.ExportAsync(request, cancel);
        var written = new List<string>();
        await foreach (var file in exported.Files.WithCancellation(cancel))
        {
            written.Add(Path.Combine(folder, file.Name));
            await OutputFile.WriteAsync(written[^1], stream => file.WriteAsync(stream, cancel));
        }

        return written;
    }
}
