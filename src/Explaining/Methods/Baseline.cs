using Interpret.Contracts;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Methods;

/// <summary>The embedding that stands in the place of a token that counts as absent.</summary>
/// <param name="Name">As studies and commands call it.</param>
/// <param name="Of">b (D), on the model's first device.</param>
public sealed record Baseline(string Name, Func<ShardedModel, Tensor> Of) : IKind
{
    /// <summary>The mean of the vocabulary's embeddings.</summary>
    public static Baseline Mean { get; } = new("mean", model => model.MeanEmbedding());

    /// <summary>A vector of zeros.</summary>
    public static Baseline Zero { get; } = new("zero", model => zeros(model.Config.HiddenSize, device: model.FirstDevice));

    /// <summary>Those that need no token.</summary>
    public static Kinds<Baseline> All { get; } = new("baseline", Mean, Zero);

    /// <summary>The embedding of a token.</summary>
    public static Baseline Token(string name, int id) => new(name, model =>
    {
        using var scope = NewDisposeScope();
        return model.Embed([id]).select(0, 0).MoveToOuterDisposeScope();
    });
}
