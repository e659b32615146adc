namespace Interpret.Models.Templates.Jinja;

/// <summary>Attributes and items of values, by Jinja's rule: <c>a.b</c> is the attribute, else the item; <c>a['b']</c> the item, else the attribute.</summary>
internal static class Lookup
{
    public static object? Attribute(Operations with, object? target, string name)
    {
        with.Run.Step();
        if (name.StartsWith('_'))
            throw with.Run.Unknown("attribute", name);
        return target switch
        {
            Undefined undefined => throw with.NotDefined(undefined),
            Namespace of => of.Attributes.TryGetValue(name, out var value) ? value : Nothing(target, name),
            LoopState loop => loop.Attribute(name) ?? (name is "previtem" or "nextitem" ? null : throw with.Run.Unknown("attribute of loop", name)),
            _ => Methods.Of(with, target, name) ?? (target is Mapping mapping && mapping.TryGet(name, out var item) ? item : Nothing(target, name)),
        };
    }

    public static object? Item(Operations with, object? target, object? key)
    {
        with.Run.Step();
        switch (target, key)
        {
            case (Undefined undefined, _):
                throw with.NotDefined(undefined);
            case (Mapping mapping, _) when mapping.TryGet(key, out var value):
                return value;
            case (Sequence { HasItems: true } sequence, long or bool):
                return Operations.IsWhole(key, out var at) && Place(at, sequence.Items.Count) is { } place ? sequence.Items[place] : Nothing(target, $"item {at}");
            case (string text, long or bool):
                var characters = PythonText.HasPairs(text) ? PythonText.Characters(with.Run.Made(text)) : null;
                return Operations.IsWhole(key, out at) && Place(at, characters?.Count ?? text.Length) is { } letter
                    ? characters?[letter] ?? text.Substring(letter, 1) : Nothing(target, $"character {at}");
            case (_, string name):
                return Attribute(with, target, name);
            default:
                return Nothing(target, with.Text(key));
        }
    }

    public static object Slice(Operations with, object? target, object? from, object? to, object? by)
    {
        if (target is Undefined undefined)
            throw with.NotDefined(undefined);
        IReadOnlyList<object?> items = target switch
        {
            Sequence { HasItems: true } sequence => sequence.Items,
            string text => PythonText.Characters(with.Run.Made(text)),
            _ => throw with.Run.Bad("a list or text of which a part is taken", Operations.Kind(target)),
        };
        var step = Bound(with, by) ?? 1;
        if (step == 0)
            throw with.Run.Bad("a step other than 0", "0");
        var count = items.Count;
        long Within(long? bound, long otherwise) => bound is null ? otherwise
            : Math.Clamp(bound.Value < 0 ? bound.Value + count : bound.Value, step > 0 ? 0 : -1, step > 0 ? count : count - 1);
        var (start, end) = (Within(Bound(with, from), step > 0 ? 0 : count - 1), Within(Bound(with, to), step > 0 ? count : -1));
        var part = new List<object?>();
        for (var i = start; step > 0 ? i < end : i > end; i = step > 0 ? i + Math.Min(step, count) : i + Math.Max(step, -count))
            part.Add(items[(int)i]);
        with.Run.Step(part.Count);
        return target is Sequence of ? new Sequence(of.Kind, part) : string.Concat(part);
    }

    private static int? Place(long at, int count) => (at < 0 ? at + count : at) is var place && place >= 0 && place < count ? (int)place : null;

    private static long? Bound(Operations with, object? value) => value is null ? null
        : Operations.IsWhole(value, out var whole) ? whole
        : throw with.Run.Bad("a whole number as a bound", Operations.Kind(value));

    private static Undefined Nothing(object? target, string name) => new($"{Operations.Kind(target)} has no {name}");
}
