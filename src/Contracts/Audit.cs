using System.Globalization;

namespace Interpret.Contracts;

/// <summary>What came of a change.</summary>
public static class AuditOutcome
{
    /// <summary>It is under way, or the process that did it was killed.</summary>
    public const string Begun = "begun";

    public const string Done = "done";

    /// <summary>Nothing was changed: it could not be asked for so.</summary>
    public const string Refused = "refused";

    /// <summary>It broke off.</summary>
    public const string Failed = "failed";
}

/// <summary>What the audit log calls changes: the names of their commands, wherever they are made.</summary>
public static class AuditActions
{
    public const string Annotate = "annotate";
    public const string Archive = "archive";
    public const string ArchiveUndo = "archive-undo";
    public const string Cancel = "cancel";
    public const string Delete = "delete";
    public const string Drain = "drain";
    public const string Import = "import";
    public const string ModelsAdd = "models-add";
    public const string ModelsRemove = "models-remove";
    public const string Pause = "pause";
    public const string Priority = "priority";
    public const string Quota = "quota";
    public const string Resume = "resume";
    public const string Retry = "retry";
    public const string Submit = "submit";
    public const string TokensAdd = "tokens-add";
    public const string TokensRevoke = "tokens-revoke";
}

/// <summary>How the audit log writes what a change was made with.</summary>
public static class AuditDetail
{
    /// <summary>What was given, by name; null: nothing was.</summary>
    public static string? Of(params (string Name, object? Value)[] values)
    {
        var given = values.Select(value => (value.Name, Text: Convert.ToString(value.Value, CultureInfo.InvariantCulture)))
            .Where(value => !string.IsNullOrEmpty(value.Text));
        return string.Join(' ', given.Select(value => $"{value.Name}={value.Text}")) is { Length: > 0 } text ? text : null;
    }

    public static string? Of(QuotaChange change) => Of(
        ("rpm", change.RequestsPerMinute), ("tpm", change.TokensPerMinute), ("rpd", change.RequestsPerDay), ("spendLimit", change.SpendLimitUsd));

    /// <summary>Of an address scheme and host alone: more may be a secret.</summary>
    public static string? Of(AnnotationRequest request) => Of(
        ("passes", request.Passes), ("endpoint", request.Endpoint is { IsAbsoluteUri: true } at ? $"{at.Scheme}://{at.Authority}" : null),
        ("chatModel", request.ChatModel), ("spendLimit", request.SpendLimitUsd), ("batch", request.Batch ? "yes" : null));
}

/// <summary>An entry of the audit log.</summary>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Actor">Who: a token's name, <c>server</c>, a user of this machine, or what of a service did it by itself.</param>
/// <param name="Action">What, by the name of its command.</param>
/// <param name="Study">The study that it is about; null: none.</param>
/// <param name="Subject">What else it is about; null: nothing.</param>
/// <param name="Detail">How; null: there is no more to say.</param>
/// <param name="Outcome">What came of it: a name of <see cref="AuditOutcome"/>.</param>
public sealed record AuditEntry(long At, string Actor, string Action, string? Study, string? Subject, string? Detail, string Outcome);
