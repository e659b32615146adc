using Interpret.Models.Architectures;

namespace Interpret.Unit.Tests.Model;

/// <summary>Rotary frequencies as Hugging Face's <c>modeling_rope_utils</c> defines them, in its own terms (wavelengths, not turns).</summary>
internal static class PlainRope
{
    public static double[] Default(int headSize, double theta) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / headSize))];

    /// <summary>Of a layer, where the length of the input does not matter.</summary>
    public static double[] Of(int headSize, LayerPositions positions) => positions.Scaling switch
    {
        null => Default(headSize, positions.Theta),
        RopeScaling.Linear linear => Linear(headSize, positions.Theta, linear.Factor),
        RopeScaling.Llama3 llama3 => Llama3(
            headSize, positions.Theta, llama3.Factor, llama3.LowFrequencyFactor, llama3.HighFrequencyFactor, llama3.TrainedContext),
        RopeScaling.Yarn yarn => Yarn(headSize, positions.Theta, yarn.Factor, yarn.FastTurns, yarn.SlowTurns, yarn.TrainedContext),
        var other => throw new NotSupportedException($"{other}"),
    };

    public static double[] Linear(int headSize, double theta, double factor) => [.. Default(headSize, theta).Select(f => f / factor)];

    public static double[] Dynamic(int headSize, double theta, double factor, int trained, int length)
    {
        var longest = Math.Max(length, trained);
        return Default(headSize, theta * Math.Pow((factor * longest / trained) - (factor - 1), headSize / (headSize - 2.0)));
    }

    /// <summary>By the original's terms: a ramp between the pairs that turn fast and slow often within the trained context.</summary>
    public static double[] Yarn(int headSize, double theta, double factor, double fast, double slow, int trained)
    {
        double Pair(double turns) => headSize * Math.Log(trained / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        var (low, high) = (Math.Max(Math.Floor(Pair(fast)), 0), Math.Min(Math.Ceiling(Pair(slow)), headSize - 1));
        if (low == high) high += 0.001;
        return [.. Default(headSize, theta).Select((frequency, i) =>
        {
            var interpolated = Math.Clamp((i - low) / (high - low), 0, 1);
            return (frequency / factor * interpolated) + (frequency * (1 - interpolated));
        })];
    }

    public static double[] Llama3(int headSize, double theta, double factor, double low, double high, int trained) =>
        [.. Default(headSize, theta).Select(frequency =>
        {
            var wavelength = 2 * Math.PI / frequency;
            if (wavelength < trained / high) return frequency;
            if (wavelength > trained / low) return frequency / factor;
            var smooth = ((trained / wavelength) - low) / (high - low);
            return ((1 - smooth) * frequency / factor) + (smooth * frequency);
        })];
}
