using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>The elementwise functions of decoders, with their slopes. Of any shape; no operation is in place, so autograd can follow.</summary>
public static class Activations
{
    // gelu(x) = x/2 · (1 + tanh(√(2/π)·(x + 0.044715 x³))): Hendrycks and Gimpel 2016, arXiv 1606.08415
    private const double Cubic = 0.044715;
    private static readonly double Root = Math.Sqrt(2 / Math.PI);

    /// <summary>What a feed-forward layer makes of its gate.</summary>
    public static Tensor Of(Activation activation, Tensor gate)
    {
        if (activation == Activation.Silu)
            return nn.functional.silu(gate);
        using var scope = NewDisposeScope();
        return HalfOf(gate, GeluTanh(gate)).MoveToOuterDisposeScope();
    }

    /// <summary>The same with its derivative by the gate.</summary>
    public static (Tensor Value, Tensor Slope) WithSlope(Activation activation, Tensor gate)
    {
        using var scope = NewDisposeScope();
        if (activation == Activation.Silu)
        {
            // silu' = σ + silu·(1 − σ)
            var sigmoid = gate.sigmoid();
            var value = gate * sigmoid;
            var slope = sigmoid.add(value * sigmoid.neg().add(Scalars.One, Scalars.One), Scalars.One);
            return (value.MoveToOuterDisposeScope(), slope.MoveToOuterDisposeScope());
        }

        // gelu' = (1 + t)/2 + x/2·(1 − t²)·√(2/π)·(1 + 3·0.044715 x²)
        var t = GeluTanh(gate);
        var inner = (gate * gate).mul(Scalars.Of(3 * Cubic * Root)).add(Scalars.Of(Root), Scalars.One);
        var bend = HalfOf(gate, (t * t).neg()) * inner;
        var half = t.add(Scalars.One, Scalars.One).mul(Scalars.Of(0.5));
        return (HalfOf(gate, t).MoveToOuterDisposeScope(), bend.add(half, Scalars.One).MoveToOuterDisposeScope());
    }

    /// <summary>c·tanh(x/c), and the tanh alone: 1 − tanh² is the slope.</summary>
    public static (Tensor Value, Tensor Tanh) SoftCap(Tensor x, double cap)
    {
        var tanh = x.mul(Scalars.Of(1 / cap)).tanh();
        return (tanh.mul(Scalars.Of(cap)), tanh);
    }

    /// <summary>1 − t²</summary>
    public static Tensor TanhSlope(Tensor tanh)
    {
        using var scope = NewDisposeScope();
        return (tanh * tanh).neg().add(Scalars.One, Scalars.One).MoveToOuterDisposeScope();
    }

    private static Tensor GeluTanh(Tensor x) =>
        (x * x).mul(Scalars.Of(Cubic)).add(Scalars.One, Scalars.One).mul(x).mul(Scalars.Of(Root)).tanh();

    /// <summary>x/2·(1 + y)</summary>
    private static Tensor HalfOf(Tensor x, Tensor y) => y.add(Scalars.One, Scalars.One).mul(x).mul(Scalars.Of(0.5));
}
