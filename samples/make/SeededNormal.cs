namespace Interpret.Samples.Make;

/// <summary>
/// Normal random numbers that are the same on every machine: SplitMix64 (Steele et al. 2014), twelve uniform numbers summed. Only integer
/// operations and additions are used, whose results IEEE 754 fixes; logarithms and cosines differ from one library to another.
/// </summary>
/// <param name="stream">Names the sequence: another name, other numbers.</param>
internal sealed class SeededNormal(string stream)
{
    private ulong state = Fnv1a(stream);

    /// <summary>The next number, of mean 0 and variance 1, between -6 and 6.</summary>
    public double Next()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++) sum += Uniform();
        return sum;
    }

    private double Uniform() => (Bits() >> 11) * (1.0 / (1UL << 53));

    private ulong Bits()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    private static ulong Fnv1a(string text) => text.Aggregate(0xCBF29CE484222325, (hash, letter) => (hash ^ letter) * 0x100000001B3);
}
