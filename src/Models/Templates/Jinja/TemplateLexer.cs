using System.Globalization;
using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>Kinds of tokens of a template.</summary>
internal enum TokenKind
{
    /// <summary>Text that is put out as it stands.</summary>
    Data,

    /// <summary>What begins an expression that is put out.</summary>
    VariableBegin,

    /// <summary>What ends it.</summary>
    VariableEnd,

    /// <summary>What begins a statement.</summary>
    BlockBegin,

    /// <summary>What ends it.</summary>
    BlockEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A text in quotation marks, its escapes undone.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A number with a fraction or exponent.</summary>
    Fraction,

    /// <summary>An operator or a bracket.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}

/// <summary>A token, its writing, and the line in which it begins.</summary>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Line)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    public bool IsName(string name) => Is(TokenKind.Name, name);

    public bool IsOperator(string sign) => Is(TokenKind.Operator, sign);

    /// <summary>As errors name it.</summary>
    public string Described => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd => "the end of the statement",
        TokenKind.VariableEnd => "the end of the expression",
        _ => Contracts.Quoted.Of(Text),
    };
}

/// <summary>
/// Cuts a template into tokens as Jinja 3.1 does with <c>trim_blocks</c> and <c>lstrip_blocks</c>, which chat templates are written for: the line
/// end behind a statement or comment is dropped, and so are the blanks before it where nothing else begins its line.
/// </summary>
internal sealed class TemplateLexer
{
    private static readonly string[] Signs =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string text;
    private readonly TemplateRun run;
    private readonly List<TemplateToken> tokens = [];
    private int at;
    private bool beginsLine = true;

    private TemplateLexer(string text, TemplateRun run)
    {
        run.RequireLength(text.Length);
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        this.text = text.EndsWith('\n') ? text[..^1] : text; // as Jinja does: the file's last line end is not the template's
        this.run = run;
    }

    public static List<TemplateToken> Read(string text, TemplateRun run)
    {
        var lexer = new TemplateLexer(text, run);
        while (lexer.at < lexer.text.Length)
            lexer.ReadPart();
        lexer.tokens.Add(new TemplateToken(TokenKind.End, "", run.Line));
        return lexer.tokens;
    }

