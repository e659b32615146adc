using System.Globalization;
using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>The functions that every template has: Jinja's, and those that Hugging Face's library adds.</summary>
/// <param name="date">What <c>strftime_now</c> says: the study's date, at midnight. No clock is read.</param>
internal sealed class Functions(DateOnly date)
{
    public IEnumerable<Callable> All =>
    [
        new("namespace", Named),
        new("dict", given => new Mapping([.. Entries(given).Select(entry => (entry.Key, entry.Value))])),
        new("range", Range),
        new("joiner", Joiner),
        new("raise_exception", Refuse),
        new("strftime_now", Date),
    ];

    private static Namespace Named(Arguments given)
    {
        var made = new Namespace();
        foreach (var (key, value) in Entries(given))
            made.Attributes[key] = value;
        return made;
    }

    private static IEnumerable<(string Key, object? Value)> Entries(Arguments given)
    {
        if (given.Positional.Count > 1 || given.Positional is [not Mapping])
            throw given.Run.Bad("values by name, or a dict", Operations.Kind(given.Positional[^1]));
        var first = given.Positional is [Mapping mapping] ? mapping.Entries : [];
        return first.Select(entry => (entry.Key as string ?? throw given.Run.Bad("texts as keys", Operations.Kind(entry.Key)), entry.Value))
            .Concat(given.Named.Select(entry => (entry.Key, entry.Value)));
    }

    private static Sequence Range(Arguments given)
    {
        var bounds = given.Bind(1, "start", "stop", "step").Where(bound => bound != Arguments.Missing)
            .Select(bound => Operations.IsWhole(bound, out var whole) ? whole : throw given.Run.Bad("whole numbers as a range", Operations.Kind(bound))).ToList();
        var (from, to, step) = bounds.Count == 1 ? (0, bounds[0], 1) : (bounds[0], bounds[1], bounds.Count > 2 ? bounds[2] : 1);
        if (step == 0)
            throw given.Run.Bad("a step other than 0", "0");
        var count = step > 0 ? Math.Ceiling(((double)to - from) / step) : Math.Ceiling(((double)from - to) / -(double)step);
        given.Run.RequireItems((long)Math.Clamp(count, 0, 1e15));
        return new Sequence(SequenceKind.Range, [.. Enumerable.Range(0, (int)Math.Max(count, 0)).Select(i => (object?)(from + (i * step)))]);
    }

    private static Callable Joiner(Arguments given)
    {
        var between = given.Bind(0, "sep")[0];
        var used = false;
        return new Callable("joiner", _ =>
        {
            var first = !used;
            used = true;
            return first ? "" : between == Arguments.Missing ? ", " : between;
        });
    }

    private static object Refuse(Arguments given) => throw given.Run.Bad(
        "a conversation that the template takes", $"its own refusal: {Contracts.Quoted.Beginning(new Operations(given.Run).Text(given.Bind(1, "message")[0]), 200)}",
        "Leave out what it refuses, such as a system message, or use another template");

    private string Date(Arguments given)
    {
        var format = given.Bind(1, "format")[0] as string ?? throw given.Run.Bad("a format of a date", "none");
        var written = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                written.Append(format[i]);
                continue;
            }

            var plain = i + 1 < format.Length && format[i + 1] == '-';
            i += plain ? 2 : 1;
            var field = i < format.Length ? Field(format[i]) : null;
            written.Append(field is null ? throw given.Run.Unknown("field of a date", $"%{(plain ? "-" : "")}{(i < format.Length ? format[i] : ' ')}")
                : plain && field.TrimStart('0') is var bare && char.IsAsciiDigit(field[0]) ? bare.Length > 0 ? bare : "0"
                : field);
        }

        return given.Run.Made(written.ToString());
    }

    private string? Field(char letter) => letter switch
    {
        'd' => In("dd"),
        'e' => date.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'm' => In("MM"),
        'b' or 'h' => In("MMM"),
        'B' => In("MMMM"),
        'Y' => In("yyyy"),
        'y' => In("yy"),
        'a' => In("ddd"),
        'A' => In("dddd"),
        'j' => date.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'F' => In("yyyy-MM-dd"),
        'D' => In("MM/dd/yy"),
        'H' or 'M' or 'S' => "00",
        'I' => "12",
        'p' => "AM",
        'T' => "00:00:00",
        'R' => "00:00",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    private string In(string format) => date.ToString(format, CultureInfo.InvariantCulture);
}
