namespace Interpret.Unit.Tests.Model;

/// <summary>Rotary frequencies as Hugging Face's <c>modeling_rope_utils</c> defines them, in its own terms (wavelengths, not turns).</summary>
internal static class PlainRope
{
    public static double[] Default(int headSize, double theta) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / headSize))];

    public static double[] Linear(int headSize, double theta, double factor) => [.. Default(headSize, theta).Select(f => f / factor)];

    public static double[] Dynamic(int headSize, double theta, double factor, int trained, int length)
    {
        var longest = Math.Max(length, trained);
        return Default(headSize, theta * Math.Pow((factor * longest / trained) - (factor - 1), headSize / (headSize - 2.0)));
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
