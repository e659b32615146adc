using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>Methods of texts, dicts and lists, as Python has them; those that would change a dict or list are not there, as in Jinja's sandbox.</summary>
internal static class Methods
{
    private static readonly string[] Changing =
        ["append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem"];

    private static readonly System.Buffers.SearchValues<char> LineEnds = System.Buffers.SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    /// <summary>A method of a value; null: it has none of that name.</summary>
    public static Callable? Of(Operations with, object? target, string name)
    {
        Func<Arguments, object?>? invoke = target switch
        {
            string text => OfText(with, text, name),
            Mapping mapping => OfMapping(mapping, name),
            Sequence { HasItems: true } sequence => OfSequence(with, sequence, name),
            _ => null,
        };
        if (invoke is null && target is Mapping or Sequence && Changing.Contains(name) && !(target is Mapping keyed && keyed.TryGet(name, out _)))
            throw with.Run.Unknown("method", name);
        return invoke is null ? null : new Callable(name, invoke);
    }

    private static Func<Arguments, object?>? OfMapping(Mapping mapping, string name) => name switch
    {
        "items" => _ => new Sequence(SequenceKind.Entries, [.. mapping.Entries.Select(entry => Sequence.Tuple(entry.Key, entry.Value))]),
        "keys" => _ => new Sequence(SequenceKind.Keys, [.. mapping.Keys]),
        "values" => _ => new Sequence(SequenceKind.Values, [.. mapping.Entries.Select(entry => entry.Value)]),
        "copy" => _ => mapping,
        "get" => given => given.Bind(1, "key", "default") is var of && mapping.TryGet(of[0], out var value) ? value : of[1] == Arguments.Missing ? null : of[1],
        _ => null,
    };

    private static Func<Arguments, object?>? OfSequence(Operations with, Sequence sequence, string name) => name switch
    {
        "count" => given => (long)sequence.Items.Count(item => with.AreEqual(item, given.Bind(1, "value")[0])),
        "index" => given => sequence.Items.Index().Where(item => with.AreEqual(item.Item, given.Bind(1, "value")[0])).Select(item => (object)(long)item.Index)
            .FirstOrDefault() ?? throw with.Run.Bad("an item of the list", "another value"),
        "copy" when sequence.Kind == SequenceKind.List => _ => sequence,
        _ => null,
    };

