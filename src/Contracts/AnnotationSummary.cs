using System.Text.Json.Serialization;

namespace Interpret.Contracts;

/// <summary>How the annotation of a study stands, real or rehearsed.</summary>
/// <param name="Rehearsal">Whether a rehearsal endpoint answers.</param>
/// <param name="Endpoint">Who is asked.</param>
/// <param name="ChatModel">Which model there.</param>
/// <param name="Passes">Passes queued so far.</param>
/// <param name="Annotations">Annotations there are, of all passes and models.</param>
/// <param name="Uninterpretable">Of these, those whose summary is "cannot tell".</param>
/// <param name="Costs">Calls, tokens and money by stage, pass and model.</param>
/// <param name="Unknown">Unknown labels, those that came most often first.</param>
/// <param name="Batches">What was handed to the service's batch interface, in the order of time.</param>
/// <param name="Paused">Why the passes are paused, and what to do; null: they are not.</param>
public sealed record AnnotationSummary(
    bool Rehearsal, string Endpoint, string ChatModel, int Passes, int Annotations, int Uninterpretable,
    IReadOnlyList<AnnotationCost> Costs, IReadOnlyList<UnknownLabel> Unknown, IReadOnlyList<BatchSummary> Batches, string? Paused)
{
    /// <summary>The sum at which it stops, US dollars; null: no limit.</summary>
    public double? SpendLimitUsd { get; init; }

    /// <summary>Annotations of the control's directions there are, of all passes and models.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Control { get; init; }

    /// <summary>What may be asked of the chat model; null: nothing was asked yet.</summary>
    public QuotaUse? Quota { get; init; }

    /// <summary>What the calls cost, US dollars; null where a price is not known.</summary>
    public double? Spent() => Costs.Any(cost => cost.Usd is null) ? null : Costs.Sum(cost => cost.Usd);
}

/// <summary>What all annotators together ask of a chat model.</summary>
/// <param name="RequestsToday">Requests that went out today (UTC).</param>
/// <param name="RequestsPerMinute">Allowed by the service's own word; null: it said nothing.</param>
/// <param name="TokensPerMinute">The same of tokens.</param>
public sealed record QuotaUse(long RequestsToday, double? RequestsPerMinute, double? TokensPerMinute);

/// <summary>Questions that went to a service's batch interface together.</summary>
/// <param name="Id">The batch's name at the service.</param>
/// <param name="Questions">Questions in it.</param>
/// <param name="Answered">Of these, those that it answered; null: it is not known yet.</param>
/// <param name="SubmittedAt">When it was handed over.</param>
public sealed record BatchSummary(string Id, int Questions, int? Answered, DateTimeOffset SubmittedAt);

/// <summary>What one of the questions came to in a pass over a model's concepts.</summary>
/// <param name="Stage">Which question.</param>
/// <param name="Pass">From 1.</param>
/// <param name="Model">Whose concepts.</param>
/// <param name="Answers">Answers that concepts have.</param>
/// <param name="Calls">Calls that this study paid for; equal questions are asked once, and count where they were asked first.</param>
/// <param name="InputTokens">Tokens of the questions.</param>
/// <param name="CachedTokens">Of these, those that the service had cached.</param>
/// <param name="OutputTokens">Tokens of the answers.</param>
/// <param name="Usd">US dollars; null where a price is not known.</param>
/// <param name="Estimated">Calls whose tokens are an estimate, as the service did not say them.</param>
public sealed record AnnotationCost(
    string Stage, int Pass, string Model, int Answers, int Calls, long InputTokens, long CachedTokens, long OutputTokens, double? Usd, int Estimated);

/// <summary>A label that is none of those offered, and how often it came.</summary>
public sealed record UnknownLabel(string Stage, string Label, int Count);
