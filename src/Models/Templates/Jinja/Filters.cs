using System.Globalization;

namespace Interpret.Models.Templates.Jinja;

/// <summary>The filters that chat templates use, as Jinja 3.1 has them; <c>tojson</c> is that of Hugging Face's library.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<Operations, object?, Arguments, object?>> All = new(StringComparer.Ordinal)
    {
        ["abs"] = (with, value, _) => value is double number ? Math.Abs(number)
            : Operations.IsWhole(value, out var whole) ? whole < 0 ? with.Sign("-", whole) : whole : throw Refused(with, "a number", value),
        ["capitalize"] = (with, value, _) => Methods.Capitalized(with, with.Text(value)),
        ["default"] = Default,
        ["dictsort"] = SortedEntries,
        ["escape"] = (with, value, _) => with.Run.Made(Escaped(with.Text(value))),
        ["first"] = (with, value, _) => with.Items(value, "first") is { Count: > 0 } items ? items[0] : new Undefined("there is no first item"),
        ["float"] = (with, value, given) => Number(with, value) is { } number ? number : Optional(given.Bind(0, "default")[0], 0.0),
        ["indent"] = Indented,
        ["int"] = Whole,
        ["items"] = (with, value, _) => value is Mapping mapping ? new Iteration(mapping.Entries.Select(entry => Sequence.Tuple(entry.Key, entry.Value)))
            : value is Undefined ? new Iteration([]) : throw Refused(with, "a dict", value),
        ["join"] = Joined,
        ["last"] = (with, value, _) => value is not Iteration ? with.Items(value, "last") is { Count: > 0 } items ? items[^1] : new Undefined("there is no last item")
            : throw Refused(with, "a list", value),
        ["length"] = (with, value, _) => with.Length(value),
        ["list"] = (with, value, _) => Sequence.List(with.Items(value, "list")),
        ["lower"] = (with, value, _) => Methods.Lower(with, with.Text(value)),
        ["map"] = Mapped,
        ["max"] = (with, value, given) => Extreme(with, value, given, 1),
        ["min"] = (with, value, given) => Extreme(with, value, given, -1),
        ["reject"] = (with, value, given) => Selected(with, value, given, byAttribute: false, wanted: false),
        ["rejectattr"] = (with, value, given) => Selected(with, value, given, byAttribute: true, wanted: false),
        ["replace"] = (with, value, given) => given.Bind(2, "old", "new", "count") is var of
            ? Methods.Replaced(with, with.Text(value), with.Text(of[0]), with.Text(of[1]), of[2] is null ? Arguments.Missing : of[2]) : null,
        ["reverse"] = (with, value, _) => value is string text ? string.Concat(Enumerable.Reverse(PythonText.Characters(with.Run.Made(text))))
            : new Iteration(with.Items(value, "reverse").Reverse()),
        ["safe"] = (with, value, _) => with.Text(value),
        ["select"] = (with, value, given) => Selected(with, value, given, byAttribute: false, wanted: true),
        ["selectattr"] = (with, value, given) => Selected(with, value, given, byAttribute: true, wanted: true),
        ["sort"] = Sorted,
        ["string"] = (with, value, _) => with.Text(value),
        ["sum"] = (with, value, given) => given.Bind(0, "attribute", "start") is var of
            ? Picked(with, value, of[0], "sum").Aggregate(Optional(of[1], 0L), (sum, item) => with.Combine("+", sum, item)) : null,
        ["title"] = (with, value, _) => Methods.Titled(with, with.Text(value)),
        ["tojson"] = Json,
        ["trim"] = (with, value, given) => Methods.Stripped(with, with.Text(value), given.Bind(0, "chars")[0]),
        ["unique"] = Distinct,
        ["upper"] = (with, value, _) => Methods.Upper(with, with.Text(value)),
    };

    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal) { ["count"] = "length", ["d"] = "default", ["e"] = "escape" };

    /// <summary>Refuses a filter that is not known.</summary>
    public static void Require(string name, TemplateRun run)
    {
        if (!All.ContainsKey(Others.GetValueOrDefault(name, name)))
            throw run.Unknown("filter", name);
    }

    public static object? Apply(string name, Operations with, object? value, Arguments arguments)
    {
        Require(name, with.Run);
        return All[Others.GetValueOrDefault(name, name)](with, value, arguments);
    }

    private static Contracts.BadInputException Refused(Operations with, string expected, object? value) => with.Run.Bad(expected, Operations.Kind(value));

    private static object? Optional(object? given, object? otherwise) => given == Arguments.Missing ? otherwise : given;

    private static object? Default(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "default_value", "boolean");
        return value is Undefined || (of[1] != Arguments.Missing && Operations.IsTrue(of[1]) && !Operations.IsTrue(value)) ? Optional(of[0], "") : value;
    }

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    private static string Joined(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "d", "attribute");
        var between = with.Text(Optional(of[0], ""));
        var text = new BoundedText(with.Run);
        foreach (var (i, item) in Picked(with, value, of[1], "join").Index())
        {
            if (i > 0)
                text.Append(between);
            text.Append(with.Text(item));
        }

        return text.ToString();
    }

    /// <summary>A number that a text or value says, else null.</summary>
    private static double? Number(Operations with, object? value) => value switch
    {
        string text => double.TryParse(
            PythonText.Strip(with.Run.Made(text), null), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        Undefined undefined => throw with.NotDefined(undefined),
        _ => Operations.IsNumber(value) ? Operations.Double(value) : null,
    };

    private static object? Whole(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "default", "base");
        if (of[1] != Arguments.Missing && of[1] is not 10L)
            throw with.Run.Unknown("argument", "int(base=)");
        if (value is string text && long.TryParse(PythonText.Strip(text, null), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        return Operations.IsWhole(value, out whole) ? whole
            : Number(with, value) is { } number && Math.Abs(number) < 9e18 ? (long)Math.Truncate(number)
            : Optional(of[0], 0L);
    }

    private static string Indented(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "width", "first", "blank");
        var width = Optional(of[0], 4L) switch
        {
            string sign => sign,
            long count when count is >= 0 and <= 1000 => new string(' ', (int)count),
            var other => throw Refused(with, "a width from 0 to 1000", other),
        };
        var (first, blank) = (Operations.IsTrue(Optional(of[1], false)), Operations.IsTrue(Optional(of[2], false)));
        var text = new BoundedText(with.Run);
        foreach (var (i, line) in Methods.Lines(with.Text(value) + "\n", keep: false).Index())
        {
            if (i > 0)
                text.Append("\n");
            if (i == 0 ? first : line.Length > 0 || blank)
                text.Append(width);
            text.Append(line);
        }

        return text.ToString();
    }

    private static string Json(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        if (of[0] != Arguments.Missing && Operations.IsTrue(of[0]))
            throw with.Run.Unknown("argument", "tojson(ensure_ascii=True)");
        var indent = Optional(of[1], null) switch
        {
            null => null,
            string text => text,
            long count when count is >= 0 and <= 100 => new string(' ', (int)count),
            var other => throw Refused(with, "an indent from 0 to 100", other),
        };
        var (between, colon) = Optional(of[2], null) switch
        {
            null => (indent is null ? ", " : ",", ": "),
            Sequence { Items: [string first, string second] } => (first, second),
            var other => throw Refused(with, "two separators", other),
        };
        return new TemplateJson(with, indent, between, colon, Operations.IsTrue(Optional(of[3], false))).Write(value);
    }

    /// <summary>An attribute of a value, by its path: <c>a.b.0</c>.</summary>
    private static object? AttributeOf(Operations with, object? value, object? path)
    {
        if (path is long index)
            return Lookup.Item(with, value, index);
        if (path is not string text)
            throw Refused(with, "the name of an attribute", path);
        foreach (var part in text.Split('.'))
            value = Lookup.Item(with, value, long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : part);
        return value;
    }

    private static IEnumerable<object?> Picked(Operations with, object? value, object? attribute, string filter)
    {
        var items = with.Items(value, filter);
        return attribute == Arguments.Missing || attribute is null ? items : items.Select(item => AttributeOf(with, item, attribute));
    }

    private static Iteration Mapped(Operations with, object? value, Arguments given)
    {
        var items = with.Items(value, "map");
        if (given.Named.ContainsKey("attribute"))
        {
            var of = given.Bind(0, "attribute", "default");
            return new Iteration([.. items.Select(item => AttributeOf(with, item, of[0]) is var found && found is Undefined ? Optional(of[1], found) : found)]);
        }

        var filter = given.Positional.Count > 0 && given.Positional[0] is string name ? name : throw with.Run.Bad("the name of a filter or attribute=", "neither");
        var rest = new Arguments(with.Run, filter, [.. given.Positional.Skip(1)], given.Named);
        return new Iteration([.. items.Select(item => Apply(filter, with, item, rest))]);
    }

    private static Iteration Selected(Operations with, object? value, Arguments given, bool byAttribute, bool wanted)
    {
        if (given.Named.Count > 0)
            throw with.Run.Unknown("argument", given.Named.Keys.First());
        var skipped = byAttribute ? 1 : 0;
        if (given.Positional.Count < skipped)
            throw with.Run.Bad("the name of an attribute", "none");
        var test = given.Positional.Count == skipped ? null
            : given.Positional[skipped] is string name ? name : throw Refused(with, "the name of a test", given.Positional[skipped]);
        object?[] rest = [.. given.Positional.Skip(skipped + 1)];
        return new Iteration([.. with.Items(value, "select").Where(item =>
        {
            var tested = byAttribute ? AttributeOf(with, item, given.Positional[0]) : item;
            return (test is null ? Operations.IsTrue(tested) : Tests.Holds(test, with, tested, rest)) == wanted;
        })]);
    }

    // Texts are compared in lower case, unless case counts.
    private static object? Keyed(Operations with, object? value, bool caseCounts) => value is string text && !caseCounts ? Methods.Lower(with, text) : value;

    private static Iteration Distinct(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "case_sensitive", "attribute");
        var caseCounts = Operations.IsTrue(Optional(of[0], false));
        var items = with.Items(value, "unique");
        var seen = new List<object?>();
        var first = new List<object?>();
        foreach (var item in items)
        {
            var key = Keyed(with, of[1] == Arguments.Missing || of[1] is null ? item : AttributeOf(with, item, of[1]), caseCounts);
            if (seen.Exists(other => with.AreEqual(other, key)))
                continue;
            seen.Add(key);
            first.Add(item);
        }

        return new Iteration(first);
    }

    private static Sequence Sorted(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "reverse", "case_sensitive", "attribute");
        var caseCounts = Operations.IsTrue(Optional(of[1], false));
        var keyed = with.Items(value, "sort").Select(item =>
            (Key: Keyed(with, of[2] == Arguments.Missing || of[2] is null ? item : AttributeOf(with, item, of[2]), caseCounts), Item: item));
        return Sequence.List(InOrder(with, keyed, Operations.IsTrue(Optional(of[0], false))));
    }

    private static Sequence SortedEntries(Operations with, object? value, Arguments given)
    {
        var of = given.Bind(0, "case_sensitive", "by", "reverse");
        if (value is not Mapping mapping)
            throw Refused(with, "a dict", value);
        var (caseCounts, byValue) = (Operations.IsTrue(Optional(of[0], false)), Optional(of[1], "key") is "value");
        var keyed = mapping.Entries.Select(entry =>
            (Keyed(with, byValue ? entry.Value : entry.Key, caseCounts), (object?)Sequence.Tuple(entry.Key, entry.Value)));
        return Sequence.List(InOrder(with, keyed, Operations.IsTrue(Optional(of[2], false))));
    }

    // Equal ones keep their order, backwards too.
    private static IEnumerable<object?> InOrder(Operations with, IEnumerable<(object? Key, object? Item)> keyed, bool backwards)
    {
        var order = Comparer<object?>.Create((left, right) => with.Compare(left, right));
        var all = keyed.ToList();
        return (backwards ? all.OrderByDescending(one => one.Key, order) : all.OrderBy(one => one.Key, order)).Select(one => one.Item);
    }

    private static object? Extreme(Operations with, object? value, Arguments given, int sign)
    {
        var of = given.Bind(0, "case_sensitive", "attribute");
        var caseCounts = Operations.IsTrue(Optional(of[0], false));
        var items = with.Items(value, "max").Select(item =>
            (Item: item, Key: Keyed(with, of[1] == Arguments.Missing ? item : AttributeOf(with, item, of[1]), caseCounts)));
        return items.Aggregate(
            ((object? Item, object? Key)?)null,
            (best, item) => best is null || Math.Sign(with.Compare(item.Key, best.Value.Key)) == sign ? item : best) is { } found
            ? found.Item : new Undefined("there is no item");
    }
}
