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

    /// <summary>Where several studies want the same workers, one of priority p gets 2^p shares.</summary>
    public int Priority { get; set; }

    /// <summary>Unix milliseconds since which it is archived: out of the lists, its reports as before. Null: it is not.</summary>
    public long? ArchivedAt { get; set; }

    /// <summary>How it stood when a webhook was last told, or had nothing to be told: a name of <c>StudyCondition</c>; null: nobody has looked.</summary>
    public string? Noticed { get; set; }
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

    /// <summary>The queue of the workers that host it; empty for imported results.</summary>
    public string Queue { get; set; } = "";

    /// <summary>For a tuned model: the model that it is compared with; null: the study's first base.</summary>
    public string? Parent { get; set; }

    /// <summary>For a tuned model: how it was trained. Models of one training and one parent differ by chance alone. Null: it stands alone.</summary>
    public string? Training { get; set; }

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

    /// <summary>The chat that ends in the prompt, as JSON: a list of <see cref="ChatMessage"/>; null: the prompt stands alone.</summary>
    public string? Messages { get; set; }

    /// <summary>What the instruction is about; null: the dataset does not say.</summary>
    public string? Context { get; set; }

    /// <summary>
    /// The parts of the context that people marked as what the answer rests on: start, end, start, end … in characters (Unicode code points) of the
    /// context. Null: nobody marked any.
    /// </summary>
    public List<int>? Evidence { get; set; }
}

/// <summary>A human's rating of a model's response.</summary>
public sealed class RatingRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public required string PromptId { get; set; }

    public double Rating { get; set; }
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