    // Text up to the next tag, and the tag.
    private void ReadPart()
    {
        var begin = at;
        while (begin < text.Length && !(text[begin] == '{' && begin + 1 < text.Length && text[begin + 1] is '{' or '%' or '#'))
            begin = text.IndexOf('{', begin + 1) is var next and >= 0 ? next : text.Length;
        if (begin >= text.Length)
        {
            Emit(text[at..]);
            at = text.Length;
            return;
        }

        var kind = text[begin + 1];
        var sign = begin + 2 < text.Length && text[begin + 2] is '-' or '+' ? text[begin + 2] : '\0';
        Emit(Stripped(text[at..begin], sign, kind));
        Advance(begin + (sign == '\0' ? 2 : 3));
        if (kind == '#')
            ReadComment();
        else if (kind == '{')
            ReadTag(TokenKind.VariableBegin, TokenKind.VariableEnd, "}}", begin);
        else if (RawBegins())
            ReadRaw();
        else
            ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}", begin);
    }

    private string Stripped(string data, char sign, char kind)
    {
        if (sign == '-')
            return data.TrimEnd(PythonText.Blanks);
        if (sign == '+' || kind == '{')
            return data;
        var line = data.LastIndexOf('\n') + 1;
        return (line > 0 || beginsLine) && line < data.Length && data.AsSpan(line).Trim(PythonText.Blanks).IsEmpty ? data[..line] : data;
    }

    private void Emit(string data)
    {
        if (data.Length > 0)
            tokens.Add(new TemplateToken(TokenKind.Data, data, run.Line));
    }

    // Moves on and counts lines.
    private void Advance(int to)
    {
        run.Line += text.AsSpan(at, to - at).Count('\n');
        at = to;
        beginsLine = to > 0 && text[to - 1] == '\n';
    }

    // Behind the end of a tag: blanks after "-", else the line end of a statement or comment.
    private void End(int end, char sign, bool trimsLine)
    {
        if (sign == '-')
        {
            while (end < text.Length && PythonText.IsBlank(text[end]))
                end++;
        }
        else if (sign != '+' && trimsLine && end < text.Length && text[end] == '\n')
        {
            end++;
        }

        Advance(end);
    }

    private void ReadComment()
    {
        var end = text.IndexOf("#}", at, StringComparison.Ordinal);
        if (end < 0)
            throw run.Bad("the end of the comment, #}", "the end of the template");
        End(end + 2, end > at && text[end - 1] is '-' or '+' ? text[end - 1] : '\0', trimsLine: true);
    }

    private bool RawBegins()
    {
        var word = SkipBlanks(at);
        return text.AsSpan(word).StartsWith("raw") && SkipBlanks(word + 3) is var end
            && (text.AsSpan(end).StartsWith("%}") || text.AsSpan(end).StartsWith("-%}"));
    }

    private void ReadRaw()
    {
        var end = SkipBlanks(SkipBlanks(at) + 3);
        var sign = text[end] == '-' ? '-' : '\0';
        End(end + (sign == '-' ? 3 : 2), sign, trimsLine: false);
        for (var begin = at; ; begin += 2)
        {
            begin = text.IndexOf("{%", begin, StringComparison.Ordinal);
            if (begin < 0)
                throw run.Bad("{% endraw %}", "the end of the template");
            var first = begin + 2 < text.Length && text[begin + 2] is '-' or '+' ? text[begin + 2] : '\0';
            var word = SkipBlanks(begin + (first == '\0' ? 2 : 3));
            if (!text.AsSpan(word).StartsWith("endraw"))
                continue;
            var close = SkipBlanks(word + 6);
            var last = close < text.Length && text[close] is '-' or '+' ? text[close] : '\0';
            if (!text.AsSpan(last == '\0' ? close : close + 1).StartsWith("%}"))
                continue;
            Emit(Stripped(text[at..begin], first, '%'));
            End((last == '\0' ? close : close + 1) + 2, last, trimsLine: true);
            return;
        }
    }

    private int SkipBlanks(int from)
    {
        while (from < text.Length && PythonText.IsBlank(text[from]))
            from++;
        return from;
    }

    private void ReadTag(TokenKind begins, TokenKind ends, string end, int start)
    {
        tokens.Add(new TemplateToken(begins, text.Substring(start, 2), run.Line));
        var open = new Stack<char>();
        while (true)
        {
            Advance(SkipBlanks(at));
            if (at >= text.Length)
                throw run.Bad($"the end of the tag, {end}", "the end of the template");
            var rest = text.AsSpan(at);
            var sign = rest[0] == '-' || (rest[0] == '+' && ends == TokenKind.BlockEnd) ? rest[0] : '\0';
            if (open.Count == 0 && rest[(sign == '\0' ? 0 : 1)..].StartsWith(end))
            {
                tokens.Add(new TemplateToken(ends, end, run.Line));
                End(at + (sign == '\0' ? 2 : 3), sign, trimsLine: ends == TokenKind.BlockEnd);
                return;
            }

            ReadToken(rest, open);
        }
    }

    private void ReadToken(ReadOnlySpan<char> rest, Stack<char> open)
    {
        if (char.IsAsciiDigit(rest[0]))
        {
            ReadNumber(rest);
        }
        else if (char.IsLetter(rest[0]) || rest[0] == '_')
        {
            var length = 1;
            while (length < rest.Length && (char.IsLetterOrDigit(rest[length]) || rest[length] == '_'))
                length++;
            Add(TokenKind.Name, length);
        }
        else if (rest[0] is '\'' or '"')
        {
            ReadText(rest);
        }
        else
        {
            string? found = null;
            foreach (var sign in Signs)
            {
                if (rest.StartsWith(sign))
                {
                    found = sign;
                    break;
                }
            }

            if (found is null)
                throw run.Bad("an expression", Contracts.Quoted.Of(rest[..1].ToString()));
            Balance(found[0], open);
            Add(TokenKind.Operator, found.Length);
        }
    }

    private void Balance(char sign, Stack<char> open)
    {
        if (sign is '(' or '[' or '{')
            open.Push(sign);
        else if (sign is ')' or ']' or '}' && (!open.TryPop(out var last) || (last, sign) is not (('(', ')') or ('[', ']') or ('{', '}'))))
            throw run.Bad("brackets that match", $"'{sign}'");
    }

    private void Add(TokenKind kind, int length)
    {
        tokens.Add(new TemplateToken(kind, text.Substring(at, length), run.Line));
        Advance(at + length);
    }

    private void ReadNumber(ReadOnlySpan<char> rest)
    {
        var length = Digits(rest, 0);
        var kind = TokenKind.Whole;
        // After a dot a number is an item's: "a.0.1" is no fraction.
        if (!(tokens[^1].IsOperator(".")))
        {
            if (length + 1 < rest.Length && rest[length] == '.' && char.IsAsciiDigit(rest[length + 1]))
                (length, kind) = (Digits(rest, length + 1), TokenKind.Fraction);
            if (length < rest.Length && rest[length] is 'e' or 'E')
            {
                var exponent = length + (length + 1 < rest.Length && rest[length + 1] is '+' or '-' ? 2 : 1);
                if (exponent < rest.Length && char.IsAsciiDigit(rest[exponent]))
                    (length, kind) = (Digits(rest, exponent), TokenKind.Fraction);
            }
        }

        if (length < rest.Length && (char.IsLetter(rest[length]) || rest[length] == '_'))
            throw run.Bad("a decimal number", Contracts.Quoted.Of(rest[..(length + 1)].ToString()));
        Add(kind, length);
    }

    private static int Digits(ReadOnlySpan<char> rest, int from)
    {
        while (from < rest.Length && (char.IsAsciiDigit(rest[from]) || (rest[from] == '_' && from + 1 < rest.Length && char.IsAsciiDigit(rest[from + 1]))))
            from++;
        return from;
    }

    private void ReadText(ReadOnlySpan<char> rest)
    {
        var written = new StringBuilder();
        var i = 1;
        for (; i < rest.Length && rest[i] != rest[0]; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length)
                i = Escape(rest, i + 1, written);
            else
                written.Append(rest[i]);
        }

        if (i >= rest.Length)
            throw run.Bad($"the end of the text, {rest[0]}", "the end of the template");
        tokens.Add(new TemplateToken(TokenKind.Text, written.ToString(), run.Line));
        Advance(at + i + 1);
    }

    // Python's escapes; returns the place of the last character.
    private int Escape(ReadOnlySpan<char> rest, int i, StringBuilder written)
    {
        switch (rest[i])
        {
            case '\n': return i;
            case '\\' or '\'' or '"': written.Append(rest[i]); return i;
            case 'n': written.Append('\n'); return i;
            case 't': written.Append('\t'); return i;
            case 'r': written.Append('\r'); return i;
            case 'a': written.Append('\a'); return i;
            case 'b': written.Append('\b'); return i;
            case 'f': written.Append('\f'); return i;
            case 'v': written.Append('\v'); return i;
            case 'x': return Hexadecimal(rest, i, 2, written);
            case 'u': return Hexadecimal(rest, i, 4, written);
            case 'U': return Hexadecimal(rest, i, 8, written);
            case >= '0' and <= '7':
                var value = 0;
                var end = i;
                for (; end < i + 3 && end < rest.Length && rest[end] is >= '0' and <= '7'; end++)
                    value = (value * 8) + (rest[end] - '0');
                written.Append((char)value);
                return end - 1;
            case 'N': throw run.Unknown("escape", "\\N");
            default: written.Append('\\').Append(rest[i]); return i;
        }
    }

    private int Hexadecimal(ReadOnlySpan<char> rest, int i, int digits, StringBuilder written)
    {
        if (i + digits >= rest.Length || !int.TryParse(rest.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
            throw run.Bad($"{digits} hexadecimal digits of a character", Contracts.Quoted.Of(rest[(i - 1)..Math.Min(rest.Length, i + digits + 1)].ToString()));
        if (value is >= 0xD800 and <= 0xDFFF)
            written.Append((char)value);
        else
            written.Append(char.ConvertFromUtf32(value));
        return i + digits;
    }
}