    private static Func<Arguments, object?>? OfText(Operations with, string text, string name) => name switch
    {
        "strip" => given => Stripped(with, text, given.Bind(0, "chars")[0]),
        "lstrip" => given => Stripped(with, text, given.Bind(0, "chars")[0], end: false),
        "rstrip" => given => Stripped(with, text, given.Bind(0, "chars")[0], start: false),
        "upper" => _ => Upper(with, text),
        "lower" => _ => Lower(with, text),
        "title" => _ => TitledWords(with, text),
        "capitalize" => _ => Capitalized(with, text),
        "startswith" => given => Options(with, given).Any(part => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => given => Options(with, given).Any(part => text.EndsWith(part, StringComparison.Ordinal)),
        "removeprefix" => given => Part(with, given) is var part && text.StartsWith(part, StringComparison.Ordinal) ? text[part.Length..] : text,
        "removesuffix" => given => Part(with, given) is { Length: > 0 } part && text.EndsWith(part, StringComparison.Ordinal) ? text[..^part.Length] : text,
        "find" => given => Place(text, text.IndexOf(Part(with, given), StringComparison.Ordinal)),
        "rfind" => given => Place(text, text.LastIndexOf(Part(with, given), StringComparison.Ordinal)),
        "index" => given => text.IndexOf(Part(with, given), StringComparison.Ordinal) is var at and >= 0 ? Place(text, at)
            : throw with.Run.Bad("a part of the text", "another text"),
        "count" => given => Part(with, given) is { Length: > 0 } part ? (long)text.AsSpan().Count(part) : PythonText.Length(text) + 1L,
        "replace" => given => given.Bind(2, "old", "new", "count") is var of ? Replaced(with, text, AsText(with, of[0]), AsText(with, of[1]), of[2]) : null,
        "split" => given => Split(with, text, given.Bind(0, "sep", "maxsplit"), fromEnd: false),
        "rsplit" => given => Split(with, text, given.Bind(0, "sep", "maxsplit"), fromEnd: true),
        "splitlines" => given => Sequence.List(
            Lines(with.Run.Made(text), given.Bind(0, "keepends")[0] is var keep && keep != Arguments.Missing && Operations.IsTrue(keep))),
        "partition" => given => Part(with, given) is { Length: > 0 } part && text.IndexOf(part, StringComparison.Ordinal) is var at and >= 0
            ? Sequence.Tuple(text[..at], part, text[(at + part.Length)..]) : Sequence.Tuple(text, "", ""),
        "rpartition" => given => Part(with, given) is { Length: > 0 } part && text.LastIndexOf(part, StringComparison.Ordinal) is var at and >= 0
            ? Sequence.Tuple(text[..at], part, text[(at + part.Length)..]) : Sequence.Tuple("", "", text),
        "join" => given => JoinedBy(with, text, given.Bind(1, "iterable")[0]),
        "isspace" => _ => text.Length > 0 && text.All(PythonText.IsBlank),
        "isdigit" or "isdecimal" or "isnumeric" => _ => text.Length > 0 && RequireAscii(with, text, name).All(char.IsAsciiDigit),
        "isalpha" => _ => text.Length > 0 && RequireAscii(with, text, name).All(char.IsAsciiLetter),
        "isalnum" => _ => text.Length > 0 && RequireAscii(with, text, name).All(char.IsAsciiLetterOrDigit),
        "isupper" => _ => IsCase(with, text, upper: true),
        "islower" => _ => IsCase(with, text, upper: false),
        _ => null,
    };

    // Of letters beyond ASCII, case follows Unicode's special rules: refused rather than nearly right.
    private static string RequireAscii(Operations with, string text, string what)
    {
        with.Run.Made(text);
        return Ascii.IsValid(text) ? text : throw with.Run.Bad($"a text of ASCII, where {what} asks for kinds of letters", Contracts.Quoted.Of(text));
    }

    public static string Upper(Operations with, string text) => RequireAscii(with, text, "upper").ToUpperInvariant();

    public static string Lower(Operations with, string text) => RequireAscii(with, text, "lower").ToLowerInvariant();

    public static string Capitalized(Operations with, string text) =>
        text.Length == 0 ? "" : RequireAscii(with, text, "capitalize")[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    /// <summary><c>str.title</c>: a capital behind whatever is no letter.</summary>
    private static string TitledWords(Operations with, string text) => string.Concat(RequireAscii(with, text, "title").Select((letter, i) =>
        i > 0 && char.IsAsciiLetter(text[i - 1]) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter)));

    /// <summary>The filter <c>title</c>: a capital behind a blank, a hyphen or an opening bracket.</summary>
    public static string Titled(Operations with, string text) => string.Concat(RequireAscii(with, text, "title").Select((letter, i) =>
        i > 0 && !PythonText.IsBlank(text[i - 1]) && text[i - 1] is not ('-' or '(' or '{' or '[' or '<')
            ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter)));

    public static bool IsCase(Operations with, string text, bool upper)
    {
        var letters = RequireAscii(with, text, upper ? "upper" : "lower").Where(char.IsAsciiLetter).ToList();
        return letters.Count > 0 && letters.TrueForAll(letter => char.IsAsciiLetterUpper(letter) == upper);
    }

    public static string Stripped(Operations with, string text, object? letters, bool start = true, bool end = true)
    {
        with.Run.Made(text);
        return PythonText.Strip(text, letters == Arguments.Missing || letters is null ? null : AsText(with, letters), start, end);
    }

