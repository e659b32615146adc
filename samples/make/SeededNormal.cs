namespace Interpret.Samples.Make;

/// <summary>
/// Normal random numbers that are the same on every machine: twelve uniform numbers summed. Only integer
/// operations and additions are used, whose results IEEE 754 fixes; logarithms and cosines differ from one library to another.
/// </summary>
/// <param name="stream">Names the sequence: another name, other numbers.</param>
internal sealed class SeededNormal(string stream)
{
    private readonly SeededBits bits = new(stream);

    /// <summary>The next number, of mean 0 and variance 1, between -6 and 6.</summary>
    public double Next()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++) sum += Uniform();
        return sum;
    }

    private double Uniform() => (bits.Next() >> 11) * (1.0 / (1UL << 53));
}
