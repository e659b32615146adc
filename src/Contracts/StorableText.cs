namespace Interpret.Contracts;

/// <summary>Text that every database can store: PostgreSQL takes no U+0000.</summary>
public static class StorableText
{
    public static bool Is(string text) => !text.Contains('\0');

    /// <summary>The text with a replacement character for each that cannot be stored.</summary>
    public static string Of(string text) => text.Replace('\0', '\uFFFD');
}
