namespace Interpret.Storage;

/// <summary>How a study's concepts are annotated: settings and prompts frozen when the passes were queued.</summary>
public sealed class AnnotationPlanRow
{
    public required string StudyId { get; set; }

    /// <summary>Whether a rehearsal endpoint answers; its annotations are kept apart from real ones.</summary>
    public bool Rehearsal { get; set; }

    /// <summary>Base address of the OpenAI-compatible service.</summary>
    public required string Endpoint { get; set; }

    /// <summary>The chat model's name there.</summary>
    public required string ChatModel { get; set; }

    /// <summary>Words of a concept that the chat model is shown.</summary>
    public int Words { get; set; }

    /// <summary>Passes queued so far.</summary>
    public int Passes { get; set; }

    /// <summary>US dollars; null: no limit.</summary>
    public double? SpendLimitUsd { get; set; }

    /// <summary>The three questions with their examples (JSON).</summary>
    public required string Prompts { get; set; }

    /// <summary>Why the passes are paused, and what to do; null: they are not.</summary>
    public string? Paused { get; set; }

    /// <summary>What stands in the way of answers for now, and since when; null: nothing.</summary>
    public string? Trouble { get; set; }

    /// <summary>Whether its questions go to the service's batch interface; its units then wait for the answers.</summary>
    public bool Batch { get; set; }
}

/// <summary>What a chat model said of a concept in one pass.</summary>
public class AnnotationRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    /// <summary>True when a rehearsal endpoint said it.</summary>
    public bool Rehearsal { get; set; }

    /// <summary>From 1.</summary>
    public int Pass { get; set; }

    public int Layer { get; set; }

    /// <summary>The concept's rank, from 1.</summary>
    public int Rank { get; set; }

    /// <summary>The chat model that said it; empty for imported annotations.</summary>
    public required string ChatModel { get; set; }

    /// <summary>The summary as it was given.</summary>
    public required string Summary { get; set; }

    /// <summary>False when the summary is "cannot tell": the concept has no labels then.</summary>
    public bool Interpretable { get; set; }

    /// <summary>The answer to the question for tasks as it was given; null: not asked.</summary>
    public string? TaskText { get; set; }

    /// <summary>Task labels found in the answer, in the order of the question; empty where it is none of them.</summary>
    public required List<string> Tasks { get; set; }

    /// <summary>The answer to the question for the linguistic level as it was given; null: not asked.</summary>
    public string? LinguisticText { get; set; }

    /// <summary>The linguistic level; null where the answer names none.</summary>
    public string? Linguistic { get; set; }

    /// <summary>The judge's answer as it was given; null: not asked.</summary>
    public string? DetectionText { get; set; }

    /// <summary>Of the concept's own words, those that the judge took for its; null: not asked, or an answer that cannot be read.</summary>
    public int? DetectionHits { get; set; }

    /// <summary>Of the other words, those that the judge took for the concept's; null: as above.</summary>
    public int? DetectionFalseAlarms { get; set; }
}

/// <summary>What a chat model said of a direction of the control in one pass.</summary>
public sealed class ControlAnnotationRow : AnnotationRow
{
    /// <summary>The same, said of a direction of the control.</summary>
    public static ControlAnnotationRow Of(AnnotationRow row) => new()
    {
        StudyId = row.StudyId,
        Model = row.Model,
        Rehearsal = row.Rehearsal,
        Pass = row.Pass,
        Layer = row.Layer,
        Rank = row.Rank,
        ChatModel = row.ChatModel,
        Summary = row.Summary,
        Interpretable = row.Interpretable,
        TaskText = row.TaskText,
        Tasks = row.Tasks,
        LinguisticText = row.LinguisticText,
        Linguistic = row.Linguistic,
        DetectionText = row.DetectionText,
        DetectionHits = row.DetectionHits,
        DetectionFalseAlarms = row.DetectionFalseAlarms,
    };
}

/// <summary>A chat call that was answered, and what it cost: the ledger. Equal questions are asked once.</summary>
public sealed class ChatCallRow
{
    /// <summary>Hash of endpoint, chat model, messages and parameters, and of the pass for sampled answers.</summary>
    public required string Id { get; set; }

    /// <summary>Who asked first.</summary>
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public required string Stage { get; set; }

    public int Pass { get; set; }

