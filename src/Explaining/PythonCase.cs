using System.Globalization;
using System.Text;

namespace Interpret.Explaining;

/// <summary>
/// Lower, upper and capitalised forms as Python's <c>str.lower</c>, <c>str.upper</c> and <c>str.capitalize</c> make them, by Unicode's full
/// mappings: <c>ß</c> in capitals is <c>SS</c>, a sigma at the end of a word is <c>ς</c>. The original merges words by these forms, and .NET's
/// own mappings differ. Agrees with Python 3.11 on every code point but letters that Unicode has given a case since (14 there, 16 here).
/// </summary>
public static class PythonCase
{
    private const int CapitalSigma = 'Σ';
    private const int DottedCapitalI = 'İ';

    public static string Lower(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant()
        : LowerFrom(text.EnumerateRunes().ToArray(), 0, new StringBuilder());

    public static string Upper(string text)
    {
        if (Ascii.IsValid(text)) return text.ToUpperInvariant();
        var upper = new StringBuilder();
        foreach (var letter in text.EnumerateRunes())
            upper.Append(SpecialCasing.Upper(letter.Value) ?? Rune.ToUpperInvariant(letter).ToString());
        return upper.ToString();
    }

    /// <summary>The first letter in title case, which a few letters have beside their upper case, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        var letters = text.EnumerateRunes().ToArray();
        return LowerFrom(letters, 1, new StringBuilder(Title(letters[0])));
    }

    private static string Title(Rune letter) =>
        SpecialCasing.Title(letter.Value) ?? (IsGeorgian(letter.Value) ? letter : Rune.ToUpperInvariant(letter)).ToString();

    /// <summary>Georgian letters begin no word in capitals, though they have capitals.</summary>
    private static bool IsGeorgian(int letter) => letter is >= 0x10D0 and <= 0x10FF;

    private static string LowerFrom(Rune[] letters, int start, StringBuilder text)
    {
        for (var i = start; i < letters.Length; i++)
        {
            text.Append(letters[i].Value switch
            {
                CapitalSigma => EndsWord(letters, i) ? "ς" : "σ",
                DottedCapitalI => "i\u0307",
                _ => Rune.ToLowerInvariant(letters[i]).ToString(),
            });
        }

        return text.ToString();
    }

    /// <summary>Unicode's Final_Sigma: a letter before, none behind, marks and the like left aside.</summary>
    private static bool EndsWord(Rune[] letters, int at) =>
        letters[..at].Reverse().SkipWhile(IsCaseIgnorable).Take(1).Any(IsCased) && !letters[(at + 1)..].SkipWhile(IsCaseIgnorable).Take(1).Any(IsCased);

    private static bool IsCased(Rune letter) => Rune.GetUnicodeCategory(letter)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || letter.Value is 'ª' or 'º' or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static bool IsCaseIgnorable(Rune letter) => Rune.GetUnicodeCategory(letter)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || letter.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;
}
