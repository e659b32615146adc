using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// The derivative of y = γ·x/rms(x) at one input, for b blocks of r rows, each with a root mean square of its own: the residual stream is one block
/// of D, norms of heads are H blocks of d. dy = γ·(t − ŷ·mean(ŷ·t))/rms, ŷ = x/rms. Where γ is part of the projection that follows, it is 1 here.
/// </summary>
internal sealed class NormTangent
{
    private readonly Tensor normed; // ŷ (b, r, 1, T)
    private readonly Tensor scale; // γ/rms (b, 1, 1, T), or (b, r, 1, T) with a γ
    private readonly Tensor normedScaled; // ŷ·γ/rms (b, r, 1, T)

    /// <param name="input">x, T·b·r numbers in this order.</param>
    /// <param name="scale">1/rms, T·b numbers.</param>
    /// <param name="blocks">b</param>
    /// <param name="gamma">(1, r), the same for all blocks; null: 1.</param>
    public NormTangent(Tensor input, Tensor scale, long blocks, Tensor? gamma = null)
    {
        var inverse = scale.reshape(-1, blocks, 1);
        normed = (input.reshape(inverse.size(0), blocks, -1) * inverse).permute(1, 2, 0).contiguous().unsqueeze(2);
        this.scale = inverse.permute(1, 2, 0).contiguous().unsqueeze(2);
        if (gamma is not null)
            this.scale = (this.scale * gamma.view(1, -1, 1, 1)).contiguous();
        normedScaled = normed * this.scale;
    }

    public static NormTangent? Of(NormTrace? trace, long blocks, Tensor? gamma) =>
        trace is null ? null : new NormTangent(trace.Input, trace.Scale, blocks, gamma);

    /// <summary>Pushes tangents through the norm.</summary>
    /// <param name="tangents">b·r rows, c tangents, S positions, contiguous in this order.</param>
    /// <param name="overwrite">The tangents are of no more use: they may hold the result.</param>
    /// <returns>As the tangents.</returns>
    public Tensor Jvp(Tensor tangents, bool overwrite = false)
    {
        if (tangents.device_type == TorchSharp.DeviceType.CPU)
        {
            var passed = overwrite ? tangents : empty_like(tangents);
            TangentPasses.Norm(tangents, normed, normedScaled, scale, passed);
            return passed;
        }

        using var scope = NewDisposeScope();
        var sizes = tangents.shape;
        long alive = sizes[^1], from = normed.size(3) - alive;
        var blocks = tangents.view(normed.size(0), normed.size(1), -1, alive);
        var along = (blocks * normed.narrow(3, from, alive)).mean([1L], keepdim: true);
        var result = blocks * scale.narrow(3, from, alive);
        result.addcmul_(normedScaled.narrow(3, from, alive), along, Scalars.MinusOne);
        return result.view(sizes).MoveToOuterDisposeScope();
    }
}
