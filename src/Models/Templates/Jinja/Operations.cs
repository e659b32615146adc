using System.Globalization;
using System.Text;
using Interpret.Contracts;

namespace Interpret.Models.Templates.Jinja;

/// <summary>What Python's values are: true or false, equal, in order, summed, contained, printed.</summary>
internal sealed class Operations(TemplateRun run)
{
    public TemplateRun Run => run;

    /// <summary>A value's kind, as errors name it.</summary>
    public static string Kind(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long => "a whole number",
        double => "a number",
        string => "a text",
        Undefined undefined => $"nothing: {undefined.What}",
        Sequence { Kind: SequenceKind.List } => "a list",
        Sequence { Kind: SequenceKind.Tuple } => "a tuple",
        Sequence => "a view of a list",
        Mapping => "a dict",
        Namespace => "a namespace",
        Callable callable => $"the function {callable.Name}",
        Iteration => "what a filter gives, which is gone through once",
        _ => "a loop",
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long whole => whole != 0,
        double number => number != 0,
        string text => text.Length > 0,
        Sequence sequence => sequence.Items.Count > 0,
        Mapping mapping => mapping.Count > 0,
        _ => true,
    };

    public static bool IsNumber(object? value) => value is bool or long or double;

    public static bool IsWhole(object? value, out long whole)
    {
        whole = value is long number ? number : value is true ? 1 : 0;
        return value is long or bool;
    }

    public BadInputException NotDefined(Undefined value) => run.Bad("something that is defined", value.What);

    /// <summary>The items that a loop goes through.</summary>
    public IReadOnlyList<object?> Items(object? value, string what)
    {
        IReadOnlyList<object?> items = value switch
        {
            Sequence sequence => sequence.Items,
            Mapping mapping => mapping.Keys,
            Iteration iteration => [.. iteration.Take()],
            string text => PythonText.Characters(run.Made(text)),
            Undefined => [],
            _ => throw run.Bad($"items, of {what}", Kind(value)),
        };
        run.Step(items.Count);
        return items;
    }

    public long Length(object? value) => value switch
    {
        string text => PythonText.Length(run.Made(text)),
        Sequence sequence => sequence.Items.Count,
        Mapping mapping => mapping.Count,
        Undefined => 0,
        _ => throw run.Bad("what has a length", Kind(value)),
    };

    public bool AreEqual(object? left, object? right)
    {
        run.Step();
        if (IsNumber(left) && IsNumber(right))
            return IsWhole(left, out var a) && IsWhole(right, out var b) ? a == b : Double(left) == Double(right);
        switch (left, right)
        {
            case (null, null) or (Undefined, Undefined):
                return true;
            case (string first, string second):
                run.Step(Math.Min(first.Length, second.Length));
                return string.Equals(first, second, StringComparison.Ordinal);
            case (Sequence first, Sequence second):
                return first.Kind == second.Kind && first.Items.Count == second.Items.Count
                    && Deeper(() => first.Items.Zip(second.Items).All(pair => AreEqual(pair.First, pair.Second)));
            case (Mapping first, Mapping second):
                return first.Count == second.Count
                    && Deeper(() => first.Entries.All(entry => second.TryGet(entry.Key, out var other) && AreEqual(entry.Value, other)));
            default:
                return ReferenceEquals(left, right);
        }
    }

    /// <summary>Below zero: the left comes first.</summary>
    public int Compare(object? left, object? right)
    {
        run.Step();
        if (IsNumber(left) && IsNumber(right))
            return IsWhole(left, out var a) && IsWhole(right, out var b) ? a.CompareTo(b) : Double(left).CompareTo(Double(right));
        switch (left, right)
        {
            case (string first, string second):
                run.Step(Math.Min(first.Length, second.Length));
                return PythonText.Compare(first, second);
            case (Sequence first, Sequence second) when first.Kind == second.Kind && first.HasItems:
                return Deeper(() =>
                {
                    foreach (var (one, other) in first.Items.Zip(second.Items))
                    {
                        if (!AreEqual(one, other))
                            return Compare(one, other);
                    }

                    return first.Items.Count.CompareTo(second.Items.Count);
                });
            case (Undefined undefined, _):
                throw NotDefined(undefined);
            case (_, Undefined undefined):
                throw NotDefined(undefined);
            default:
                throw run.Bad("two numbers, texts or lists that are compared", $"{Kind(left)} and {Kind(right)}");
        }
    }

    public bool Contains(object? container, object? item)
    {
        if (container is string text)
        {
            run.Step(text.Length);
            return item is string part ? text.Contains(part, StringComparison.Ordinal) : throw run.Bad("a text that is looked for in a text", Kind(item));
        }

        return container is Mapping mapping ? mapping.TryGet(item, out _)
            : container is Sequence or Iteration or Undefined ? Items(container, "in").Any(one => AreEqual(one, item))
            : throw run.Bad("a text, list or dict that is looked into", Kind(container));
    }

    public object? Sign(string sign, object? value)
    {
        if (value is Undefined undefined)
            throw NotDefined(undefined);
        if (IsWhole(value, out var whole))
            return Checked(() => sign == "-" ? checked(-whole) : whole);
        return value is double number ? sign == "-" ? -number : number : throw run.Bad($"a number behind {sign}", Kind(value));
    }

