using Interpret.Explaining;
using Interpret.Storage;

namespace Interpret.Exchange.Rows;

/// <summary>Turns what the global methods found, in vocabulary indices, into rows of words.</summary>
public static class GlobalRows
{
    /// <summary>A head's rows: one per neuron pair, and what Table 3 counts.</summary>
    public static (IReadOnlyList<AttentionPatternRow> Patterns, HeadWordCountRow Counts) From(
        string study, string model, HeadPatterns head, IReadOnlyList<string> words)
    {
        var patterns = head.Dims.Select((dim, index) => new AttentionPatternRow
        {
            StudyId = study,
            Model = model,
            Layer = head.Layer,
            Head = head.Head,
            Rank = index + 1,
            Dim = dim.Dim,
            Score = dim.Score,
            KeyWords = [.. dim.Pairs.Select(pair => words[pair.Key])],
            QueryWords = [.. dim.Pairs.Select(pair => words[pair.Query])],
        }).ToList();
        return (patterns, Count(patterns));
    }

    /// <summary>Counts the words of a head from all of its rows.</summary>
    public static HeadWordCountRow Count(IReadOnlyList<AttentionPatternRow> head)
    {
        var counts = HeadWordCounts.Of(head.Select(dim => dim.KeyWords.Zip(dim.QueryWords)));
        return new HeadWordCountRow
        {
            StudyId = head[0].StudyId,
            Model = head[0].Model,
            Layer = head[0].Layer,
            Head = head[0].Head,
            Words = [.. counts.Words],
            Counts = [.. counts.Counts],
            MergedCounts = [.. counts.MergedCounts],
        };
    }

    /// <summary>A layer's rows, one per concept.</summary>
    public static IReadOnlyList<ConceptRow> From(string study, string model, LayerConcepts layer, IReadOnlyList<string> words) =>
        [.. layer.Concepts.Select((concept, index) => new ConceptRow
        {
            StudyId = study,
            Model = model,
            Layer = layer.Layer,
            Rank = index + 1,
            Score = concept.Score,
            Words = [.. concept.Words.Select(word => words[word])],
        })];

    /// <summary>The rows of a layer's control, one per direction.</summary>
    public static IReadOnlyList<ControlConceptRow> ControlFrom(string study, string model, LayerConcepts layer, IReadOnlyList<string> words) =>
        [.. From(study, model, layer with { Concepts = layer.Control }, words).Select(row => new ControlConceptRow
        {
            StudyId = row.StudyId,
            Model = row.Model,
            Layer = row.Layer,
            Rank = row.Rank,
            Score = row.Score,
            Words = row.Words,
        })];
}