    public static string Replaced(Operations with, string text, string old, string by, object? count)
    {
        var most = count == Arguments.Missing ? -1 : Operations.IsWhole(count, out var given) ? given : throw with.Run.Bad("how often", Operations.Kind(count));
        with.Run.Made(text);
        if (old.Length == 0)
            throw with.Run.Unknown("replacement", "of nothing");
        var replaced = new BoundedText(with.Run);
        var from = 0;
        for (var i = 0L; most < 0 || i < most; i++)
        {
            var at = text.IndexOf(old, from, StringComparison.Ordinal);
            if (at < 0)
                break;
            replaced.Append(text[from..at]);
            replaced.Append(by);
            from = at + old.Length;
        }

        replaced.Append(text[from..]);
        return replaced.ToString();
    }

    private static string AsText(Operations with, object? value) => value as string ?? throw with.Run.Bad("a text", Operations.Kind(value));

    private static string Part(Operations with, Arguments given) => AsText(with, given.Bind(1, "sub")[0]);

    private static IEnumerable<string> Options(Operations with, Arguments given) =>
        given.Bind(1, "prefix")[0] is Sequence { Kind: SequenceKind.Tuple } several ? several.Items.Select(item => AsText(with, item)) : [Part(with, given)];

    private static long Place(string text, int at) => at < 0 ? -1L : PythonText.Length(text[..at]);

    private static string JoinedBy(Operations with, string between, object? items)
    {
        var joined = new BoundedText(with.Run);
        foreach (var (i, item) in with.Items(items, "join").Index())
        {
            if (i > 0)
                joined.Append(between);
            joined.Append(AsText(with, item));
        }

        return joined.ToString();
    }

    private static Sequence Split(Operations with, string text, object?[] of, bool fromEnd)
    {
        with.Run.Made(text);
        var most = of[1] == Arguments.Missing ? -1 : Operations.IsWhole(of[1], out var given) ? given : throw with.Run.Bad("a number of cuts", Operations.Kind(of[1]));
        var parts = new List<object?>();
        if (of[0] == Arguments.Missing || of[0] is null)
        {
            if (fromEnd && most >= 0)
                throw with.Run.Unknown("argument", "rsplit(maxsplit=) at blanks");
            SplitAtBlanks(text, most, parts);
        }
        else
        {
            SplitAt(text, AsText(with, of[0]) is { Length: > 0 } sign ? sign : throw with.Run.Bad("a text to split at", "an empty one"), most, fromEnd, parts);
        }

        with.Run.RequireItems(parts.Count);
        return Sequence.List(parts);
    }

    private static void SplitAtBlanks(string text, long most, List<object?> parts)
    {
        var rest = PythonText.Strip(text, null, end: false);
        while (rest.Length > 0)
        {
            var end = most >= 0 && parts.Count >= most ? -1 : PythonText.IndexOfBlank(rest);
            if (end < 0)
            {
                parts.Add(rest);
                return;
            }

            parts.Add(rest[..end]);
            rest = PythonText.Strip(rest[end..], null, end: false);
        }
    }

    private static void SplitAt(string text, string sign, long most, bool fromEnd, List<object?> parts)
    {
        var (from, to) = (0, text.Length);
        for (var i = 0L; most < 0 || i < most; i++)
        {
            var at = fromEnd ? text.AsSpan(0, to).LastIndexOf(sign) : text.IndexOf(sign, from, StringComparison.Ordinal);
            if (at < 0)
                break;
            parts.Add(fromEnd ? text[(at + sign.Length)..to] : text[from..at]);
            (from, to) = fromEnd ? (from, at) : (at + sign.Length, to);
        }

        parts.Add(text[from..to]);
        if (fromEnd)
            parts.Reverse();
    }

    /// <summary><c>str.splitlines</c>.</summary>
    public static List<string> Lines(string text, bool keep)
    {
        var lines = new List<string>();
        for (var from = 0; from < text.Length;)
        {
            var end = text.AsSpan(from).IndexOfAny(LineEnds) is var at and >= 0 ? from + at : text.Length;
            var next = end == text.Length ? end : text.AsSpan(end).StartsWith("\r\n") ? end + 2 : end + 1;
            lines.Add(text[from..(keep ? next : end)]);
            from = next;
        }

        return lines;
    }
}
