namespace Interpret.Storage;

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

    /// <summary>What the model read before the response, where a template wrapped the prompt; null: none did.</summary>
    public string? Rendered { get; set; }

    /// <summary>(n) A byte each: 1 for tokens of the template, which have density 0; null: there was no template.</summary>
    public byte[]? TemplateMask { get; set; }

    /// <summary>The case's importance score.</summary>
    public double Score { get; set; }

    /// <summary>n.</summary>
    public int InputTokens { get; set; }

    /// <summary>m.</summary>
    public int OutputTokens { get; set; }

    /// <summary><c>forward</c>, <c>reverse</c>, or <c>imported</c>.</summary>
    public required string Mode { get; set; }
}

/// <summary>Scores of a case by another method or of another target than those of its <see cref="AttributionRow"/>.</summary>
public sealed class AttributionScoresRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public required string PromptId { get; set; }

    public required string Method { get; set; }

    /// <summary><c>none</c> where the method has no target.</summary>
    public required string Target { get; set; }

    /// <summary>S, float32 little-endian, row-major (n, m).</summary>
    public required byte[] Scores { get; set; }

    /// <summary>The target's value at each response token (m), float32; empty where there is no target.</summary>
    public required byte[] Values { get; set; }

    /// <summary>How far the scores are from summing to what the target changes from the baseline on, as a share of that; null: not of this method.</summary>
    public double? CompletenessError { get; set; }
}

/// <summary>What another model holds likeliest, but for the token itself, in the place of each token of a response.</summary>
public sealed class ContrastTokensRow
{
    public required string StudyId { get; set; }

    /// <summary>Whose response.</summary>
    public required string Model { get; set; }

    public required string PromptId { get; set; }

    /// <summary>The other model, whose tokens they are.</summary>
    public required string Other { get; set; }

    /// <summary>The ids that it was given, int32 little-endian: BOS where it reads one, prompt and response.</summary>
    public required byte[] Read { get; set; }

    /// <summary>The tokens' ids (m), int32.</summary>
    public required byte[] Tokens { get; set; }

    /// <summary>The tokens (m), as its vocabulary writes them.</summary>
    public required List<string> Pieces { get; set; }
}

/// <summary>How far a ranking of a prompt's tokens is true to the model.</summary>
public sealed class FaithfulnessRow
{
    public required string StudyId { get; set; }

    public required string Model { get; set; }

    public required string PromptId { get; set; }

    public required string Ranking { get; set; }

    /// <summary>Mean probability of the response's tokens as the first tokens of the ranking are taken away, float32, share by share.</summary>
    public required byte[] Deletion { get; set; }

    /// <summary>The same with nothing but them.</summary>
    public required byte[] Insertion { get; set; }

    /// <summary>The same where numbers of embeddings are dropped with their tokens' weight.</summary>
    public double SoftDeletion { get; set; }

    /// <summary>The same where they are kept with it.</summary>
    public double SoftInsertion { get; set; }
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
public class ConceptRow
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

/// <summary>
/// A direction of the control: of a layer's directions turned at random within the space that they span. Its rank is a number and no more: nothing
/// orders these directions.
/// </summary>
public sealed class ControlConceptRow : ConceptRow;
