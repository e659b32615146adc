namespace Interpret.Explaining;

/// <summary>How much of a response's attribution lies on the instruction (paper, section 4.1), damped by the instruction's length.</summary>
public static class InstructionScore
{
    /// <summary>Σ density over instruction tokens / log2(2 + number of instruction tokens), in float64; 0 without prompt or instruction tokens.</summary>
    /// <param name="density">(n) of <see cref="ImportanceDensity"/>; all zero when the output is empty.</param>
    /// <param name="mask">(n) true for instruction tokens.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Of(ReadOnlySpan<float> density, ReadOnlySpan<bool> mask)
    {
        if (density.Length != mask.Length) throw new ArgumentException($"{density.Length} densities, {mask.Length} mask entries", nameof(mask));

        var (sum, count) = (0.0, 0);
        for (var i = 0; i < mask.Length; i++)
        {
            if (!mask[i]) continue;
            sum += density[i];
            count++;
        }

        return sum / Math.Log2(2.0 + count);
    }
}
