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
}

public static class StudyStatus
{
    public const string Active = "active";
    public const string Cancelled = "cancelled";
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
    public long Id { get; set; }

    public required string StudyId { get; set; }

    public required string Stage { get; set; }

    public required string Model { get; set; }

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

/// <summary>A unit's life: waiting → queued → running → done or parked; back to waiting after a failure that may pass.</summary>
public static class UnitStatus
{
    public const string Waiting = "waiting";
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Done = "done";
    public const string Parked = "parked";
    public const string Cancelled = "cancelled";
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