    public object? Combine(string sign, object? left, object? right)
    {
        if (sign == "~")
            return Joined(Text(left), Text(right));
        if ((left as Undefined ?? right as Undefined) is { } undefined)
            throw NotDefined(undefined);
        if (IsNumber(left) && IsNumber(right))
            return IsWhole(left, out var a) && IsWhole(right, out var b) ? Whole(sign, a, b) : Fraction(sign, Double(left), Double(right));
        switch (sign, left, right)
        {
            case ("+", string first, string second):
                return Joined(first, second);
            case ("+", Sequence first, Sequence second) when first.Kind == second.Kind && first.Kind != SequenceKind.Range && first.HasItems:
                run.RequireItems(first.Items.Count + second.Items.Count);
                return new Sequence(first.Kind, [.. first.Items, .. second.Items]);
            case ("*", string or Sequence, long or bool):
                return Repeated(left, right);
            case ("*", long or bool, string or Sequence):
                return Repeated(right, left);
            case ("%", string, _):
                throw run.Unknown("operator", "% of a text");
            default:
                throw run.Bad($"values that {sign} takes", $"{Kind(left)} and {Kind(right)}");
        }
    }

    private string Joined(string first, string second)
    {
        run.RequireLength((long)first.Length + second.Length);
        return run.Made(first + second);
    }

    private object Repeated(object? value, object? times)
    {
        _ = IsWhole(times, out var count);
        count = Math.Max(count, 0);
        if (value is string text)
        {
            run.RequireLength(text.Length == 0 ? 0 : count > TemplateRun.LongestText ? count : text.Length * count);
            return text.Length == 0 ? "" : run.Made(new StringBuilder().Insert(0, text, (int)count).ToString());
        }

        var sequence = (Sequence)value!;
        if (sequence.Kind is not (SequenceKind.List or SequenceKind.Tuple))
            throw run.Bad("a list that is repeated", Kind(value));
        run.RequireItems(sequence.Items.Count == 0 ? 0 : count > TemplateRun.MostItems ? count : sequence.Items.Count * count);
        return new Sequence(sequence.Kind, [.. sequence.Items.Count == 0 ? [] : Enumerable.Repeat(sequence.Items, (int)count).SelectMany(items => items)]);
    }

    private object Whole(string sign, long a, long b)
    {
        if (b == 0 && sign is "/" or "//" or "%")
            throw run.Bad($"a number other than 0 behind {sign}", "0");
        return sign switch
        {
            "+" => (object)Checked(() => checked(a + b)),
            "-" => Checked(() => checked(a - b)),
            "*" => Checked(() => checked(a * b)),
            "/" => (double)a / b,
            "//" => Checked(() => checked(a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0)),
            "%" => b == -1 ? 0L : a % b is var rest && rest != 0 && (rest < 0) != (b < 0) ? rest + b : a % b,
            _ => b < 0 ? Math.Pow(a, b) : (object)Checked(() => Power(a, b)),
        };
    }

    private static long Power(long a, long b)
    {
        var power = 1L;
        if (a is 0 or 1)
            return b == 0 ? 1 : a;
        if (a == -1)
            return b % 2 == 0 ? 1 : -1;
        for (var i = 0L; i < b; i++)
            power = checked(power * a);
        return power;
    }

    private double Fraction(string sign, double a, double b)
    {
        if (b == 0 && sign is "/" or "//" or "%")
            throw run.Bad($"a number other than 0 behind {sign}", "0");
        return sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor((a - Remainder(a, b)) / b),
            "%" => Remainder(a, b),
            _ => Math.Pow(a, b),
        };
    }

    // Of the divisor's sign.
    private static double Remainder(double a, double b) => a % b is var rest && rest != 0 && (rest < 0) != (b < 0) ? rest + b : a % b;

    private long Checked(Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw run.Bad("whole numbers of 64 bits", "a larger one");
        }
    }

    public static double Double(object? value) => value is double number ? number : IsWhole(value, out var whole) ? whole : double.NaN;

    /// <summary>As <c>str</c> writes a value.</summary>
    public string Text(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    /// <summary>As <c>repr</c> writes a value.</summary>
    public string Repr(object? value)
    {
        var written = new BoundedText(run);
        Write(value, written);
        return written.ToString();
    }

    private void Write(object? value, BoundedText written)
    {
        run.Step();
        switch (value)
        {
            case null: written.Append("None"); break;
            case bool truth: written.Append(truth ? "True" : "False"); break;
            case long whole: written.Append(whole.ToString(CultureInfo.InvariantCulture)); break;
            case double number: written.Append(PythonText.Repr(number)); break;
            case string text: written.Append(PythonText.Repr(text)); break;
            case Undefined: written.Append("Undefined"); break;
            case Sequence { Kind: not SequenceKind.Range } sequence:
                var (begin, end) = sequence.Kind switch
                {
                    SequenceKind.Tuple => ("(", sequence.Items.Count == 1 ? ",)" : ")"),
                    SequenceKind.Keys => ("dict_keys([", "])"),
                    SequenceKind.Values => ("dict_values([", "])"),
                    SequenceKind.Entries => ("dict_items([", "])"),
                    _ => ("[", "]"),
                };
                WriteAll(begin, end, sequence.Items, item => Write(item, written), written);
                break;
            case Mapping mapping:
                WriteAll("{", "}", mapping.Entries, entry =>
                {
                    Write(entry.Key, written);
                    written.Append(": ");
                    Write(entry.Value, written);
                }, written);
                break;
            default:
                throw run.Bad("a value that is written as text", Kind(value));
        }
    }

    private void WriteAll<T>(string begin, string end, IEnumerable<T> items, Action<T> write, BoundedText written)
    {
        run.Enter();
        written.Append(begin);
        foreach (var (i, item) in items.Index())
        {
            if (i > 0)
                written.Append(", ");
            write(item);
        }

        written.Append(end);
        run.Leave();
    }

    private T Deeper<T>(Func<T> compute)
    {
        run.Enter();
        var value = compute();
        run.Leave();
        return value;
    }
}
