namespace Interpret.Contracts;

/// <summary>Quotations of input in messages: they are cut short.</summary>
public static class Quoted
{
    private const int Longest = 60;

    /// <summary>The beginning of a text, never half a character; control characters other than tabs are blanks.</summary>
    public static string Beginning(string text, int longest = Longest)
    {
        var cut = text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)] + "…";
        return new([.. cut.Select(letter => char.IsControl(letter) && letter != '\t' ? ' ' : letter)]);
    }
}
