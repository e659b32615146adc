using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Datasets;

/// <summary>Where the evidence of a context lies.</summary>
internal static class EvidenceSpans
{
    private const string Field = "evidence";

    /// <summary>
    /// The parts of a context that some marks mean, in their order. A quotation that is a whole sentence means that sentence. Where a quotation occurs
    /// several times, it means the first place behind the mark before it, and where there is none behind, the first of all.
    /// </summary>
    /// <returns>Or <c>evidence-not-in-context</c>, which names the mark; <c>too-many-spans</c>: each that is no sentence is looked for in all of it.</returns>
    public static RowResult<IReadOnlyList<CharacterSpan>> Of(IReadOnlyList<Mark> marks, string context)
    {
        var places = new CharacterPlaces(context);
        var sentences = Whole(marks, context);
        var spans = new List<CharacterSpan>(marks.Count);
        for (int i = 0, behind = 0, searched = 0; i < marks.Count; i++)
        {
            var field = $"{Field}[{i}]";
            if (marks[i].Flaw(places, ErrorClasses.EvidenceNotInContext, field) is { } outside) return outside;
            if (marks[i].Quote is not { } quote)
            {
                spans.Add(marks[i].Span);
                behind = places.Units(marks[i].Span).End.Value;
                continue;
            }

            var at = First(sentences.GetValueOrDefault(quote), behind);
            if (at < 0 && ++searched > InstructionSpans.MostMarks)
                return new RowFlaw(ErrorClasses.TooManySpans, $"at most {InstructionSpans.MostMarks} quotations that are no sentences", "more", Field);
            if (at < 0) at = string.IsNullOrWhiteSpace(quote) ? -1 : Find(context, quote, behind);
            if (at < 0) return new RowFlaw(ErrorClasses.EvidenceNotInContext, "a part of the context", Quoted.Of(quote), field);
            behind = at + quote.Length;
            spans.Add(places.Of(at..behind));
        }

        return spans;
    }

    /// <summary>Where the quotations begin that are whole sentences; null of those that are none.</summary>
    private static Dictionary<string, List<int>?> Whole(IReadOnlyList<Mark> marks, string context)
    {
        var quoted = new Dictionary<string, List<int>?>(StringComparer.Ordinal);
        foreach (var mark in marks)
        {
            if (mark.Quote is { } quote) quoted[quote] = null;
        }

        var known = quoted.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var sentence in Sentences.Of(context))
        {
            var text = context.AsSpan()[sentence];
            if (known.TryGetValue(text, out var starts)) (known[text] = starts ?? []).Add(sentence.Start.Value);
        }

        return quoted;
    }

    /// <summary>The first place behind another, else the first of all; -1: there is none.</summary>
    private static int First(List<int>? places, int behind)
    {
        if (places is null) return -1;
        var at = places.BinarySearch(behind);
        return at >= 0 ? behind : ~at < places.Count ? places[~at] : places[0];
    }

    private static int Find(string context, string quote, int behind)
    {
        var next = LinearSearch.IndexOf(context.AsSpan(behind), quote);
        return next >= 0 ? behind + next : LinearSearch.IndexOf(context, quote);
    }
}
