namespace Interpret.Explaining;

/// <summary>Where a text's characters (code points) lie among its UTF-16 units, in logarithmic time.</summary>
public sealed class CharacterPlaces
{
    /// <summary>The second units of characters that take two, ascending.</summary>
    private readonly List<int> seconds = [];

    /// <param name="text">A text of whole characters.</param>
    public CharacterPlaces(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsLowSurrogate(text[i])) seconds.Add(i);
        }

        Count = text.Length - seconds.Count;
    }

    /// <summary>Characters of the text.</summary>
    public int Count { get; }

    /// <summary>Whether a part is one of the text: not empty, and within it.</summary>
    public bool Hold(CharacterSpan span) => span.Start >= 0 && span.Start < span.End && span.End <= Count;

    /// <summary>The part that lies at some UTF-16 units, counted from the start.</summary>
    public CharacterSpan Of(Range units) => new(Character(units.Start.Value), Character(units.End.Value));

    /// <summary>The UTF-16 units of a part.</summary>
    public Range Units(CharacterSpan span) => Unit(span.Start)..Unit(span.End);

    /// <summary>Characters in front of a unit.</summary>
    private int Character(int unit)
    {
        var at = seconds.BinarySearch(unit);
        return unit - (at < 0 ? ~at : at);
    }

    /// <summary>Units in front of a character.</summary>
    private int Unit(int character)
    {
        // The k-th character of two units has the number seconds[k] - k - 1; those in front take a unit more each.
        var (low, high) = (0, seconds.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (seconds[middle] - middle - 1 < character) low = middle + 1;
            else high = middle;
        }

        return character + low;
    }
}
