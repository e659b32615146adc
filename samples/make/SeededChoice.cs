namespace Interpret.Samples.Make;

/// <summary>Choices that are the same on every machine.</summary>
/// <param name="stream">Names the sequence: another name, other choices.</param>
internal sealed class SeededChoice(string stream)
{
    private readonly SeededBits bits = new(stream);

    /// <summary>From 0 to below <paramref name="count"/>, each alike up to 2⁻⁵⁰.</summary>
    public int Next(int count) => (int)(bits.Next() % (ulong)count);

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
