namespace Interpret.Models.Templates.Jinja;

// A value of a template is null (None), bool, long, double, string, or one of these.

/// <summary>What a name, attribute or item is that is not there: prints as nothing, is false, and has no attributes.</summary>
/// <param name="What">What is not there.</param>
internal sealed record Undefined(string What);

/// <summary>Kinds of sequences; a list equals no tuple, and of the views of a mapping no item is taken.</summary>
internal enum SequenceKind
{
    List,
    Tuple,
    Range,
    Keys,
    Values,
    Entries,
}

internal sealed record Sequence(SequenceKind Kind, IReadOnlyList<object?> Items)
{
    public static Sequence List(IEnumerable<object?> items) => new(SequenceKind.List, [.. items]);

    public static Sequence Tuple(params object?[] items) => new(SequenceKind.Tuple, items);

    public bool HasItems => Kind is SequenceKind.List or SequenceKind.Tuple or SequenceKind.Range;
}

/// <summary>What some filters give: its items are taken once, and it is true whatever it holds.</summary>
internal sealed class Iteration(IEnumerable<object?> items)
{
    private readonly Queue<object?> left = new(items);

    public IEnumerable<object?> Take()
    {
        while (left.TryDequeue(out var item))
            yield return item;
    }
}

/// <summary>A dict: its entries in the order in which their keys came.</summary>
internal sealed class Mapping
{
    private readonly List<object?> keys = [];
    private readonly Dictionary<object, object?> values = [];

    public Mapping()
    {
    }

    public Mapping(IEnumerable<(string Key, object? Value)> entries)
    {
        foreach (var (key, value) in entries)
            Set(key, value);
    }

    public int Count => keys.Count;

    public IReadOnlyList<object?> Keys => keys;

    public IEnumerable<(object? Key, object? Value)> Entries => keys.Select(key => (key, values[Hashed(key)]));

    /// <summary>Whether a value can be a key here: a text, a number, none.</summary>
    public static bool IsKey(object? key) => key is null or string or bool or long or double;

    public void Set(object? key, object? value)
    {
        if (!values.ContainsKey(Hashed(key)))
            keys.Add(key);
        values[Hashed(key)] = value;
    }

    public bool TryGet(object? key, out object? value)
    {
        value = null;
        return IsKey(key) && values.TryGetValue(Hashed(key), out value);
    }

    // True is 1 and 1.0 is 1, as Python's keys are.
    private static object Hashed(object? key) => key switch
    {
        null => DBNull.Value,
        bool truth => truth ? 1L : 0L,
        double number when number == Math.Floor(number) && Math.Abs(number) < 1e15 => (long)number,
        _ => key,
    };
}

/// <summary>What <c>namespace()</c> makes: attributes that inner blocks may set.</summary>
internal sealed class Namespace
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>A function, method or macro.</summary>
internal sealed record Callable(string Name, Func<Arguments, object?> Invoke);

/// <summary>The <c>loop</c> of a <c>for</c>; its depth counts recursive loops alone, which there are none of.</summary>
internal sealed class LoopState(IReadOnlyList<object?> items)
{
    private object? changing;
    private bool hasChanged;

    public int Index { get; set; }

    public object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => (long)(items.Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => 1L,
        "depth0" => 0L,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("there is no previous item"),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new Undefined("there is no next item"),
        "cycle" => new Callable("loop.cycle", arguments => arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw arguments.Run.Bad("items to cycle through", "none")),
        "changed" => new Callable("loop.changed", arguments => Changed(arguments)),
        _ => null,
    };

    private bool Changed(Arguments arguments)
    {
        var now = Sequence.Tuple([.. arguments.Positional]);
        var differs = !hasChanged || !new Operations(arguments.Run).AreEqual(changing, now);
        (changing, hasChanged) = (now, true);
        return differs;
    }
}

/// <summary>What a function, filter or test is given.</summary>
internal sealed class Arguments(TemplateRun run, string callee, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
{
    private static readonly Dictionary<string, object?> NoNames = [];

    /// <summary>What stands for an argument that is not given.</summary>
    public static object Missing { get; } = new();

    public TemplateRun Run => run;

    public IReadOnlyList<object?> Positional => positional;

    public IReadOnlyDictionary<string, object?> Named => named;

    public static Arguments Of(TemplateRun run, string callee, params IReadOnlyList<object?> positional) => new(run, callee, positional, NoNames);

    /// <summary>The arguments by the names of parameters: <see cref="Missing"/> for one that may be left out and is.</summary>
    /// <param name="required">How many of the parameters must be given.</param>
    /// <param name="parameters">Names, in order.</param>
    public object?[] Bind(int required, params string[] parameters)
    {
        if (positional.Count > parameters.Length)
            throw run.Bad($"at most {parameters.Length} arguments of {callee}", $"{positional.Count}");
        var values = new object?[parameters.Length];
        Array.Fill(values, Missing);
        for (var i = 0; i < positional.Count; i++)
            values[i] = positional[i];
        foreach (var (name, value) in named)
        {
            var at = Array.IndexOf(parameters, name);
            if (at < 0)
                throw run.Unknown("argument", $"{callee}({name}=)");
            if (at < positional.Count)
                throw run.Bad($"argument {name} of {callee} once", "twice");
            values[at] = value;
        }

        for (var i = 0; i < required; i++)
        {
            if (values[i] == Missing)
                throw run.Bad($"argument {parameters[i]} of {callee}", "none");
        }

        return values;
    }

    public void BindNone() => Bind(0);
}
