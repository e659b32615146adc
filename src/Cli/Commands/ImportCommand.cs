using System.CommandLine;
using System.Diagnostics;
using Interpret.Cli.Embedded;
using Interpret.Cli.Import;
using Interpret.Contracts;
using Interpret.GpuWorker.Model;
using Interpret.Orchestrator.Studies;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret import attributions …</c>: the original's files.</summary>
public static class ImportCommand
{
    public static Command Create() => new("import", "Brings the original's files into a study.") { Attributions() };

    private static Command Attributions()
    {
        var paths = new Argument<string[]>("files") { Description = "Attribution pickles, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var study = new Option<string>("--study") { Description = "The study; made where there is none.", Required = true };
        var model = new Option<string>("--model") { Description = "The model that the files explain, e.g. vicuna.", Required = true };
        var role = new Option<string>("--role") { Description = "base or tuned.", Required = true };
        role.AcceptOnlyFromAmong(Roles.Base, Roles.Tuned);
        var size = new Option<string?>("--size") { Description = "The model's size, e.g. 7B, where ratings name it as vicuna_7B beside others." };
        var dataset = new Option<string>("--dataset") { Description = "The dataset with the prompts and their instruction spans (TSV).", Required = true };
        var tokenizer = new Option<string>("--tokenizer") { Description = "The tokenizer.model that the files were made with, or its folder.", Required = true };
        var ratings = new Option<string?>("--ratings") { Description = "Ratings of the model's responses (TSV), for Table 1." };
        var command = new Command("attributions", "Imports attribution pickles (one a prompt).") { paths, study, model, role, size, dataset, tokenizer, ratings };
        command.SetAction((parsed, cancel) => RunAsync(
            new AttributionImportRequest(
                Files(parsed.GetValue(paths)!),
                Name(parsed.GetValue(study)!, "--study"),
                Name(parsed.GetValue(model)!, "--model"),
                parsed.GetValue(role)!,
                parsed.GetValue(size),
                DatasetFile.Read(parsed.GetValue(dataset)!),
                SentencePieceTokenizer.Load(parsed.GetValue(tokenizer)!),
                parsed.GetValue(ratings) is { } file ? RatingsFile.Read(file) : null),
            parsed.GetValue(dataset)!,
            parsed.GetValue(ratings),
            cancel));
        return command;
    }

    private static async Task<int> RunAsync(AttributionImportRequest request, string dataset, string? ratings, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var (file, row) in request.Dataset.Rejected.Select(r => (dataset, r)).Concat((request.Ratings?.Rejected ?? []).Select(r => (ratings!, r))))
            Screen.Error.MarkupLine($"[yellow]rejected:[/] {Markup.Escape($"{file}: {row}")}");
        var state = await EmbeddedState.OpenAsync(cancel);
        using var held = state.Lock();
        var result = await new AttributionImport(state.Storage, TimeProvider.System).RunAsync(request, cancel);
        foreach (var (_, errorClass, error) in result.Parked)
            Screen.Error.MarkupLine($"[yellow]parked:[/] {Markup.Escape($"{error} [{errorClass}]")}");
        Screen.Error.MarkupLine(Markup.Escape(
            $"{request.Study}: {result.Stored} attributions of {request.Model} ({request.Role}){(ratings is null ? "" : $", {result.Ratings} ratings")}, {result.Parked.Count} parked, in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
        return result.Parked.Count + request.Dataset.Rejected.Count > 0 ? ExitCodes.Parked : ExitCodes.Done;
    }

    private static List<string> Files(string[] paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                files.AddRange(Directory.EnumerateFiles(path, "*.pkl").Order(StringComparer.Ordinal));
            else if (File.Exists(path))
                files.Add(path);
            else
                throw new BadInputException("input-missing", path, null, "a pickle or a folder of pickles", "nothing at that path");
        }

        files = [.. files.Distinct(StringComparer.Ordinal)];
        return files.Count > 0 ? files : throw new BadInputException("input-missing", string.Join(", ", paths), null, "*.pkl files", "none");
    }

    private static string Name(string name, string option) =>
        CaseId.Flaw(name) is { } flaw ? throw new BadInputException("bad-name", option, null, "a name usable as a file name", flaw) : name;
}
