using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Interpret.AnnotatorWorker;
using Interpret.Cli.Forecasts;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Vocabularies;
using Interpret.Explaining;
using Interpret.Explaining.Methods;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Orchestrator.Annotation;
using Microsoft.Extensions.Configuration;
using Spectre.Console;
using TorchSharp;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret forecast study.json</c>: memory, time, calls, tokens and money, before anything is queued.</summary>
public static class ForecastCommand
{
    private static readonly Option<double?> Speed =
        NumberOption.Create("--speed", "GFLOP/s in float32 of the device that will work; default: measured on this machine.", 1e-3);
    private static readonly Option<double?> Requests = NumberOption.Create("--rpm", "Requests a minute that the chat service lets through.", 1);
    private static readonly Option<double?> Tokens = NumberOption.Create("--tpm", "Tokens a minute that the chat service lets through.", 1);
    private static readonly Option<double?> Interpretable =
        NumberOption.Create("--interpretable", "Share of the concepts that get labels; known only after a run.", 0, 1, 1);
    private static readonly Option<double?> Distinct =
        NumberOption.Create("--distinct", "Share of the summaries that no other equals; known only after a run.", 0, 1, 1);

    public static Command Create()
    {
        var file = new Argument<string>("study") { Description = "The study file (JSON); - for standard input." };
        var format = Formats.TextOrJson();
        var command =
            new Command("forecast", "Says what a study will take: memory, time, disk, calls, tokens, money. Nothing is queued.") { file, Speed, Requests,
            Tokens, Interpretable, Distinct, format };
        command.SetAction(parsed => Run(parsed, parsed.GetValue(file)!, parsed.GetValue(format) == "json"));
        return command;
    }

    /// <summary>A figure, and what it rests on.</summary>
    private sealed record Line(string Of, string Figure, string Basis);

