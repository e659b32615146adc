namespace Interpret.Contracts;

/// <summary>Quotations of input in messages: they are cut short.</summary>
public static class Quoted
{
    /// <summary>Characters of a quotation at most.</summary>
    public const int Longest = 80;

    /// <summary>The beginning of a text, never half a character; control characters other than tabs are blanks.</summary>
    public static string Beginning(string text, int longest = Longest)
    {
        var cut = text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "…";
        return cut.Any(IsBlanked) ? new([.. cut.Select(letter => IsBlanked(letter) ? ' ' : letter)]) : cut;
    }

    /// <summary>The beginning of a text, in quotation marks.</summary>
    public static string Of(string text) => $"\"{Beginning(text)}\"";

    /// <summary>The first of some names, parted by commas, and how many more there are.</summary>
    /// <param name="names">The names.</param>
    /// <param name="most">How many are written out.</param>
    public static string List(IEnumerable<string> names, int most = 10)
    {
        List<string> all = [.. names];
        var shown = string.Join(", ", all.Take(most).Select(name => Beginning(name)));
        return all.Count <= most ? shown : $"{shown} and {all.Count - most:N0} more";
    }

    private static bool IsBlanked(char letter) => char.IsControl(letter) && letter != '\t';
}
