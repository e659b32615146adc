namespace Interpret.Exchange.Vocabularies;

/// <summary>Where Python's idea of white space differs from .NET's.</summary>
public static class PythonText
{
    /// <summary>As <c>str.isspace</c>: the information separators (U+001C to U+001F) are white space too.</summary>
    public static bool IsSpace(char letter) => char.IsWhiteSpace(letter) || letter is >= '\u001C' and <= '\u001F';

    /// <summary>As <c>str.split()</c>: what stands between runs of white space.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many are wanted at most; the rest of the text is not looked at.</param>
    public static IReadOnlyList<string> Split(string text, int most = int.MaxValue)
    {
        var (fields, start) = (new List<string>(), 0);
        for (var i = 0; i <= text.Length && fields.Count < most; i++)
        {
            if (i < text.Length && !IsSpace(text[i])) continue;
            if (i > start) fields.Add(text[start..i]);
            start = i + 1;
        }

        return fields;
    }
}
