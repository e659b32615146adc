using Interpret.Contracts;

namespace Interpret.Storage;

/// <summary>A declared experiment.</summary>
public sealed class StudyRow
{
    /// <summary>The study's name; unique.</summary>
    public required string Id { get; set; }

    /// <summary>The study file as submitted, paths made absolute (JSON).</summary>
    public required string Definition { get; set; }

    /// <summary>Hash of definition and data; submitting the same again is the same study.</summary>
    public required string ContentHash { get; set; }

    public required string Status { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long CreatedAt { get; set; }

    /// <summary>The span that submitted it (W3C trace context), so that its units belong to the same trace; null: nobody traced it.</summary>
    public string? Trace { get; set; }
}

/// <summary>A model of a study.</summary>
public sealed class ModelRow
{
    public required string StudyId { get; set; }

    public required string Name { get; set; }

    public required string Role { get; set; }

    public string? Size { get; set; }

    /// <summary>Directory of the checkpoint; null for imported results.</summary>
    public string? Checkpoint { get; set; }

    /// <summary>Hash of the checkpoint's files; a worker with others does not work for the study. Null: not known when it was submitted.</summary>
    public string? ContentHash { get; set; }

    /// <summary>For a tuned model: the base that it is compared with; null: the study's only one.</summary>
    public string? Base { get; set; }

    /// <summary>Place in the study file, from 0.</summary>
    public int Position { get; set; }
}

/// <summary>A prompt of a study's dataset, decoded.</summary>
public sealed class PromptRow
{
    public required string StudyId { get; set; }

    public required string Id { get; set; }

    /// <summary>Line of the dataset file, from 1 with its header.</summary>
    public int Row { get; set; }

    public required string Text { get; set; }

    public required string Reference { get; set; }

    /// <summary>Instruction spans, widened to sentences.</summary>
    public required List<string> Spans { get; set; }
}

/// <summary>A human's rating of a model's response.</summary>
public sealed class RatingRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public required string PromptId { get; set; }

    public double Rating { get; set; }
}

/// <summary>The smallest thing queued, retried and counted.</summary>
public sealed class WorkUnitRow
{
    /// <summary>A unit that waits for its first try.</summary>
    /// <param name="queue">The queue of the workers that can do it; empty: none can.</param>
    /// <param name="sequence">Its place in the order in which units of a queue are handed out.</param>
    public static WorkUnitRow Planned(string study, string stage, string model, string queue, string subject, long sequence) => new()
    {
        StudyId = study,
        Stage = stage,
        Model = model,
        Queue = queue,
        Subject = subject,
        Sequence = sequence,
        Status = UnitStatus.Waiting,
    };

    public long Id { get; set; }

    public required string StudyId { get; set; }

    public required string Stage { get; set; }

    public required string Model { get; set; }

    /// <summary>Where it is sent; empty for what no worker can do.</summary>
    public string Queue { get; set; } = "";

    /// <summary>What it is about: a prompt id, a layer, a range of heads; unique within study, stage and model.</summary>
    public required string Subject { get; set; }

    /// <summary>Order of publishing.</summary>
    public long Sequence { get; set; }

    public required string Status { get; set; }

    /// <summary>Times a worker has taken it.</summary>
    public int Attempts { get; set; }

    /// <summary>Unix milliseconds before which it is not published (again).</summary>
    public long NotBefore { get; set; }

    /// <summary>Unix milliseconds until which someone holds it; 0: nobody.</summary>
    public long LeaseUntil { get; set; }

    public string? Worker { get; set; }

    public string? ErrorClass { get; set; }

    public string? ErrorText { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long? EndedAt { get; set; }

    public double? Seconds { get; set; }
}

/// <summary>The explanation of one prompt by one model.</summary>
public sealed class AttributionRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public required string PromptId { get; set; }

    /// <summary>n prompt pieces.</summary>
    public required List<string> Input { get; set; }

    /// <summary>m response pieces.</summary>
    public required List<string> Output { get; set; }

    public required string Response { get; set; }

    /// <summary>True when the model wrote the response, false when it was given.</summary>
    public bool Generated { get; set; }

    /// <summary>S, float32 little-endian, row-major (n, m): raw, or quantised in files of the original.</summary>
    public required byte[] Scores { get; set; }

    /// <summary>p (m), float32; empty where a file has none.</summary>
    public required byte[] Confidences { get; set; }

    /// <summary>Importance density (n), float32.</summary>
    public required byte[] Density { get; set; }

    /// <summary>Instruction mask (n), a byte each.</summary>
    public required byte[] InstructionMask { get; set; }

