namespace Interpret.Samples.Make;

/// <summary>Random bits that are the same on every machine: SplitMix64 (Steele et al. 2014), begun at the FNV-1a hash of a name.</summary>
/// <param name="stream">Names the sequence: another name, other bits.</param>
internal sealed class SeededBits(string stream)
{
    private ulong state = stream.Aggregate(0xCBF29CE484222325, (hash, letter) => (hash ^ letter) * 0x100000001B3);

    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
