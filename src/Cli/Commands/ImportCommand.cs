using System.CommandLine;
using System.Diagnostics;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Import;
using Interpret.Exchange.Text;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret import …</c>: the original's files, into this machine's state or a cluster's.</summary>
public static class ImportCommand
{
    /// <summary>Parked files or rows that are told of one by one.</summary>
    private const int ShownParked = 20;

    public static Command Create() => new("import", "Brings the original's files into a study.")
    {
        Attributions(),
        Table(OriginalFiles.Attention, "Imports a table of attention patterns (Model Size Layer Type Head Dim Rank Score TopK)."),
        Table(OriginalFiles.FeedForward, "Imports a table of feed-forward concepts (Model Size Layer Type Head Rank Score TopK)."),
        Annotations(),
    };

    private static Command Attributions()
    {
        var paths = new Argument<string[]>("files") { Description = "Attribution pickles, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var to = new TargetOptions("The model that the files explain, e.g. vicuna.", "The model's size, e.g. 7B, where ratings name it as vicuna_7B beside others.");
        var dataset = new Option<string>("--dataset") { Description = "The dataset with the prompts and their instruction spans (TSV, or an object of JSON a line).", Required = true };
        var tokenizer =
            new Option<string>("--tokenizer") { Description = "The tokenizer.model that the files were made with, or its folder.", Required = true };
        var ratings = new Option<string?>("--ratings") { Description = "Ratings of the model's responses (TSV), for Table 1." };
        var command = new Command("attributions", "Imports attribution pickles (one a prompt).") { paths };
        to.AddTo(command);
        foreach (var option in (Option[])[dataset, tokenizer, ratings]) command.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var files = Files(parsed.GetValue(paths)!);
            var target = to.Of(parsed);
            var sources = AttributionSources.Read(parsed.GetValue(dataset)!, parsed.GetValue(tokenizer)!, parsed.GetValue(ratings));
            return RunAsync(parsed, sources, new AttributionsRequest(target, files, sources), cancel);
        });
        return command;
    }

    private static Command Table(string kind, string description)
    {
        var files = new Argument<string[]>(
            "files")
        { Description = "The table, or the parts that it was split into, in order; - is standard input.", Arity = ArgumentArity.OneOrMore };
        var target = TargetOptions.OfTables();
        var command = new Command(kind, description) { files };
        target.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(parsed, [new TableRequest(kind, target.Of(parsed), [.. Inputs(parsed.GetValue(files)!)])], cancel));
        return command;
    }

    private static Command Annotations()
    {
        var files = new Argument<string[]>(
            "files")
        {
            Description = "linear_seedN.tsv, linear_task_seedN.tsv and linear_concept_seedN.tsv, of one or more passes.",
            Arity = ArgumentArity.OneOrMore
        };
        var pass = NumberOption.WholeIfGiven("--pass", "The pass of all the files, from 1; default: N + 1, from each file's name.", 1);
        var target = TargetOptions.OfTables();
        var command = new Command("annotations", "Imports what a chat model said of feed-forward concepts (three tables a pass).") { files, pass };
        target.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var to = target.Of(parsed);
            if (parsed.GetValue(files)!.Contains("-"))
                throw new BadInputException(ErrorClasses.InputMissing, TextInput.Name("-"), null, "files: they are read twice", "standard input");
            var inOrder = AnnotationFile.Of(Inputs(parsed.GetValue(files)!), parsed.GetValue(pass));
            return RunAsync(parsed, inOrder.ConvertAll(file => new AnnotationsRequest(to, file)), cancel);
        });
        return command;
    }

    private static IEnumerable<InputFile> Inputs(string[] paths) => paths.Distinct(StringComparer.Ordinal).Select(InputFile.Text);

    private static async Task<int> RunAsync(ParseResult parsed, AttributionSources sources, AttributionsRequest request, CancellationToken cancel)
    {
        SubmissionText.TellRejected([.. sources.Rejected.Select(rejected => $"{rejected.File}: {rejected.Row}")]);
        var code = await RunAsync(parsed, [request], cancel);
        return sources.Dataset.Rejected.Count > 0 ? ExitCodes.Parked : code;
    }

    /// <summary>One after the other: later files may be about what earlier ones bring.</summary>
    private static async Task<int> RunAsync(ParseResult parsed, IReadOnlyList<ImportRequest> requests, CancellationToken cancel)
    {
        var client = await StudyClient.OpenOrMakeAsync(parsed, cancel);
        using var held = (client as LocalStudyClient)?.State.Lock();
        var parked = false;
        foreach (var request in requests)
        {
            var started = Stopwatch.GetTimestamp();
            var imported = await client.ImportAsync(request, cancel);
            Tell(request.Target, imported, Stopwatch.GetElapsedTime(started));
            parked |= imported.Parked.Count > 0;
        }

        return parked ? ExitCodes.Parked : ExitCodes.Done;
    }

    private static void Tell(ImportTarget target, Imported imported, TimeSpan took)
    {
        foreach (var (errorClass, error) in imported.Parked.Take(ShownParked))
            Screen.Error.MarkupLine($"[yellow]parked:[/] {TerminalText.Escaped($"{error} [{errorClass}]")}");
        if (imported.Parked.Count > ShownParked)
            Screen.Error.MarkupLine(
                $"[yellow]parked:[/] {imported.Parked.Count - ShownParked:N0} more; [bold]interpret failures {TerminalText.Escaped(target.Study)}[/] has them");
        SubmissionText.TellNotes(imported.Notes);
        foreach (var (other, count) in imported.Others)
            Screen.Error.MarkupLine(TerminalText.Escaped($"left alone: {count} rows of {other}"));
        var where = imported.Layers is { } layers ? $" in {layers} layers" : imported.Ratings is { } ratings ? $", {ratings} ratings" : "";
        Screen.Error.MarkupLine(TerminalText.Escaped(
            $"{target.Study}: {imported.Stored} {imported.Things} of {target.Model} ({target.Role}){where}, "
            + $"{imported.Parked.Count} parked, in {took.TotalSeconds:F1} s"));
    }

    private static List<InputFile> Files(string[] paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                files.AddRange(Directory.EnumerateFiles(path, "*.pkl").Order(StringComparer.Ordinal));
            else if (File.Exists(path))
                files.Add(path);
            else
                throw new BadInputException(ErrorClasses.InputMissing, path, null, "a pickle or a folder of pickles", "nothing at that path");
        }

        files = [.. files.Distinct(StringComparer.Ordinal)];
        return files.Count > 0
            ? files.ConvertAll(file => new InputFile(file, () => File.OpenRead(file)))
            : throw new BadInputException(ErrorClasses.InputMissing, string.Join(", ", paths), null, "*.pkl files", "none");
    }

    private static string Name(string name, string option) =>
        CaseId.Flaw(name) is { } flaw ? throw new BadInputException(ErrorClasses.BadName, option, null, "a name usable as a file name", flaw) : name;

    /// <summary>As what an import comes into the database.</summary>
    private sealed class TargetOptions(string ofModel, string ofSize)
    {
        private readonly Option<string> study = new("--study") { Description = "The study; made where there is none.", Required = true };
        private readonly Option<string> model = new("--model") { Description = ofModel, Required = true };
        private readonly Option<string> role = new("--role") { Description = "base or tuned.", Required = true };
        private readonly Option<string?> size = new("--size") { Description = ofSize };

        private readonly Option<string?> parent = new("--parent")
        {
            Description = "Of a tuned model: the model of the study that it is compared with; default: the study's first base.",
        };

        private readonly Option<string?> training = new("--training")
        {
            Description = "Of a tuned model: how it was trained. Models of one training and one parent differ by chance alone (report trainings).",
        };

        public static TargetOptions OfTables() =>
            new("The model whose rows are imported, by the column Model.", "Only rows of this size, e.g. 7B; default: the study's, or the first row's.");

        public void AddTo(Command command)
        {
            role.AcceptOnlyFromAmong(Roles.Base, Roles.Tuned);
            foreach (var option in (Option[])[study, model, role, size, parent, training]) command.Add(option);
        }

        public ImportTarget Of(ParseResult parsed) => new(
            Name(parsed.GetValue(study)!, "--study"), Name(parsed.GetValue(model)!, "--model"), parsed.GetValue(role)!, parsed.GetValue(size))
        {
            Parent = parsed.GetValue(parent),
            Training = parsed.GetValue(training),
        };
    }
}
