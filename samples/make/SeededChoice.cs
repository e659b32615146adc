namespace Interpret.Samples.Make;

/// <summary>Choices that are the same on every machine: SplitMix64 (Steele et al. 2014).</summary>
/// <param name="stream">Names the sequence: another name, other choices.</param>
internal sealed class SeededChoice(string stream)
{
    private ulong state = stream.Aggregate(0xCBF29CE484222325, (hash, letter) => (hash ^ letter) * 0x100000001B3);

    /// <summary>From 0 to below <paramref name="count"/>, each alike up to 2⁻⁵⁰.</summary>
    public int Next(int count)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (int)((z ^ z >> 31) % (ulong)count);
    }

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Next(times) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Next(choices.Count)];

    /// <summary>Some of them, none twice, in any order.</summary>
    public IReadOnlyList<T> Some<T>(IEnumerable<T> choices, int count)
    {
        var rest = choices.ToList();
        var some = new List<T>();
        while (some.Count < count)
        {
            var at = Next(rest.Count);
            some.Add(rest[at]);
            rest.RemoveAt(at);
        }

        return some;
    }
}
