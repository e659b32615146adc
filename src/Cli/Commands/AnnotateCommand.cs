using System.CommandLine;
using Interpret.AnnotatorWorker;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Batches;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Cli.Embedded;
using Interpret.Orchestrator.Annotation;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.Extensions.Configuration;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret annotate STUDY</c>: queues annotation passes and works them.</summary>
public static class AnnotateCommand
{
    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var passes = NumberOption.Create("--passes", "Passes there should be in the end; default: the study's.", 1, 1000);
        var endpoint = new Option<Uri?>("--endpoint")
        {
            Description = "Base address of an OpenAI-compatible service, such as http://127.0.0.1:8089/v1; default: the study's.",
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
                    return address;
                result.AddError($"--endpoint must be an http or https address, found {result.Tokens[0].Value}");
                return null;
            },
        };
        var chatModel = new Option<string?>("--chat-model") { Description = "The chat model's name there; default: the study's." };
        var requests = NumberOption.Create("--rpm", "Requests a minute that the service lets through.", 1);
        var tokens = NumberOption.Create("--tpm", "Tokens a minute that the service lets through.", 1);
        var limit = NumberOption.Create("--spend-limit", "Stop at this sum, in US dollars; default: the study's.", 0);
        var batch = new Option<bool>("--batch") { Description = "By the service's batch interface: half the price, within a day." };
        var command = new Command("annotate", "Lets a chat model name and classify a study's concepts, in several passes. Run again, it goes on where it stopped, or adds passes.")
        {
            study, passes, endpoint, chatModel, requests, tokens, limit, batch,
        };
        command.SetAction((parsed, cancel) =>
        {
            var configured = AnnotatorSettings.From(new ConfigurationBuilder().AddEnvironmentVariables().Build(), Environment.GetEnvironmentVariable);
            var limits = configured.Limits with
            {
                RequestsPerMinute = parsed.GetValue(requests) ?? configured.Limits.RequestsPerMinute,
                TokensPerMinute = parsed.GetValue(tokens) ?? configured.Limits.TokensPerMinute,
            };
            var request = new AnnotationRequest((int?)parsed.GetValue(passes), parsed.GetValue(endpoint), parsed.GetValue(chatModel), parsed.GetValue(limit));
            return RunAsync(parsed.GetValue(study)!, request, configured with { Limits = limits }, parsed.GetValue(batch), cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(string study, AnnotationRequest request, AnnotatorSettings settings, bool batch, CancellationToken cancel)
    {
        var state = await EmbeddedState.OpenExistingAsync(cancel, study);
        using var held = state.Lock();
        var planner = new AnnotationPlanner(state.Storage);
        var endpoint = await planner.EndpointAsync(study, request, cancel);
        var queued = await planner.QueueAsync(study, request, await IsRehearsalAsync(planner, study, endpoint, cancel), cancel);
        Screen.Error.MarkupLine(Markup.Escape(
            $"{study}: {queued.Concepts} concepts x {queued.Passes} passes, {queued.ChatModel} at {queued.Endpoint}{(queued.Rehearsal ? " (rehearsal)" : "")}, {queued.Added} work units added"));
        if (queued.LayersToCome > 0)
            Screen.Error.MarkupLine($"[yellow]{queued.LayersToCome} feed-forward layers are not read out yet[/]; run this again when they are, it adds their concepts.");
        try
        {
            if (batch && await BatchAsync(state, queued, settings, cancel) is { } refused)
            {
                Screen.Error.MarkupLine($"[red]paused:[/] {Markup.Escape(refused)}.");
                return ExitCodes.Parked;
            }

            var progress = await StudyRun.AnnotateAsync(state, study, settings, cancel);
            var summary = await AnnotationSummary.ReadAsync(state.Storage, study, queued.Rehearsal, cancel);
            Screen.Output.Write(summary.Table());
            foreach (var line in summary.Notes())
                Screen.Error.MarkupLine(Markup.Escape(line));
            if (progress.Parked > 0)
                Screen.Error.MarkupLine($"[yellow]{progress.Parked} units parked[/]; see [bold]interpret failures {Markup.Escape(study)}[/].");
            if (summary.Paused is { } reason)
                Screen.Error.MarkupLine($"[red]paused:[/] {Markup.Escape(reason)}.");
            return progress.Parked > 0 || summary.Paused is not null ? ExitCodes.Parked : ExitCodes.Done;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Screen.Error.MarkupLine($"Interrupted; [bold]interpret annotate {Markup.Escape(study)}[/] goes on, and what was answered is kept.");
            return ExitCodes.Parked;
        }
    }

    /// <returns>Why it stands still; null: it does not.</returns>
    private static async Task<string?> BatchAsync(EmbeddedState state, AnnotationQueued queued, AnnotatorSettings settings, CancellationToken cancel)
    {
        using var service = new BatchService(settings, TimeProvider.System);
        using var ledger = new ChatLedger(state.Storage);
        try
        {
            await new UnitLedger(state.Storage, TimeProvider.System).ReleaseAllAsync(queued.Study, cancel);
            await new BatchRoute(state.Storage, new LivePlans(state.Storage), ledger, service, settings, TimeProvider.System)
                .RunAsync(queued.Study, queued.Rehearsal, line => Screen.Error.MarkupLine(Markup.Escape($"{queued.Study}: {line}")), cancel);
            return null;
        }
        catch (StandstillException e)
        {
            return e.Message;
        }
    }

    /// <summary>An endpoint that cannot be reached is what it was when its passes were queued: what is in the ledger needs nobody.</summary>
    private static async Task<bool> IsRehearsalAsync(AnnotationPlanner planner, string study, Uri endpoint, CancellationToken cancel)
    {
        try
        {
            return await EndpointProbe.IsRehearsalAsync(endpoint, cancel);
        }
        catch (HttpRequestException e)
        {
            return await planner.KnownRehearsalAsync(study, endpoint, cancel) ?? throw new HttpRequestException($"{endpoint}: {e.Message}", e);
        }
    }
}