    public required string Endpoint { get; set; }

    public required string ChatModel { get; set; }

    public bool Rehearsal { get; set; }

    /// <summary>The answer's text.</summary>
    public required string Answer { get; set; }

    public int InputTokens { get; set; }

    /// <summary>Of the input tokens, those that the service had cached.</summary>
    public int CachedTokens { get; set; }

    public int OutputTokens { get; set; }

    /// <summary>Whether the tokens are an estimate: the service did not say what it counted.</summary>
    public bool Estimated { get; set; }

    /// <summary>By the price table of the worker that asked; null where it has no price for the chat model.</summary>
    public double? Usd { get; set; }

    public double Seconds { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long AskedAt { get; set; }
}

/// <summary>What all annotators together may still ask of a chat model; they take from it in small slices, one conditional update at a time.</summary>
public sealed class ChatQuotaRow
{
    public required string Endpoint { get; set; }

    public required string ChatModel { get; set; }

    /// <summary>Requests that may go out now; grows with time.</summary>
    public double Requests { get; set; }

    /// <summary>Tokens that may go out now; below 0 when answers were longer than thought.</summary>
    public double Tokens { get; set; }

    /// <summary>Unix milliseconds up to which the growth is counted.</summary>
    public long FilledAt { get; set; }

    /// <summary>Unix milliseconds before which nothing goes out: the service asked for a pause.</summary>
    public long HoldUntil { get; set; }

    /// <summary>Requests a minute by the service's own word; null: it said nothing.</summary>
    public double? ToldRequests { get; set; }

    /// <summary>Tokens a minute by the service's own word.</summary>
    public double? ToldTokens { get; set; }

    /// <summary>Tokens that batches may hold at the service at a time, by its own word; null: it said nothing.</summary>
    public double? ToldBatchTokens { get; set; }

    /// <summary>Requests a minute as an operator set it, in place of the annotators' settings; null: as these say.</summary>
    public double? SetRequests { get; set; }

    /// <summary>Tokens a minute, likewise.</summary>
    public double? SetTokens { get; set; }

    /// <summary>Requests a day, likewise.</summary>
    public long? SetRequestsPerDay { get; set; }

    /// <summary>Days from 1970 (UTC) to the one that <see cref="DayRequests"/> counts.</summary>
    public long Day { get; set; }

    /// <summary>Requests that went out on that day.</summary>
    public long DayRequests { get; set; }

    /// <summary>Grows with each change: whoever changes a row that has changed meanwhile looks again.</summary>
    public long Version { get; set; }
}

/// <summary>Questions that were handed to a service's batch interface and are being answered there.</summary>
public sealed class ChatBatchRow
{
    /// <summary>The batch's name at the service.</summary>
    public required string Id { get; set; }

    public required string StudyId { get; set; }

    public bool Rehearsal { get; set; }

    public required string Endpoint { get; set; }

    public int Questions { get; set; }

    /// <summary>Tokens of questions and answers, as estimated.</summary>
    public double Tokens { get; set; }

    /// <summary>US dollars that it will cost, as estimated; null where the chat model has no price.</summary>
    public double? Usd { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long SubmittedAt { get; set; }

    /// <summary>Unix milliseconds at which its answers were in the ledger; null: not yet.</summary>
    public long? FetchedAt { get; set; }

    /// <summary>Questions that it answered; null: not known yet.</summary>
    public int? Answered { get; set; }
}

/// <summary>A question that was handed over in a batch and has no answer so far.</summary>
public sealed class ChatBatchQuestionRow
{
    /// <summary>Its place in the ledger.</summary>
    public required string Id { get; set; }

    /// <summary>The batch that holds it now; null: none does.</summary>
    public string? BatchId { get; set; }

    /// <summary>Batches that it was in.</summary>
    public int Tries { get; set; }
}

/// <summary>What an annotator may still spend of a plan's limit: money for calls that are not in the ledger yet.</summary>
public sealed class ChatReservationRow
{
    public required string StudyId { get; set; }

    public bool Rehearsal { get; set; }

    /// <summary>The annotator's process.</summary>
    public required string Holder { get; set; }

    /// <summary>US dollars.</summary>
    public double Usd { get; set; }

    /// <summary>Unix milliseconds until which it counts: a process that died holds it no longer than that.</summary>
    public long Until { get; set; }
}
