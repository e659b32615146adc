using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret verify</c>: which sentences of a context a response leans on; nothing is queued or stored.</summary>
public static class VerifyCommand
{
    /// <summary>What is known of how far such rankings can be trusted; said wherever one is shown.</summary>
    internal const string Measured =
        "Measured on 190 published cases of Vicuna-7B (questions about paragraphs of MultiRC): the sentence ranked first is one that people marked as evidence in 69 % of them by "
        + "mean_absolute, 65 % by density_b4_p5, 62 % by density, 17 % by chance. Other models and texts may differ. That a response leans on a sentence does not mean that the sentence says so, "
        + "and how often a missing support is a fault of the response has not been measured.";

    public static Command Create()
    {
        var checkpoint = new CheckpointOptions();
        var context = new Option<string>("--context") { Description = "What the response should rest on: a file, - for standard input, or the text itself.", Required = true };
        var question = new Option<string?>("--question") { Description = "What is asked about the context; the prompt is the context, an empty line and the question." };
        var prompt = new Option<string?>("--prompt") { Description = "In place of --question: the whole prompt, which must hold the context." };
        var response = new Option<string?>("--response") { Description = "The response to verify; default: the model writes one." };
        var newTokens = NumberOption.Whole("--max-new-tokens", "Longest response that the model writes.", 1, 300);
        var by = new Option<string>("--by")
        {
            Description = "What sentences are ranked by: mean_absolute, density or density_b4_p5.",
            DefaultValueFactory = _ => SentenceRanking.MeanAbsolute.Name,
        };
        by.AcceptOnlyFromAmong([.. SentenceRanking.OfScores.Select(ranking => ranking.Name)]);
        var format = new Option<string>("--format") { Description = "text, json or html.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json", "html");
        var output = new Option<string?>("--out") { Description = "File to write; default: standard output." };
        var command = new Command("verify", "Which sentences of a context a response leans on, and which of its own sentences lean on none.")
        {
            context, question, prompt, response, newTokens, by, format, output,
        };
        checkpoint.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(question) is null == result.GetValue(prompt) is null)
                result.AddError("verify: expected either --question or --prompt");
        });
        command.SetAction(async (parsed, cancel) =>
        {
            OutputFile.RequireFile(parsed.GetValue(output));
            var text = Text(parsed.GetValue(context)!);
            if (string.IsNullOrWhiteSpace(text))
                throw new BadInputException(ErrorClasses.ContextNotInPrompt, "--context", null, "a text", "none");
            var asked = parsed.GetValue(prompt) ?? $"{text}\n\n{parsed.GetValue(question)}";
            if (!asked.Contains(text, StringComparison.Ordinal))
                throw new BadInputException(ErrorClasses.ContextNotInPrompt, "--prompt", null, "a prompt that holds the context, letter by letter", "another");
            var ranking = SentenceRanking.OfScores.Single(one => one.Name == parsed.GetValue(by));
            var explanation = Explain(checkpoint.Read(parsed), asked, parsed.GetValue(response), parsed.GetValue(newTokens), cancel);
            var support = ContextSupport.Of(text, explanation, ranking, DensitySettings.Default) ?? throw new BadInputException(
                ErrorClasses.ContextNotInPrompt, "--context", null, "a context that the prompt's tokens hold, letter by letter",
                "one that the checkpoint's tokenizer changes");
            await Screen.WriteAsync(parsed.GetValue(output), parsed.GetValue(format) switch
            {
                "json" => Json(explanation, support, ranking),
                "html" => SupportPage.Render(explanation, support, ranking),
                _ => Plain(explanation, support, ranking),
            });
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Text(string given) => given == "-" || File.Exists(given) ? TextInput.ReadAll(given, isFree: true) : given;

    private static InputExplanation Explain(CheckpointPlace checkpoint, string prompt, string? response, int newTokens, CancellationToken cancel)
    {
        var files = ModelFiles.Open(checkpoint);
        SubmissionText.TellNotes(files.Remarks);
        using var model = files.Load();
        return new InputExplainer(model, files.Tokenizer).Explain("--prompt", prompt, response, newTokens, DensitySettings.Default, cancel: cancel);
    }

    private static string Plain(InputExplanation explanation, ContextSupport support, SentenceRanking ranking)
    {
        var text = new StringBuilder();
        text.Append(explanation.Generated ? "Response, written by the model:" : "Response:").Append('\n').Append(Line(explanation.Response)).Append("\n\n")
            .Append(CultureInfo.InvariantCulture, $"The context's sentences, by {ranking.Name}; 1 is the mean over the prompt's tokens\n");
        foreach (var sentence in support.Context.OrderBy(sentence => sentence.Rank))
            text.Append(CultureInfo.InvariantCulture, $"{sentence.Rank,4}. {sentence.Lean,6:F2}  {Line(sentence.Text)}\n");
        text.Append("\nThe response's sentences, and those that support them\n");
        foreach (var sentence in support.Response)
        {
            text.Append(Line(sentence.Text)).Append('\n');
            foreach (var one in sentence.Support)
                text.Append(CultureInfo.InvariantCulture, $"      {one.Lean,6:F2}  {Line(support.Context[one.Sentence].Text)}\n");
            if (sentence.Support.Count == 0)
                text.Append("      warning: it leans on no sentence of the context more than on the prompt on average\n");
        }

        if (support.Response.Count == 0)
            text.Append("      warning: the response is empty\n");
        return text.Append('\n').Append(Measured).Append('\n').ToString();
    }

    /// <summary>A text on one line, safe for a terminal.</summary>
    private static string Line(string text) => TerminalText.Plain(text).Replace('\n', ' ');

    private static string Json(InputExplanation explanation, ContextSupport support, SentenceRanking ranking) => JsonSerializer.Serialize(
        new
        {
            response = explanation.Response,
            generated = explanation.Generated,
            ranking = ranking.Name,
            context = support.Context.Select(sentence => new { sentence.Text, sentence.Rank, sentence.Lean }),
            sentences = support.Response.Select(sentence => new
            {
                sentence.Text,
                supported = sentence.Support.Count > 0,
                support = sentence.Support.Select(one => new { one.Sentence, one.Lean }),
            }),
            measured = Measured,
        },
        ExplainCommand.Readable);
}
