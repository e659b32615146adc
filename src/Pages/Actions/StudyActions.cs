using System.Globalization;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Interpret.Pages.Actions;

/// <summary>What operators can do on pages. Each is asked for by a form on a page of its own, needs a session and is logged.</summary>
internal static class StudyActions
{
    public static Kinds<StudyAction> All { get; } = new(
        "action",
        new StudyAction(
            AuditActions.Retry, "Retry", "Parked units are tried again, from their first try. Rows and files that were rejected stay aside.", ActionInput.ErrorClass,
            async (tools, study, form, cancel) => await tools.Ledger.RetryAsync(study, string.IsNullOrEmpty(form.Value) ? null : form.Value, cancel),
            count => $"{count:N0} units will be tried again."),
        new StudyAction(
            AuditActions.Cancel, "Cancel", "What has not begun is stopped at once; units in hand finish, annotation stops after the question in hand.", ActionInput.None,
            async (tools, study, _, cancel) => (await tools.Ledger.CancelAsync(study, cancel)).Stopped, count => $"{count:N0} units cancelled."),
        new StudyAction(
            AuditActions.Resume, "Resume", "What was cancelled goes on, and annotation that was paused.", ActionInput.None,
            async (tools, study, _, cancel) => await tools.Ledger.ResumeAsync(study, cancel), count => $"{count:N0} units go on."),
        new StudyAction(
            AuditActions.Priority, "Priority", "Where several studies want the same workers, one of priority p gets 2^p shares.", ActionInput.Priority,
            async (tools, study, form, cancel) =>
            {
                var priority = int.TryParse(form.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
                    : throw new BadInputException(ErrorClasses.BadNumber, study, "priority", "a whole number", $"'{form.Value}'");
                await tools.Operations.SetPriorityAsync(study, priority, cancel);
                return priority;
            },
            priority => $"Its priority is {priority}."),
        new StudyAction(
            AuditActions.Pause, "Pause annotation", "Annotation stops after the questions in hand, until the study is resumed. Other stages go on.", ActionInput.None,
            async (tools, study, _, cancel) =>
            {
                await tools.Annotation.PauseAsync(study, cancel);
                return 0;
            },
            _ => "Annotation is paused.") { OfAnnotation = true },
        new StudyAction(
            AuditActions.Quota, "Quota",
            "Limits hold from now on, in place of the annotators' settings; empty: as these say. They are those of the chat model at its service, for all studies; the spend limit is this study's, empty: none. What is paused stays paused until the study is resumed.",
            ActionInput.Quota,
            async (tools, study, form, cancel) =>
            {
                await tools.Annotation.ChangeQuotaAsync(study, new QuotaChange(
                    Limit(form.Requests, study, "requests a minute"), Limit(form.Tokens, study, "tokens a minute"), (long)Limit(form.Day, study, "requests a day"),
                    Limit(form.SpendLimit, study, "spend limit")), cancel);
                return 0;
            },
            _ => "The quota is changed.") { OfAnnotation = true },
        new StudyAction(
            AuditActions.Archive, "Archive", "The study is out of the lists; its reports and its page are as before. It must have ended or be cancelled.", ActionInput.None,
            async (tools, study, _, cancel) =>
            {
                await tools.Operations.ArchiveAsync(study, archived: true, cancel);
                return 0;
            },
            _ => "Archived.") { IsShown = study => study is { Ended: true, ArchivedAt: null } },
        new StudyAction(
            AuditActions.ArchiveUndo, "Take out of the archive", "The study is in the lists again.", ActionInput.None,
            async (tools, study, _, cancel) =>
            {
                await tools.Operations.ArchiveAsync(study, archived: false, cancel);
                return 0;
            },
            _ => "It is out of the archive.") { IsShown = study => study.ArchivedAt is not null },
        new StudyAction(
            AuditActions.Delete, "Delete", "The study goes, with everything that was found for it; nothing brings it back. It must have ended or be cancelled.", ActionInput.None,
            async (tools, study, _, cancel) => await tools.Operations.DeleteAsync(study, cancel: cancel), count => $"Deleted, {count:N0} rows.") { Ends = true });

    public static void MapActions(this IEndpointRouteBuilder app)
    {
        app.MapPost("/study/{study}/do/{name}", async (
            string study, string name, [FromForm] string? value, [FromForm] string? requests, [FromForm] string? tokens, [FromForm] string? day,
            [FromForm] string? spendLimit, [AsParameters] StudyTools tools, IDbContextFactory<InterpretContext> database, ILoggerFactory logs,
            HttpContext context, CancellationToken cancel) =>
        {
            var action = All.Named(name, "request");
            await using (var rows = await database.CreateDbContextAsync(cancel)) await rows.RequireStudyAsync(study, cancel);
            var count = await action.DoAsync(tools, study, new(value, requests, tokens, day, spendLimit), cancel);
            var filled = string.Join(' ', new[] { value, requests, tokens, day, spendLimit }.Where(text => !string.IsNullOrEmpty(text)));
            AuditRules.NoteOf(context).Detail =
                AuditDetail.Of(("value", value), ("requests", requests), ("tokens", tokens), ("day", day), ("spendLimit", spendLimit));
            Log(logs, context, $"{action.Name} {filled}".TrimEnd(), study, count);
            return Results.LocalRedirect(action.Ends ? "/" : Show.Study(study, string.Create(CultureInfo.InvariantCulture, $"?done={name}&count={count}")));
        }).Audits("{name}").AddEndpointFilter(RequireSessionAsync);
        app.MapPost("/workers/{worker}/drain", async (
            string worker, [FromForm] string? value, StudyOperations operations, ILoggerFactory logs, HttpContext context, CancellationToken cancel) =>
        {
            await operations.DrainAsync(worker, cancel);
            Log(logs, context, "drain", worker, 1);
            return Results.LocalRedirect($"/workers?drained={Uri.EscapeDataString(worker)}");
        }).Audits(AuditActions.Drain).AddEndpointFilter(RequireSessionAsync);
    }

    /// <summary>A limit as it was typed; nothing, or 0: none.</summary>
    private static double Limit(string? typed, string study, string what) => string.IsNullOrWhiteSpace(typed) ? 0
        : double.TryParse(typed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= QuotaChange.Most ? number
        : throw new BadInputException(ErrorClasses.BadNumber, study, what, $"a number from 0 to {QuotaChange.Most:0}", Quoted.Of(typed));

    /// <summary>What is done on a page is done in a session, also where reading is open.</summary>
    private static async ValueTask<object?> RequireSessionAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next) =>
        invocation.HttpContext.User.Identity is { IsAuthenticated: true } ? await next(invocation) : Results.Unauthorized();

    private static void Log(ILoggerFactory logs, HttpContext context, string action, string what, long count) =>
        logs.CreateLogger(typeof(StudyActions)).LogInformation(
            "{Action} of {What} on a page, from {Address}: {Count}", action, what, context.Connection.RemoteIpAddress, count);
}