    /// <summary>The case's importance score.</summary>
    public double Score { get; set; }

    /// <summary>n.</summary>
    public int InputTokens { get; set; }

    /// <summary>m.</summary>
    public int OutputTokens { get; set; }

    /// <summary><c>forward</c>, <c>reverse</c>, or <c>imported</c>.</summary>
    public required string Mode { get; set; }
}

/// <summary>A word of a study's vocabulary, with its static word vector frozen into the study.</summary>
public sealed class VocabularyRow
{
    public required string StudyId { get; set; }

    /// <summary>Place in the vocabulary, from 0; explanations order equal values by it.</summary>
    public int Position { get; set; }

    public required string Word { get; set; }

    public double Frequency { get; set; }

    /// <summary>Its static word vector, float32 little-endian; null where it has none: stopped, unknown, or the study has no vectors.</summary>
    public byte[]? Vector { get; set; }
}

/// <summary>What one query/key neuron pair of an attention head relates.</summary>
public sealed class AttentionPatternRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public int Layer { get; set; }

    public int Head { get; set; }

    /// <summary>Place among the head's neuron pairs by descending score, from 1.</summary>
    public int Rank { get; set; }

    /// <summary>The neuron pair's index in the head.</summary>
    public int Dim { get; set; }

    /// <summary>N: squared activations of queries and keys, summed over the vocabulary.</summary>
    public double Score { get; set; }

    /// <summary>Key words of the related pairs, by descending cosine.</summary>
    public required List<string> KeyWords { get; set; }

    /// <summary>Query words, pair by pair with <see cref="KeyWords"/>.</summary>
    public required List<string> QueryWords { get; set; }
}

/// <summary>
/// How many of a head's recurring word pairs hold each word: what Table 3 compares. A pair recurs when it occurs more than once in the
/// head, whichever word is the key.
/// </summary>
public sealed class HeadWordCountRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public int Layer { get; set; }

    public int Head { get; set; }

    /// <summary>Lower-cased words with a count, in ordinal order.</summary>
    public required List<string> Words { get; set; }

    /// <summary>A count per word as the paper counts: pairs are told apart by case.</summary>
    public required List<int> Counts { get; set; }

    /// <summary>A count per word with case variants of a pair taken as one.</summary>
    public required List<int> MergedCounts { get; set; }
}

/// <summary>A principal direction of a feed-forward layer, read out as words.</summary>
public sealed class ConceptRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public int Layer { get; set; }

    /// <summary>Place by descending explained variance, from 1.</summary>
    public int Rank { get; set; }

    /// <summary>Share of the layer's variance that the direction explains.</summary>
    public double Score { get; set; }

    /// <summary>Words by descending absolute projection.</summary>
    public required List<string> Words { get; set; }
}

/// <summary>A worker that is there, as it says of itself every few seconds.</summary>
public sealed class WorkerRow
{
    /// <summary>Machine and process.</summary>
    public required string Id { get; set; }

    /// <summary>The queue that it takes from.</summary>
    public required string Queue { get; set; }

    /// <summary>The model that it hosts; null for a worker that hosts none.</summary>
    public string? Model { get; set; }

    /// <summary>Hash of its checkpoint's files.</summary>
    public string? ContentHash { get; set; }

    /// <summary>Layers of its model.</summary>
    public int Layers { get; set; }

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; set; }

    /// <summary>Its devices, such as <c>cpu</c> or <c>cuda:0, cuda:1</c>.</summary>
    public required string Devices { get; set; }

    /// <summary>Bytes free on its devices.</summary>
    public long FreeMemory { get; set; }

    /// <summary>What it did on a plain product when it started, in GFLOP/s; 0: not measured.</summary>
    public double Speed { get; set; }

    /// <summary>Seconds from start to ready.</summary>
    public double StartSeconds { get; set; }

    /// <summary>Units that it ended since it started.</summary>
    public long Units { get; set; }

    /// <summary>Seconds that these took together.</summary>
    public double UnitSeconds { get; set; }

    /// <summary>The product's version.</summary>
    public required string Version { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long StartedAt { get; set; }

    /// <summary>Unix milliseconds; one that has been silent for long is gone.</summary>
    public long SeenAt { get; set; }
}

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
}

/// <summary>What a chat model said of a concept in one pass.</summary>
public sealed class AnnotationRow
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

    /// <summary>Unix milliseconds.</summary>
    public long SubmittedAt { get; set; }

    /// <summary>Unix milliseconds at which its answers were in the ledger; null: not yet.</summary>
    public long? FetchedAt { get; set; }
}