    private static int Run(ParseResult parsed, string file, bool json)
    {
        var study = StudyFile.Read(file);
        var dataset = DatasetFile.ReadUsable(study.Dataset);
        var vocabulary = study.Vocabulary is null ? null : VocabularyFile.Read(study.Vocabulary);
        var code = SubmissionText.TellRejected(
            [.. dataset.Rejected.Select(row => $"{study.Dataset}: {row}").Concat(vocabulary?.Rejected.Select(row => $"{study.Vocabulary}: {row}") ?? [])]);
        IReadOnlyList<VocabularyWord> words = vocabulary?.Words ?? [];
        var models = (from model in study.Models
                      where CheckpointFacts.IsHere(model)
                      let place = CheckpointPlace.Of(model)!
                      let files = new ModelFiles(place)
                      let held = HeldWeights.Of(files)
                      select (model.Name, files.Config, Held: held, Prompts: PromptLengths.Of(study, model.Name, place, files, dataset.Prompts))).ToList();
        var plan = AttributionPlan.Of(study, file);
        var controlled = study.Annotation.Control is not null;
        var speed = models.Count == 0 ? 0 : parsed.GetValue(Speed) ?? DeviceSpeed.Measure();
        var readout = new ReadoutPlan(words.Count, study.Vectors is not null, study.FeedForward.Ranks, study.FeedForward.Words, controlled);
        List<Forecast> forecasts = [.. models.Select(model => new Forecast(
            model.Name, Of(model.Config, model.Held, model.Prompts.Least(plan)), Of(model.Config, model.Held, model.Prompts.Most(plan)), model.Held,
            model.Prompts.Unread))];

        var settings = AnnotatorSettings.From(new ConfigurationBuilder().AddEnvironmentVariables().Build(), Environment.GetEnvironmentVariable);
        var limits = settings.Limits.And(parsed.GetValue(Requests), parsed.GetValue(Tokens));
        var concepts = words.Count == 0 ? 0 : models.Sum(model => (long)model.Config.Layers * ModelForecast.Concepts(model.Config, study.FeedForward.Ranks));
        var wordLength = words.Count == 0 ? 0 : words.Average(word => word.Word.Length);
        var annotation = AnnotationForecast.Of(
            controlled ? 2 * concepts : concepts, study.Annotation.Passes, PromptFiles.Of(study.Annotation),
            words.Count == 0 ? 0 : Math.Min(study.Annotation.Words, study.FeedForward.Words) * (wordLength + ", ".Length),
            new SummaryShares(parsed.GetValue(Interpretable)!.Value, parsed.GetValue(Distinct)!.Value), settings.Prices.Of(study.Annotation.Model), limits,
            wordLength);
        string[] missing = [.. study.Models.Select(model => model.Name).Except(models.Select(model => model.Name))];

        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new
                {
                    study = study.Name,
                    prompts = dataset.Prompts.Count,
                    vocabulary = words.Count,
                    gflops = speed,
                    models = forecasts.Select(one => new
                    {
                        one.Name,
                        one.Least,
                        one.Most,
                        held = one.Held?.Way.ToString(),
                        heldBytes = one.Held?.Bytes,
                        workingBytes = one.Held?.WorkingBytes,
                        // Of the layers' weights, for prompts: once where they are held, else in each walk.
                        layerBytesRead = one.Held is { } held ? new { least = held.BytesRead(one.Least.Walks), most = held.BytesRead(one.Most.Walks) } : null,
                        promptsLeftOut = one.Unread,
                    }),
                    annotation,
                    missing
                }, JsonSerializerOptions.Web));
            return code;
        }

        var table = new Table().RoundedBorder().AddColumns("what", "about", "rests on");
        foreach (var line in forecasts.SelectMany(one => Lines(one, speed, parsed.GetValue(Speed) is not null))
            .Concat(Lines(annotation, study.Annotation)))
            table.AddRow(TerminalText.Escaped(line.Of), TerminalText.Escaped(line.Figure), TerminalText.Escaped(line.Basis));
        Screen.Output.Write(table);
        foreach (var model in missing)
            Screen.Error.MarkupLine($"[yellow]left out:[/] {TerminalText.Escaped(model)}, whose checkpoint is not on this machine.");
        return code;

        ModelForecast Of(DecoderConfig config, HeldWeights? held, IReadOnlyList<CaseLength> cases) => ModelForecast.Of(
            config, cases, plan, readout, speed * 1e9, new DeviceKind(torch.cuda.is_available(), held?.Way == WeightsHeld.OnDisk));
    }

    /// <summary>What a model will take, with the shortest and with the longest responses.</summary>
    private sealed record Forecast(string Name, ModelForecast Least, ModelForecast Most, HeldWeights? Held, int Unread);

    private static IEnumerable<Line> Lines(Forecast forecast, double speed, bool given)
    {
        var (model, least, most, held, unread) = forecast;
        yield return new(
            $"{model}: weights", Bytes(most.WeightBytes),
            $"config.json, float32; {Bytes(DeviceMemory.Reserve)} more on each CUDA device for activations; this machine has {Bytes(DeviceMemory.OfHost())}");
        if (held is not null)
            yield return new($"{model}: memory for them", Bytes(held.Bytes), held.Basis);
        if (unread > 0)
            yield return new($"{model}: prompts left out", $"{unread:N0}", "its context does not hold them, or its template refuses them");
        yield return new(
            $"{model}: attribution", Between(Time(least.Attribution), Time(most.Attribution)),
            "the prompts' tokens as the model reads them, a template's among them; responses as long as the dataset's, or as long as they may be");
        foreach (var (few, many) in least.Parts.Zip(most.Parts))
        {
            var time = Between(Time(few.Operations), Time(many.Operations));
            yield return few.Stage switch
            {
                Stages.Attribution => new($"{model}: of it {few.Part}", time, Basis(few.Part)),
                Stages.Faithfulness => new($"{model}: {few.Stage}", time, "at most: passes that no two rankings share"),
                Stages.ContrastTokens => new($"{model}: {few.Stage}", time, "a pass over the other model's responses, taken to be as long as its own"),
                _ => new($"{model}: {few.Stage} by {few.Part}", time, "the layers once more, for the one target"),
            };
        }

        if (held?.Way == WeightsHeld.OnDisk)
        {
            yield return new(
                $"{model}: read from disk", Between(Bytes(held.BytesRead(least.Walks)), Bytes(held.BytesRead(most.Walks))),
                "all layers for each batch of prompts in each step of what is computed for it");
        }

        yield return new($"{model}: attention", Time(most.Attention), "the products of all heads with the vocabulary");
        yield return new(
            $"{model}: feed-forward", Time(most.FeedForward), "covariance and eigen-decomposition of each layer, an operation in float64 taken as two");
        yield return new(
            $"{model}: rows", Between(Bytes(least.RowBytes), Bytes(most.RowBytes)), "importance matrices in float32, 4 KB a neuron pair, 10 bytes a word");

        string Time(double operations) => $"{Duration(operations / (speed * 1e9))} at {Rounded(speed)} GFLOP/s{(given ? "" : ", measured here")}";
    }

    private static string Basis(string part) => part == AttributionPlan.Responses ? "a pass over the prompts, and one a token, with the head"
        : part == AttributionMethods.Default.Name ? "the cheaper mode of each prompt, and for each target the head or a backward pass"
        : "the passes that the method plans";

    private static IEnumerable<Line> Lines(AnnotationForecast annotation, AnnotationSettings settings)
    {
        if (annotation.Concepts == 0)
            yield break;
        yield return new("annotation: concepts", $"{annotation.Concepts:N0}",
            $"layers times ranks, of the models whose checkpoints are here{(settings.Control is null ? "" : ", and as many directions of the control")}");
        yield return new("annotation: calls, at most", $"{annotation.MostCalls:N0}", $"{(settings.Detection ? "four" : "three")} a concept in {annotation.Passes} passes");
        yield return new(
            "annotation: calls, equal ones once", $"{annotation.Calls:N0}",
            "labels of equal summaries are asked once; how many are equal is known only after a run: as --interpretable and --distinct say");
        yield return new(
            "annotation: tokens", Rounded(annotation.Tokens),
            "the prompts' and the vocabulary's lengths at four characters a token; answers as long as the prompts' examples");
        yield return new(
            "annotation: US dollars", annotation.Usd is { } usd ? Rounded(usd) : "price unknown",
            $"{settings.Model} by the price table, nothing cached; half of that with --batch");
        yield return new(
            "annotation: time", annotation.Hours is { } hours ? Duration(hours * 3600) : "no limit known", annotation.Binding is { } binding
            ? $"the limit that binds: {binding}" : "give --rpm, --tpm or the annotator's settings");
    }

    private static string Between(string least, string most) => least == most ? most : $"{least} to {most}";

    private static string Duration(double seconds) => seconds switch
    {
        < 1 => "under a second",
        < 120 => $"{Rounded(seconds)} s",
        < 7200 => $"{Rounded(seconds / 60)} min",
        < 172800 => $"{Rounded(seconds / 3600)} hours",
        _ => $"{Rounded(seconds / 86400)} days",
    };

    private static string Bytes(double bytes) => bytes >= 1e9 ? $"{Rounded(bytes / 1e9)} GB" : $"{Rounded(bytes / 1e6)} MB";

    /// <summary>Two digits: more would be invented.</summary>
    private static string Rounded(double value)
    {
        if (value <= 0)
            return "0";
        var scale = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        return (Math.Round(value / scale) * scale).ToString(value >= 10 ? "N0" : "0.##", CultureInfo.InvariantCulture);
    }
}
