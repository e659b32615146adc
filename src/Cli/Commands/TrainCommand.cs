using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Interpret.Cli.Embedded;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Models.Devices;
using Interpret.Models.Tokenizers;
using Interpret.Reports.Figures;
using Interpret.Training;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret train training.json</c>: a model learns to continue texts, then to follow instructions; stopped and resumed at will.</summary>
public static class TrainCommand
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var file = new Argument<string>("training") { Description = "The training file (JSON), such as samples/training.json." };
        var steps = NumberOption.WholeIfGiven(
            "--steps", "Stop after so many steps; a training at its end goes on tuning for as many, beside its checkpoints.", 1);
        var command = new Command("train", "Trains a base model on texts and tunes it on instructions. Goes on where it was stopped.") { file, steps };
        command.SetAction((parsed, cancel) => Task.Run(() => Run(parsed.GetValue(file)!, parsed.GetValue(steps), cancel), CancellationToken.None));
        return command;
    }

    private static int Run(string file, int? steps, CancellationToken cancel)
    {
        var plan = TrainingPlan.Read(file);
        var device = DeviceMemory.First();
        var state = Path.Combine(EmbeddedState.Directory, "training", Path.GetFileNameWithoutExtension(file));
        Screen.Error.MarkupLine($"[grey]on {TerminalText.Escaped(device.ToString())}; unfinished stages are kept in {TerminalText.Escaped(state)}[/]");
        var run = new TrainingRun(plan, state, device);
        TrainingTexts Texts(string stage, ITokenizer tokenizer) => stage == TrainingRun.Pretraining
            ? TrainingTexts.OfDocuments(Documents(plan.Corpus), tokenizer, plan.Pretraining.Length)
            : TrainingTexts.OfPairs(Pairs(plan.Instructions), tokenizer, plan.Tuning.Length);

        var stages = Console.IsErrorRedirected ? Plain(report => run.Run(Texts, steps, report, cancel)) : Live(report => run.Run(Texts, steps, report, cancel));
        if (stages.Count == 0)
            Screen.Error.MarkupLine("The training is at its end; --steps N goes on tuning.");
        foreach (var stage in stages)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{stage.Stage}: steps {stage.From} to {stage.To}, held-out loss {stage.Before:F4} to {stage.After:F4}; model in {stage.Checkpoint}"));
            var points = stage.Course.Select(point => new LossPoint(point.Step, point.Loss, point.HeldOut)).ToList();
            File.WriteAllText(Path.Combine(stage.Checkpoint, "training.svg"), LossCurve.Render($"Course of {stage.Stage}", points));
        }

        return cancel.IsCancellationRequested ? ExitCodes.Parked : ExitCodes.Done;
    }

    private static IEnumerable<string> Documents(string path)
    {
        var lines = new List<string>();
        foreach (var line in TextInput.Lines(path))
        {
            if (line.Length > 0)
            {
                lines.Add(line);
                continue;
            }

            if (lines.Count > 0)
                yield return string.Join('\n', lines);
            lines.Clear();
        }

        if (lines.Count > 0)
            yield return string.Join('\n', lines);
    }

    private static IEnumerable<(string Prompt, string Response)> Pairs(string path) =>
        DatasetFile.ReadWhole(path).Select(prompt => (prompt.Prompt, prompt.Reference));

    private static IReadOnlyList<TrainedStage> Plain(Func<Action<TrainingProgress>, IReadOnlyList<TrainedStage>> run)
    {
        var (since, next) = (Stopwatch.StartNew(), TimeSpan.Zero);
        return run(progress =>
        {
            if (since.Elapsed < next && progress.Step < progress.Steps)
                return;
            next = since.Elapsed + LineInterval;
            Console.Error.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{progress.Stage}: step {progress.Step} of {progress.Steps}, {Numbers(progress)}"));
        });
    }

    private static IReadOnlyList<TrainedStage> Live(Func<Action<TrainingProgress>, IReadOnlyList<TrainedStage>> run) =>
        Screen.Error.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(display =>
        {
            var bars = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
            return run(progress =>
            {
                if (!bars.TryGetValue(progress.Stage, out var bar))
                    bars[progress.Stage] = bar = display.AddTask(progress.Stage, maxValue: progress.Steps);
                bar.Description = TerminalText.Escaped($"{progress.Stage}: {Numbers(progress)}");
                bar.Value = progress.Step;
            });
        });

    private static string Numbers(TrainingProgress progress) =>
        string.Create(CultureInfo.InvariantCulture, $"loss {progress.Loss:F3}, held out {progress.HeldOut:F3}, {progress.TokensPerSecond:F0} tokens/s");
}
