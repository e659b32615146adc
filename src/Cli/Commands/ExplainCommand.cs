using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;
using Interpret.Pages.Prompts;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret explain input|attention|feed-forward …</c>: one case, nothing queued or stored.</summary>
public static class ExplainCommand
{
    internal static readonly JsonSerializerOptions Readable =
        new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions WithoutNulls = new(Readable) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static Command Create() =>
        new("explain", "Explains one case at once; nothing is queued or stored.") { Input(), ExplainVocabulary.Attention(), ExplainVocabulary.FeedForward() };

    private static Command Input()
    {
        var checkpoint = new CheckpointOptions();
        var prompt = new Option<string>("--prompt") { Description = "The prompt; - reads standard input.", Required = true };
        var response = new Option<string?>("--response") { Description = "The response to explain; default: the model writes one." };
        var instruction =
            new Option<string[]>(
            "--instruction")
            { Description = "A part of the prompt that is its instruction; may be given several times. Adds the score of the case." };
        var newTokens = NumberOption.Whole("--max-new-tokens", "Longest response that the model writes.", 1, 300);
        var mode = new Option<string>("--mode") { Description = "forward, reverse, or auto: the cheaper of the two.", DefaultValueFactory = _ => "auto" };
        mode.AcceptOnlyFromAmong("auto", "forward", "reverse");
        var methods = Named("--method", "A method beside gradient x input", AttributionMethods.All);
        var targets = Named("--target", "What is attributed beside the probability of each response token", AttributionTargets.All);
        var other = new Option<string?>("--other")
        {
            Description = $"The other model of the pair, for --target {AttributionSettings.ContrastOther}: a folder as of --checkpoint, with the same tokenizer; an adapter has the same --base.",
        };
        var baseline = new Option<string?>("--baseline")
        {
            Description = $"What stands in the place of a token that counts as absent: {string.Join(" or ", Baseline.All.Names)} of the embeddings, or a token of the model; default: {Baseline.Mean.Name}.",
        };
        var format = new Option<string>("--format") { Description = "json or html.", DefaultValueFactory = _ => "json" };
        format.AcceptOnlyFromAmong("json", "html");
        var output = new Option<string?>("--out") { Description = "File to write; default: standard output." };
        var command =
            new Command("input", "Which prompt tokens drove each token of the response: gradient x input.") { prompt, response, instruction, newTokens,
            mode, methods, targets, other, baseline, format, output };
        checkpoint.AddTo(command);
        command.Validators.Add(parsed =>
        {
            // By what is written: a value that is none of the known ones is told of by itself, and cannot be asked for here.
            var isAsked = parsed.GetResult(targets)?.Tokens.Any(token => token.Value == AttributionSettings.ContrastOther) == true;
            if (isAsked != (parsed.GetResult(other) is not null))
                parsed.AddError($"--target {AttributionSettings.ContrastOther} and --other: expected both, found one of them");
        });
        var templates = new TemplateOptions();
        templates.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            OutputFile.RequireFile(parsed.GetValue(output));
            var text = parsed.GetValue(prompt)!;
            var (place, second) = checkpoint.Read(parsed, parsed.GetValue(other));
            if (text == "-") text = TextInput.ReadAll(text, isFree: true);
            var explanation = Explain(
                place, second, text, templates.Read(parsed, place),
                parsed.GetValue(response), parsed.GetValue(newTokens),
                parsed.GetValue(mode) switch { "forward" => AttributionMode.Forward, "reverse" => AttributionMode.Reverse, _ => null },
                parsed.GetValue(instruction)!,
                new AttributionSettings { Methods = parsed.GetValue(methods), Targets = parsed.GetValue(targets), Baseline = parsed.GetValue(baseline) },
                cancel);
            if (explanation.IsCut)
                SubmissionText.TellNotes(["the response filled the model's context, and takes more tokens when it is read again: it is cut where the context ends"]);
            if (parsed.GetValue(format) == "json")
            {
                await Screen.WriteAsync(parsed.GetValue(output), Json(explanation));
                return ExitCodes.Done;
            }

            var page = await PromptFile.RenderAsync(explanation, Path.GetFileName(place.Directory.TrimEnd('/')), text);
            await Screen.WriteAsync(parsed.GetValue(output), async (Stream stream) => await stream.WriteAsync(page, cancel));
            return ExitCodes.Done;
        });
        return command;
    }

    private static InputExplanation Explain(
        CheckpointPlace checkpoint, CheckpointPlace? other, string prompt, Func<IReadOnlyList<ChatMessage>, RenderedPrompt>? template, string? response,
        int newTokens, AttributionMode? mode, string[] instruction, AttributionSettings others, CancellationToken cancel)
    {
        var files = ModelFiles.Open(checkpoint);
        SubmissionText.TellNotes(files.Remarks);
        using var model = files.Load();
        var explainer = new InputExplainer(model, files.Tokenizer);
        var otherFiles = other is null ? null : ModelFiles.Open(other);
        using var otherModel = otherFiles?.Load(beside: files);
        const string Case = "--prompt";
        var choice = explainer.Choice(others, "--baseline") with
        {
            Other = otherModel is null ? null : new InputExplainer(otherModel, otherFiles!.Tokenizer),
        };
        return template is null ? explainer.Explain(Case, prompt, response, newTokens, DensitySettings.Default, mode, instruction, choice, cancel)
            : explainer.Explain(
                Case, template([new ChatMessage("user", prompt.Trim())]), response, newTokens, DensitySettings.Default, mode, instruction, choice, cancel);
    }

    /// <summary>Kinds by name, any number of them.</summary>
    private static Option<string[]> Named<T>(string option, string what, Kinds<T> kinds)
        where T : class, IKind
    {
        var named = new Option<string[]>(option) { Description = $"{what}; may be given several times: {string.Join(", ", kinds.Names)}." };
        named.AcceptOnlyFromAmong([.. kinds.Names]);
        return named;
    }

    private static IEnumerable<IEnumerable<float>> Rows(IReadOnlyList<float> scores, InputExplanation explanation) =>
        explanation.Input.Select((_, i) => scores.Skip(i * explanation.Output.Count).Take(explanation.Output.Count));

    private static string Json(InputExplanation explanation) => JsonSerializer.Serialize(
        new
        {
            input = explanation.Input,
            output = explanation.Output,
            response = explanation.Response,
            // Only where a template wrapped the prompt: what the model read, and which tokens of input are the template's.
            rendered = explanation.Rendered,
            template = explanation.IsTemplate,
            scores = Rows(explanation.Scores, explanation),
            confidence = explanation.Confidences,
            density = explanation.Density,
            mode = explanation.Mode.ToString().ToLowerInvariant(),
            // Only where an instruction was marked.
            instruction = explanation.InstructionMask.Contains(true) ? explanation.InstructionMask : null,
            score = explanation.InstructionMask.Contains(true) ? explanation.Score : (double?)null,
            // Only where other methods or targets were asked for; contrasts are the other model's tokens, place by place.
            contrasts = explanation.Contrasts,
            others = explanation.Others.Count == 0 ? null : explanation.Others.Select(other => new
            {
                method = other.Method,
                target = other.Target,
                scores = Rows(other.Scores, explanation),
                values = other.Values.Length > 0 ? other.Values : null,
                completenessError = other.CompletenessError,
            }),
        },
        WithoutNulls);
}
