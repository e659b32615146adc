namespace Interpret.Exchange.Text;

/// <summary>
/// How the original's files write a text into one field of a tab-separated row: a newline is <c>/n</c>, a tab <c>/t</c>;
/// a field in double quotes loses them and <c>""</c> in it is one quote.
/// </summary>
public static class FieldText
{
    /// <summary>The text that a field holds. Decoded once: a second time would corrupt URLs, paths and quotes.</summary>
    public static string Decode(string field)
    {
        var text = field.Replace("/t", "\t").Replace("/n", "\n");
        if (text.StartsWith('"') && text.EndsWith('"')) text = text.Length == 1 ? "" : text[1..^1];
        return text.Replace("\"\"", "\"");
    }

    /// <summary>
    /// The field that <see cref="Decode"/> turns back into <paramref name="text"/>. The format has no escape for a slash: a text that
    /// itself holds <c>/n</c> or <c>/t</c> is written as it is, and read back otherwise, in the original's files too.
    /// </summary>
    public static string Encode(string text)
    {
        var field = text.Replace("\t", "/t").Replace("\n", "/n");
        var misread = (text.StartsWith('"') && text.EndsWith('"')) || text.Contains("\"\"");
        return misread ? $"\"{field.Replace("\"", "\"\"")}\"" : field;
    }
}
