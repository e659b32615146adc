using System.Globalization;

namespace Interpret.Rehearsal;

/// <summary>A judge's question, known by the numbered words that it ends in.</summary>
/// <param name="Description">What is to fit.</param>
/// <param name="Words">The words.</param>
internal sealed record JudgedWords(string Description, IReadOnlyList<string> Words)
{
    private const int Fewest = 2;

    /// <returns>Null: it is another question.</returns>
    public static JudgedWords? Of(string user)
    {
        var lines = user.Split('\n');
        var last = Array.FindLastIndex(lines, line => Word(line, null) is not null);
        var words = new List<string>();
        var first = last;
        // Backwards, from the last number to 1.
        for (; first >= 0 && Word(lines[first], null) is { } word; first--)
            words.Insert(0, word);
        if (words.Count < Fewest || words.Index().Any(one => Word(lines[first + 1 + one.Index], one.Index + 1) is null))
            return null;
        // The line before the words that says something, but for what it begins with.
        var description = lines[..(first + 1)].LastOrDefault(line => line.Trim().Length > 0 && !line.Trim().EndsWith(':')) ?? "";
        return new(description[(description.IndexOf(':') + 1)..].Trim(), words);
    }

    /// <param name="line">A line.</param>
    /// <param name="number">The number that it has to have; null: any.</param>
    private static string? Word(string line, int? number)
    {
        var point = line.IndexOf(". ", StringComparison.Ordinal);
        return point > 0 && int.TryParse(line.AsSpan(0, point), NumberStyles.None, CultureInfo.InvariantCulture, out var found) && (number ?? found) == found
            && line[(point + 2)..] is { Length: > 0 } word ? word : null;
    }
}
