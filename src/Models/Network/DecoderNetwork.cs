using Interpret.Contracts;
using Interpret.Models.Architectures;

namespace Interpret.Models.Network;

/// <summary>What <see cref="DecoderLayer"/>, <see cref="ShardedModel"/> and their derivatives compute, of all that a config can express.</summary>
public static class DecoderNetwork
{
    /// <summary>Refuses models that the network would compute wrongly: the one place that says what it cannot do yet.</summary>
    /// <param name="family">Says which tensors there are.</param>
    /// <param name="config">The model.</param>
    /// <param name="path">Its config.json, for the error.</param>
    /// <exception cref="BadInputException"><c>architecture-unknown</c>: names everything that is missing here.</exception>
    public static void RequireSupported(IFamily family, DecoderConfig config, string path)
    {
        bool Has(Slot slot) => family.Find(slot, 0, config) is not null;
        bool Needs(Slot slot) => slot <= Slot.Down && !(slot == Slot.Head && config.TiedEmbeddings);
        string[] beyond =
        [
            .. Enum.GetValues<Slot>().Where(slot => slot > Slot.Down && Has(slot)).Select(slot => $"{slot}"),
            .. Enum.GetValues<Slot>().Where(slot => Needs(slot) && !Has(slot)).Select(slot => $"no {slot}"),
            .. config.Activation == Activation.Silu ? [] : (string[])[$"{config.Activation}"],
            .. config.AttentionSoftCap is null ? [] : (string[])["a soft cap on attention"],
            .. config.LogitSoftCap is null ? [] : (string[])["a soft cap on logits"],
            .. config.EmbeddingScale == 1 ? [] : (string[])["scaled embeddings"],
        ];
        if (beyond.Length > 0)
            throw new BadInputException(ErrorClasses.ArchitectureUnknown, path, null, "layers like LLaMA's, which the network computes", string.Join(", ", beyond));
    }
}
