using System.Globalization;

namespace Interpret.Models.Templates.Jinja;

/// <summary>The tests of <c>is</c>, as Jinja 3.1 has them.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Func<Operations, object?, IReadOnlyList<object?>, bool>> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (_, value, _) => value is not Undefined,
        ["undefined"] = (_, value, _) => value is Undefined,
        ["none"] = (_, value, _) => value is null,
        ["true"] = (_, value, _) => value is true,
        ["false"] = (_, value, _) => value is false,
        ["boolean"] = (_, value, _) => value is bool,
        ["string"] = (_, value, _) => value is string,
        ["number"] = (_, value, _) => Operations.IsNumber(value),
        ["integer"] = (_, value, _) => value is long,
        ["float"] = (_, value, _) => value is double,
        ["mapping"] = (_, value, _) => value is Mapping,
        ["sequence"] = (_, value, _) => value is string or Mapping or Undefined or Sequence { HasItems: true },
        ["iterable"] = (_, value, _) => value is string or Mapping or Undefined or Sequence or Iteration,
        ["callable"] = (_, value, _) => value is Callable,
        ["odd"] = (with, value, _) => Math.Abs(Whole(with, value) % 2) == 1,
        ["even"] = (with, value, _) => Whole(with, value) % 2 == 0,
        ["lower"] = (with, value, _) => Methods.IsCase(with, with.Text(value), upper: false),
        ["upper"] = (with, value, _) => Methods.IsCase(with, with.Text(value), upper: true),
        ["divisibleby"] = (with, value, other) => with.Combine("%", value, One(with, other)) is 0L,
        ["sameas"] = (with, value, other) => One(with, other) is var same && (value is null or bool ? Equals(value, same) : ReferenceEquals(value, same)),
        ["in"] = (with, value, other) => with.Contains(One(with, other), value),
        ["equalto"] = (with, value, other) => with.AreEqual(value, One(with, other)),
        ["ne"] = (with, value, other) => !with.AreEqual(value, One(with, other)),
        ["lt"] = (with, value, other) => with.Compare(value, One(with, other)) < 0,
        ["le"] = (with, value, other) => with.Compare(value, One(with, other)) <= 0,
        ["gt"] = (with, value, other) => with.Compare(value, One(with, other)) > 0,
        ["ge"] = (with, value, other) => with.Compare(value, One(with, other)) >= 0,
    };

    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["eq"] = "equalto", ["=="] = "equalto", ["!="] = "ne", ["<"] = "lt", ["lessthan"] = "lt", ["<="] = "le", [">"] = "gt", ["greaterthan"] = "gt", [">="] = "ge",
    };

    /// <summary>Refuses a test that is not known.</summary>
    public static void Require(string name, TemplateRun run)
    {
        if (!All.ContainsKey(Others.GetValueOrDefault(name, name)))
            throw run.Unknown("test", name);
    }

    public static bool Holds(string name, Operations with, object? value, IReadOnlyList<object?> arguments)
    {
        Require(name, with.Run);
        return All[Others.GetValueOrDefault(name, name)](with, value, arguments);
    }

    private static object? One(Operations with, IReadOnlyList<object?> arguments) =>
        arguments.Count == 1 ? arguments[0] : throw with.Run.Bad("one thing to test with", arguments.Count.ToString(CultureInfo.InvariantCulture));

    private static long Whole(Operations with, object? value) =>
        Operations.IsWhole(value, out var whole) ? whole : throw with.Run.Bad("a whole number", Operations.Kind(value));
}
