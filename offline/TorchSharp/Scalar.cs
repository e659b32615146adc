namespace TorchSharp;

/// <summary>A number of any type, as the operators take it.</summary>
public sealed class Scalar : IDisposable
{
    private Scalar(long integer, bool isBool = false) => (Integer, IsBool) = (integer, isBool);

    private Scalar(double real) => (Real, IsFloatingPoint) = (real, true);

    internal long Integer { get; }

    internal double Real { get; }

    internal bool IsFloatingPoint { get; }

    internal bool IsBool { get; }

    public static implicit operator Scalar(int value) => new((long)value);

    public static implicit operator Scalar(long value) => new(value);

    public static implicit operator Scalar(float value) => new((double)value);

    public static implicit operator Scalar(double value) => new(value);

    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, isBool: true);

    /// <summary>Nothing to release here; the real one holds native memory.</summary>
    public void Dispose()
    {
    }
}
