using System.Globalization;
using System.Text;

namespace Interpret.Models.Pickles;

/// <summary>The two escaped text forms of protocol 0.</summary>
internal static class PickleEscapes
{
    /// <summary>UNICODE: Latin-1 with <c>\uXXXX</c> and <c>\UXXXXXXXX</c>; every other backslash stands for itself.</summary>
    public static string RawUnicode(string line, PickleContext context)
    {
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            var width = line[i] != '\\' || i + 1 == line.Length ? 0 : line[i + 1] switch { 'u' => 4, 'U' => 8, _ => 0 };
            if (width == 0) text.Append(line[i]);
            else i = AppendCode(text, line, i + 2, width, context);
        }

        return text.ToString();
    }

    /// <summary>STRING: a quoted Python literal of bytes, read as Latin-1.</summary>
    public static string Quoted(string line, PickleContext context)
    {
        if (line.Length < 2 || line[0] is not ('\'' or '"') || line[^1] != line[0])
            throw context.Malformed("a quoted string", PickleContext.Printable(line));

        var text = new StringBuilder(line.Length);
        for (var i = 1; i < line.Length - 1; i++)
        {
            if (line[i] != '\\')
            {
                text.Append(line[i]);
                continue;
            }

            i++;
            if (i == line.Length - 1) throw context.Malformed("an escaped character", "the end of the string");
            if (line[i] is 'x')
            {
                i = AppendCode(text, line, i + 1, 2, context);
            }
            else if (line[i] is >= '0' and <= '7')
            {
                var (value, end) = (0, Math.Min(i + 3, line.Length - 1));
                for (; i < end && line[i] is >= '0' and <= '7'; i++) value = (value * 8) + (line[i] - '0');
                i--;
                text.Append((char)(value & 0xff));
            }
            else
            {
                text.Append(line[i] switch
                {
                    'n' => "\n",
                    't' => "\t",
                    'r' => "\r",
                    'a' => "\a",
                    'b' => "\b",
                    'f' => "\f",
                    'v' => "\v",
                    '\\' => "\\",
                    '\'' => "'",
                    '"' => "\"",
                    var other => $"\\{other}",
                });
            }
        }

        return text.ToString();
    }

    /// <summary>Appends the character of a hexadecimal code and returns the index of its last digit.</summary>
    private static int AppendCode(StringBuilder text, string line, int start, int width, PickleContext context)
    {
        if (start + width > line.Length
            || !int.TryParse(line.AsSpan(start, width), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code is < 0 or > 0x10ffff)
            throw context.Malformed($"{width} hexadecimal digits of a character", PickleContext.Printable(line[start..]));
        if (code > 0xffff) text.Append(char.ConvertFromUtf32(code));
        else text.Append((char)code);
        return start + width - 1;
    }
}
