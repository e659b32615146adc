using System.Text;
using Interpret.Models.Tokenizers;

namespace Interpret.Explaining;

/// <summary>
/// The sentences of a context that a prompt holds, and the prompt's tokens on each. Tokens are placed by their pieces one after the other; a token that lies
/// across the end of a sentence belongs to both.
/// </summary>
/// <param name="Context">The context.</param>
/// <param name="Sentences">Where they lie in it, in UTF-16 units, as <see cref="Explaining.Sentences"/> cuts them.</param>
/// <param name="Tokens">The tokens of each, of the prompt's n.</param>
public sealed record ContextSentences(string Context, IReadOnlyList<Range> Sentences, IReadOnlyList<Range> Tokens)
{
    /// <param name="context">The context; where the prompt has it several times, the first place counts.</param>
    /// <param name="pieces">(n) the prompt's pieces, as its vocabulary writes them.</param>
    /// <returns>Null: the text of the pieces does not hold the context, letter by letter.</returns>
    public static ContextSentences? Of(string context, IReadOnlyList<string> pieces)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(pieces);
        foreach (var spelling in PieceSpelling.All)
        {
            if (Of(context, pieces, spelling) is { } placed) return placed;
        }

        return null;
    }

    /// <summary>Which sentences have a character in common with a part that is marked.</summary>
    /// <returns>A truth per sentence.</returns>
    public bool[] Marked(IReadOnlyList<CharacterSpan> evidence)
    {
        var places = new CharacterPlaces(Context);
        var parts = Joined(evidence);
        return [.. Sentences.Select(places.Of).Select(sentence =>
        {
            // Of the parts that end behind the sentence's start, the first begins first.
            var (low, high) = (0, parts.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (parts[middle].End <= sentence.Start) low = middle + 1;
                else high = middle;
            }

            return low < parts.Count && parts[low].Overlaps(sentence);
        })];
    }

    /// <summary>The score of each sentence: the mean over its tokens; 0 without tokens.</summary>
    /// <param name="values">(n) a value per token of the prompt.</param>
    public double[] Scores(IReadOnlyList<double> values) => [.. Tokens.Select(tokens =>
    {
        var (sum, count) = (0.0, tokens.End.Value - tokens.Start.Value);
        for (var i = tokens.Start.Value; i < tokens.End.Value; i++) sum += values[i];
        return count > 0 ? sum / count : 0;
    })];

    private static ContextSentences? Of(string context, IReadOnlyList<string> pieces, PieceSpelling spelling)
    {
        using var text = new MemoryStream();
        var ends = new long[pieces.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            text.Write(spelling.Bytes(pieces[i]));
            ends[i] = text.Length;
        }

        // Models read a prompt without the white space around it; the context may have stood at an end.
        var held = spelling.Held(context);
        var start = held.Length - held.TrimStart().Length;
        var part = held.Trim();
        var at = part.Length == 0 ? -1 : text.GetBuffer().AsSpan(0, (int)text.Length).IndexOf(Encoding.UTF8.GetBytes(part));
        if (at < 0) return null;

        var sentences = Explaining.Sentences.Of(context);
        var (tokens, unit, place, token) = (new List<Range>(sentences.Count), 0, (long)at, 0);
        foreach (var sentence in sentences)
        {
            var from = Place(sentence.Start.Value);
            var to = Place(sentence.End.Value);
            while (token < ends.Length && ends[token] <= from) token++;
            var end = token;
            while (end < ends.Length && (end == 0 ? 0 : ends[end - 1]) < to) end++;
            tokens.Add(token..end);
        }

        return new(context, sentences, tokens);

        // Asked of ascending units, it counts each byte once.
        long Place(int of)
        {
            of = Math.Clamp(of - start, 0, part.Length);
            place += Encoding.UTF8.GetByteCount(part.AsSpan(unit, of - unit));
            unit = of;
            return place;
        }
    }

    /// <summary>The parts in order, those that overlap as one: their ends ascend too.</summary>
    private static List<CharacterSpan> Joined(IEnumerable<CharacterSpan> parts)
    {
        var joined = new List<CharacterSpan>();
        foreach (var part in parts.OrderBy(part => part.Start))
        {
            if (joined.Count > 0 && part.Start <= joined[^1].End) joined[^1] = new(joined[^1].Start, Math.Max(joined[^1].End, part.End));
            else joined.Add(part);
        }

        return joined;
    }
}
