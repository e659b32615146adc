using System.CommandLine;
using System.Diagnostics;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Import;
using Interpret.Exchange.Originals;
using Interpret.Models.Tokenizers;
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
        Annotations(),
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
                TokenizerFormats.Load(parsed.GetValue(tokenizer)!),
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
        var target = new TargetOptions();
        var command = new Command(table.Stage, description) { files };
        target.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(table, target.Of(parsed), [.. parsed.GetValue(files)!.Distinct(StringComparer.Ordinal)], cancel));
        return command;
    }

    private static Command Annotations()
    {
        var files = new Argument<string[]>("files") { Description = "linear_seedN.tsv, linear_task_seedN.tsv and linear_concept_seedN.tsv, of one or more passes.", Arity = ArgumentArity.OneOrMore };
        var pass = new Option<int?>("--pass") { Description = "The pass of all the files, from 1; default: N + 1, from each file's name." };
        pass.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1) result.AddError("--pass must be 1 or more.");
        });
        var target = new TargetOptions();
        var command = new Command("annotations", "Imports what a chat model said of feed-forward concepts (three tables a pass).") { files, pass };
        target.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(target.Of(parsed), AnnotationFile.Of(parsed.GetValue(files)!.Distinct(StringComparer.Ordinal), parsed.GetValue(pass)), cancel));
        return command;
    }

    /// <summary>File by file: labels can only be checked against summaries that are stored.</summary>
    private static async Task<int> RunAsync(ImportTarget target, List<AnnotationFile> files, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenAsync(cancel);
        using var held = state.Lock();
        var parked = false;
        foreach (var file in files)
            parked |= await RunAsync(state, await AnnotationTable.OpenAsync(state.Storage, target, file, cancel), target, [file.Path], cancel);
        return parked ? ExitCodes.Parked : ExitCodes.Done;
    }

    private static async Task<int> RunAsync<T>(IImportedTable<T> table, ImportTarget target, IReadOnlyList<string> files, CancellationToken cancel)
        where T : ITsvRow
    {
        var state = await EmbeddedState.OpenAsync(cancel);
        using var held = state.Lock();
        return await RunAsync(state, table, target, files, cancel) ? ExitCodes.Parked : ExitCodes.Done;
    }

    /// <returns>Whether rows were parked.</returns>
    private static async Task<bool> RunAsync<T>(EmbeddedState state, IImportedTable<T> table, ImportTarget target, IReadOnlyList<string> files, CancellationToken cancel)
        where T : ITsvRow
    {
        var started = Stopwatch.GetTimestamp();
        var result = await new TableImport<T>(state.Storage, TimeProvider.System, table).RunAsync(target, files, cancel);
        foreach (var error in result.Parked)
            Screen.Error.MarkupLine($"[yellow]parked:[/] {Markup.Escape($"{error.Message} [{error.ErrorClass}]")}");
        foreach (var (other, count) in result.Others)
            Screen.Error.MarkupLine(Markup.Escape($"left alone: {count} rows of {other}"));
        Screen.Error.MarkupLine(Markup.Escape(
            $"{target.Study}: {result.Stored} {table.Things} of {target.Model} ({target.Role}) in {result.Layers} layers, {result.Parked.Count} parked, in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
        return result.Parked.Count > 0;
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

    /// <summary>Where the rows of a table go.</summary>
    private sealed class TargetOptions
    {
        private readonly Option<string> study = new("--study") { Description = "The study; made where there is none.", Required = true };
        private readonly Option<string> model = new("--model") { Description = "The model whose rows are imported, by the column Model.", Required = true };
        private readonly Option<string> role = new("--role") { Description = "base or tuned.", Required = true };
        private readonly Option<string?> size = new("--size") { Description = "Only rows of this size, e.g. 7B; default: the study's, or the first row's." };

        public void AddTo(Command command)
        {
            role.AcceptOnlyFromAmong(Roles.Base, Roles.Tuned);
            foreach (var option in (Option[])[study, model, role, size]) command.Add(option);
        }

        public ImportTarget Of(ParseResult parsed) => new(Name(parsed.GetValue(study)!, "--study"), Name(parsed.GetValue(model)!, "--model"), parsed.GetValue(role)!, parsed.GetValue(size));
    }
}
