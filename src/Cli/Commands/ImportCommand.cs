using System.CommandLine;
using System.Diagnostics;
using Interpret.Cli.Embedded;
using Interpret.Cli.Import;
using Interpret.Contracts;
using Interpret.GpuWorker.Explaining;
using Interpret.GpuWorker.Model;
using Interpret.Orchestrator.Studies;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret import …</c>: the original's files.</summary>
public static class ImportCommand
{
    public static Command Create() => new("import", "Brings the original's files into a study.") 
    {
        Attributions(),
        Table(new PatternTable(), "Imports a table of attention patterns (Model Size Layer Type Head Dim Rank Score TopK)."),
        Table(new ConceptTable(), "Imports a table of feed-forward concepts (Model Size Layer Type Head Rank Score TopK)."),
    };

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

    private static Command Table<T>(IImportedTable<T> table, string description)
        where T : ITsvRow
    {
        var files = new Argument<string[]>("files") { Description = "The table, or the parts that it was split into, in order; - is standard input.", Arity = ArgumentArity.OneOrMore };
        var study = new Option<string>("--study") { Description = "The study; made where there is none.", Required = true };
        var model = new Option<string>("--model") { Description = "The model whose rows are imported, by the column Model.", Required = true };
        var role = new Option<string>("--role") { Description = "base or tuned.", Required = true };
        role.AcceptOnlyFromAmong(Roles.Base, Roles.Tuned);
        var size = new Option<string?>("--size") { Description = "Only rows of this size, e.g. 7B; default: the study's, or the first row's." };
        var command = new Command(table.Stage, description) { files, study, model, role, size };
        command.SetAction((parsed, cancel) => RunAsync(
            table,
            new ImportTarget(Name(parsed.GetValue(study)!, "--study"), Name(parsed.GetValue(model)!, "--model"), parsed.GetValue(role)!, parsed.GetValue(size)),
            [.. parsed.GetValue(files)!.Distinct(StringComparer.Ordinal)],
            cancel));
        return command;
    }

    private static async Task<int> RunAsync<T>(IImportedTable<T> table, ImportTarget target, IReadOnlyList<string> files, CancellationToken cancel)
        where T : ITsvRow
    {
        var started = Stopwatch.GetTimestamp();
        var state = await EmbeddedState.OpenAsync(cancel);
        using var held = state.Lock();
        var result = await new TableImport<T>(state.Storage, TimeProvider.System, table).RunAsync(target, files, cancel);
        foreach (var error in result.Parked)
            Screen.Error.MarkupLine($"[yellow]parked:[/] {Markup.Escape($"{error.Message} [{error.ErrorClass}]")}");
        foreach (var (other, count) in result.Others)
            Screen.Error.MarkupLine(Markup.Escape($"left alone: {count} rows of {other}"));
        Screen.Error.MarkupLine(Markup.Escape(
            $"{target.Study}: {result.Stored} {table.Things} of {target.Model} ({target.Role}) in {result.Layers} layers, {result.Parked.Count} parked, in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
        return result.Parked.Count > 0 ? ExitCodes.Parked : ExitCodes.Done;
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
