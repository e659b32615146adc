using Interpret.Contracts;
using Interpret.Models.Architectures;

namespace Interpret.Models.Network;

/// <summary>What <see cref="DecoderLayer"/>, <see cref="ShardedModel"/> and their derivatives compute, of all that a config can express.</summary>
public static class DecoderNetwork
{
    /// <summary>Slots that a family may be without: what they hold is then left out of the computation.</summary>
    private static readonly Slot[] Optional = [Slot.NormBeforeAttention, Slot.NormBeforeFeedForward];

    /// <summary>Refuses models that the network would compute wrongly: the one place that says what it cannot do yet.</summary>
    /// <param name="family">Says which tensors there are.</param>
    /// <param name="config">The model.</param>
    /// <param name="path">Its config.json, for the error.</param>
    /// <exception cref="BadInputException"><c>architecture-unknown</c>: names everything that is missing here.</exception>
    public static void RequireSupported(IFamily family, DecoderConfig config, string path)
    {
        bool Has(Slot slot) => family.Find(slot, 0, config) is not null;
        bool Needs(Slot slot) => slot <= Slot.Down && !Optional.Contains(slot) && !(slot == Slot.Head && config.TiedEmbeddings);
        string[] beyond =
        [
            .. Enum.GetValues<Slot>().Where(slot => Needs(slot) && !Has(slot)).Select(slot => $"no {slot}"),
            .. Has(Slot.QueryBias) == Has(Slot.KeyBias) && Has(Slot.KeyBias) == Has(Slot.ValueBias) ? [] : (string[])["a bias of some projections alone"],
            .. Has(Slot.QueryNorm) == Has(Slot.KeyNorm) ? [] : (string[])["a norm of queries or of keys alone"],
        ];
        if (beyond.Length > 0)
            throw new BadInputException(ErrorClasses.ArchitectureUnknown, path, null, "layers that the network computes", string.Join(", ", beyond));
    }
}
