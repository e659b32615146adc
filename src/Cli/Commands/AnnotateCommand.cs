using System.CommandLine;
using Interpret.AnnotatorWorker;
using Interpret.Cli.Clients;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Microsoft.Extensions.Configuration;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret annotate STUDY</c>: queues annotation passes, and works them on this machine or lets a cluster work them.</summary>
public static class AnnotateCommand
{
    private static readonly Option<double?> Passes =
        NumberOption.Create("--passes", "Passes there should be in the end; default: the study's.", 1, AnnotationRequest.MostPasses);

    private static readonly Option<Uri?> Endpoint = new("--endpoint")
    {
        Description = "Base address of an OpenAI-compatible service, such as http://127.0.0.1:8089/v1; default: the study's.",
        CustomParser = result => StudyClient.Address(result, "--endpoint"),
    };

    private static readonly Option<string?> ChatModel = new("--chat-model") { Description = "The chat model's name there; default: the study's." };
    private static readonly Option<string?> Prompts =
        new("--prompts") { Description = "Folder with summary.txt, task-label.txt and linguistic-label.txt, and detection.txt if need be; default: the study's." };
    private static readonly Option<double?> Limit = NumberOption.Create("--spend-limit", "Stop at this sum, in US dollars; default: the study's.", 0);
    private static readonly Option<string?> Messages = new("--messages") { Description = "How examples are put: system-examples, turns or user; default: the study's." };
    private static readonly Option<string?> Parameters = new("--parameters")
    {
        Description = $"Parameters that are sent, separated by commas, of {string.Join(", ", QuestionForm.Known)}; empty for none; default: the study's.",
    };

    private static readonly Option<double?> MaxTokens = NumberOption.Create(
        "--max-tokens", $"Longest answer, in tokens, where one of the parameters says it; default: {QuestionForm.UsualTokens}.", 1, QuestionForm.MostTokens);
    private static readonly Option<double?> Requests =
        NumberOption.Create("--rpm", "Requests a minute that the service lets through; on this machine, a cluster's annotators have settings.", 1);
    private static readonly Option<double?> Tokens =
        NumberOption.Create("--tpm", "Tokens a minute that the service lets through; on this machine, a cluster's annotators have settings.", 1);
    private static readonly Option<bool> Batch =
        new("--batch") { Description = "By the service's batch interface: half the price, within a day." };
    private static readonly Option<bool> Wait =
        new("--wait") { Description = "Follow a cluster until the passes have ended; on this machine they are always worked to their end." };

    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var command =
            new Command("annotate",
            "Lets a chat model name and classify a study's concepts, in several passes. Run again, it goes on where it stopped, or adds passes.")
        {
            study, Passes, Endpoint, ChatModel, Prompts, Messages, Parameters, MaxTokens, Limit, Requests, Tokens, Batch, Wait,
        };
        command.SetAction((parsed, cancel) => RunAsync(parsed, parsed.GetValue(study)!, cancel));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string study, CancellationToken cancel)
    {
        if (StudyClient.ServerOf(parsed) is not null && Local(parsed) is { } local)
        {
            Screen.Error.MarkupLine($"[red]error:[/] annotate: {local}");
            return ExitCodes.Usage;
        }

        var request = new AnnotationRequest(
            (int?)parsed.GetValue(Passes), parsed.GetValue(Endpoint), parsed.GetValue(ChatModel), parsed.GetValue(Limit), parsed.GetValue(Prompts) is { } folder
                ? PromptFiles.Texts(folder) : null, parsed.GetValue(Batch))
        { Form = Form(parsed) };
        request.Check();
        var settings = Settings(parsed); // what cannot be used is known before anything is queued
        var client = await StudyClient.OpenAsync(parsed, study, cancel);
        using var held = (client as LocalStudyClient)?.State.Lock();
        var queued = await client.AnnotateAsync(study, request, cancel);
        Screen.Error.MarkupLine(TerminalText.Escaped(
            $"{study}: {queued.Concepts} concepts{(queued.Control > 0 ? $" and {queued.Control} directions of the control" : "")} x {queued.Passes} passes, {queued.ChatModel} at {queued.Endpoint}{(queued.Rehearsal ? " (rehearsal)" : "")}, {queued.Added} work units added"));
        if (queued.LayersToCome > 0)
            Screen.Error.MarkupLine(
                $"[yellow]{queued.LayersToCome} feed-forward layers are not read out yet[/]; run this again when they are, it adds their concepts.");
        try
        {
            if (client is LocalStudyClient { State: var state })
                return await FinishAsync(client, queued, await StudyRun.AnnotateAsync(state, study, settings, cancel), cancel);
            return parsed.GetValue(Wait) ? await FinishAsync(client, queued, await WatchCommand.ProgressAsync(client, study, Stages.Annotation, cancel), cancel)
                : ExitCodes.Done;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Screen.Error.MarkupLine(client is LocalStudyClient
                ? $"Interrupted; [bold]interpret annotate {TerminalText.Escaped(study)}[/] goes on, and what was answered is kept."
                : $"No longer followed; the cluster goes on. [bold]interpret cancel {TerminalText.Escaped(study)}[/] stops it.");
            return ExitCodes.Parked;
        }
    }

    private static QuestionForm? Form(ParseResult parsed)
    {
        var messages = parsed.GetValue(Messages);
        if (messages is not null && !QuestionForm.MessageForms.ContainsKey(messages))
            throw new BadInputException(
                ErrorClasses.AnnotationRequest, "annotate", "--messages", string.Join(", ", QuestionForm.MessageForms.Keys), Quoted.Beginning(messages));
        return QuestionForm.Of(
            messages is null ? null : QuestionForm.MessageForms[messages],
            parsed.GetValue(Parameters)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            (int?)parsed.GetValue(MaxTokens));
    }

    /// <returns>Why the command is none for a server; null: it is one.</returns>
    private static string? Local(ParseResult parsed) =>
        parsed.GetValue(Requests) is not null || parsed.GetValue(Tokens) is not null
            ? "--rpm and --tpm take no --server: the quota of a cluster is set for its annotators, by Annotator__RequestsPerMinute and Annotator__TokensPerMinute."
            : null;

    private static AnnotatorSettings Settings(ParseResult parsed)
    {
        var configured = AnnotatorSettings.From(new ConfigurationBuilder().AddEnvironmentVariables().Build(), Environment.GetEnvironmentVariable);
        return configured with
        {
            Limits = configured.Limits with
            {
                RequestsPerMinute = parsed.GetValue(Requests) ?? configured.Limits.RequestsPerMinute,
                TokensPerMinute = parsed.GetValue(Tokens) ?? configured.Limits.TokensPerMinute,
            },
        };
    }

    /// <summary>Shows what the passes came to.</summary>
    private static async Task<int> FinishAsync(StudyClient client, AnnotationQueued queued, StudyProgress progress, CancellationToken cancel)
    {
        var summary = (await client.AnnotationsAsync(queued.Study, cancel)).Single(one => one.Rehearsal == queued.Rehearsal);
        AnnotationSummaryTable.Write(summary);
        WatchCommand.TellParked(progress, queued.Study);
        if (summary.Paused is { } reason)
            Screen.Error.MarkupLine($"[red]paused:[/] {TerminalText.Escaped(reason)}.");
        return progress.Parked + progress.Cancelled > 0 || summary.Paused is not null ? ExitCodes.Parked : ExitCodes.Done;
    }
}
