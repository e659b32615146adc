using System.Text;
using System.Text.Unicode;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>Bytes as vocabularies write them: by GPT-2's printable characters (<c>Ġ</c> for a space), or as tokens such as <c>&lt;0x0A&gt;</c>.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = new char[256];
    private static readonly Dictionary<char, byte> Bytes = [];

    static ByteAlphabet()
    {
        // GPT-2's bytes_to_unicode: printable characters of Latin-1 stand for themselves, the other bytes for those from U+0100 on, in order.
        var next = 0x100;
        for (var one = 0; one < 256; one++)
        {
            var printable = one is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            Characters[one] = (char)(printable ? one : next++);
            Bytes[Characters[one]] = (byte)one;
        }
    }

    /// <summary>The character of each byte.</summary>
    public static IReadOnlyList<char> All => Characters;

    /// <summary>A text's UTF-8, a character for each byte.</summary>
    public static string Written(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(one => Characters[one]));

    /// <summary>The bytes of a token; one with a character that is none of these stands for its own UTF-8.</summary>
    public static byte[] Of(string token) =>
        token.All(Bytes.ContainsKey) ? [.. token.Select(character => Bytes[character])] : Encoding.UTF8.GetBytes(token);

    /// <summary>The token of a byte in vocabularies that fall back to bytes.</summary>
    public static string Token(byte one) => $"<0x{one:X2}>";

    /// <summary>Characters of a byte's token.</summary>
    public const int TokenLength = 6;

    /// <returns>Null: it is no token of a byte.</returns>
    public static byte? Byte(string token) =>
        token.Length == TokenLength && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4])
            ? Convert.ToByte(token[3..5], 16)
            : null;

    /// <summary>Joins runs of tokens of bytes; a run that is no UTF-8 gives a replacement character for each of its bytes.</summary>
    public static List<string> Joined(IReadOnlyList<string> tokens)
    {
        var (joined, run) = (new List<string>(tokens.Count), new List<byte>());
        foreach (var token in tokens)
        {
            if (Byte(token) is { } one)
            {
                run.Add(one);
                continue;
            }

            End();
            joined.Add(token);
        }

        End();
        return joined;

        void End()
        {
            if (run.Count == 0)
                return;
            byte[] bytes = [.. run];
            joined.Add(Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : new string('\uFFFD', bytes.Length));
            run.Clear();
        }
    }
}
