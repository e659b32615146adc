using System.Globalization;
using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>Writes a value as Python's <c>json.dumps</c> does with <c>ensure_ascii=False</c>: <c>tojson</c> of chat templates.</summary>
/// <param name="operations">Python's values.</param>
/// <param name="indent">What a level is indented by; null: all in one line.</param>
/// <param name="between">Between two items.</param>
/// <param name="colon">Between a key and its value.</param>
/// <param name="sorted">Whether keys are in their order.</param>
internal sealed class TemplateJson(Operations operations, string? indent, string between, string colon, bool sorted)
{
    private readonly BoundedText written = new(operations.Run);
    private int level;

    public string Write(object? value)
    {
        Add(value);
        return written.ToString();
    }

    private void Add(object? value)
    {
        operations.Run.Step();
        switch (value)
        {
            case Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } sequence:
                AddAll('[', ']', sequence.Items, Add);
                break;
            case Mapping mapping:
                var order = Comparer<object?>.Create(operations.Compare);
                var entries = sorted ? mapping.Entries.OrderBy(entry => entry.Key, order).ToList() : mapping.Entries.ToList();
                AddAll('{', '}', entries, entry =>
                {
                    written.Append((entry.Key is string key ? Quoted(key) : $"\"{Plain(entry.Key)}\"") + colon);
                    Add(entry.Value);
                });
                break;
            case string text:
                written.Append(Quoted(text));
                break;
            default:
                written.Append(Plain(value));
                break;
        }
    }

    private void AddAll<T>(char begin, char end, IReadOnlyCollection<T> items, Action<T> add)
    {
        operations.Run.Enter();
        written.Append($"{begin}");
        level++;
        foreach (var (i, item) in items.Index())
        {
            if (i > 0)
                written.Append(between);
            NewLine();
            add(item);
        }

        level--;
        if (items.Count > 0)
            NewLine();
        written.Append($"{end}");
        operations.Run.Leave();
    }

    private void NewLine()
    {
        if (indent is null)
            return;
        written.Append("\n");
        for (var i = 0; i < level; i++)
            written.Append(indent);
    }

    private string Plain(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double number => PythonText.Repr(number),
        _ => throw operations.Run.Bad("a value that JSON has", Operations.Kind(value)),
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var letter in text)
        {
            quoted = letter switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\f' => quoted.Append("\\f"),
                '\b' => quoted.Append("\\b"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }
}
