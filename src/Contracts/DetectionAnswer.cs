using System.Globalization;

namespace Interpret.Contracts;

/// <summary>
/// Reads a judge's answer: the numbers of words, the words themselves, or both, separated as lists are. As with labels whatever is none of those that
/// were offered is not guessed at; here it makes the answer one that cannot be read, since a word that is left out counts, too.
/// </summary>
public static class DetectionAnswer
{
    private const string None = "none";
    private static readonly char[] White = [' ', '\t', '\r'];
    private static readonly char[] AfterNumber = ['.', ')', ':', '-'];

    /// <summary>The places, from 0, of the words that the answer names; null: it cannot be read.</summary>
    /// <param name="answer">The answer as it was given.</param>
    /// <param name="words">The words in the order of the question. Where one of them is a number, an answer's number still means a place.</param>
    public static IReadOnlySet<int>? Places(string answer, IReadOnlyList<string> words)
    {
        var parts = AnswerText.Parts(answer).ToList();
        var places = new SortedSet<int>();
        if (parts is [var only] && only.Equals(None, StringComparison.OrdinalIgnoreCase) && Word(only, words) is null)
            return places;
        foreach (var part in parts)
        {
            if (Part(part, words) is not { } named)
                return null;
            places.UnionWith(named);
        }

        return parts.Count == 0 ? null : places;
    }

    /// <summary>One part of a list: a number, a word, a number with its word, or numbers with nothing but spaces or "and" between them.</summary>
    private static List<int>? Part(string part, IReadOnlyList<string> words)
    {
        if (Number(part, words) is { } number)
            return [number];
        if (Word(part, words) is { } word)
            return [word];
        var tokens = part.Split(White, StringSplitOptions.RemoveEmptyEntries);
        if (Each(tokens, token => Number(token, words)) is { } numbers)
            return numbers;
        if (tokens.Length > 1 && Number(tokens[0], words) is { } first && Word(part[tokens[0].Length..], words) is { } itsWord)
            return first == itsWord ? [first] : null;
        return Each(tokens, token => Number(token, words) ?? Word(token, words));
    }

    private static List<int>? Each(string[] tokens, Func<string, int?> read)
    {
        var places = tokens.Where(token => !token.Equals("and", StringComparison.OrdinalIgnoreCase)).Select(read).ToList();
        return places.Count > 0 && places.TrueForAll(place => place is not null) ? places.ConvertAll(place => place!.Value) : null;
    }

    /// <summary>What a word is known by in an answer: two of equal keys cannot be told apart.</summary>
    public static string Key(string word) => (AnswerText.Parts(word).ToList() is [var part] ? part : word).ToLowerInvariant();

    private static int? Number(string text, IReadOnlyList<string> words) =>
        int.TryParse(text.TrimEnd(AfterNumber), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= words.Count
            ? number - 1 : null;

    private static int? Word(string text, IReadOnlyList<string> words)
    {
        for (var place = 0; place < words.Count; place++)
        {
            if (Key(words[place]) == Key(text))
                return place;
        }

        return null;
    }
}
