using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>Keys that a file has and that mean nothing here: they are passed over, and named once.</summary>
public sealed class IgnoredKeys
{
    /// <summary>Different keys that are kept.</summary>
    private const int Kept = 100;

    private readonly List<string> names = [];

    /// <summary>The first of them, each once, in the order in which they came.</summary>
    public IReadOnlyList<string> Names => names;

    public void Add(string key)
    {
        if (names.Count < Kept && !names.Contains(key, StringComparer.Ordinal)) names.Add(key.Length > Quoted.Longest ? Quoted.Beginning(key) : key);
    }

    /// <summary>Says of a source that they are passed over; nothing where there are none.</summary>
    public static IEnumerable<string> Notes(string source, IReadOnlyList<string> names)
    {
        if (names.Count > 0) yield return $"{source}: passed over: {(names.Count == 1 ? "the key" : "the keys")} {Quoted.List(names)}";
    }
}
