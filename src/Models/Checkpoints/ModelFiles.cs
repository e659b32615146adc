using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;
using static TorchSharp.torch;

namespace Interpret.Models.Checkpoints;

/// <summary>A checkpoint: its architecture, weights and tokenizer, each read once, when first asked for. Thread-safe once opened.</summary>
/// <param name="place">The folder, and its base where it is an adapter.</param>
/// <param name="families">Families that it may be of; null: all that are known.</param>
public sealed class ModelFiles(CheckpointPlace place, Kinds<IFamily>? families = null)
{
    private (IFamily Family, DecoderConfig Config)? architecture;
    private Checkpoint? checkpoint;
    private ITokenizer? tokenizer;

    /// <exception cref="BadInputException">As for <see cref="Families.Read"/>.</exception>
    public DecoderConfig Config => place.Base is null ? Architecture.Config : Checkpoint.Config; // an adapter may change it

    /// <exception cref="BadInputException">Names the file and tensor at fault.</exception>
    public Checkpoint Checkpoint => checkpoint ??= Checkpoint.Open(place, Architecture.Family, Architecture.Config);

    /// <exception cref="BadInputException">As for <see cref="TokenizerFormats.Load"/>.</exception>
    public ITokenizer Tokenizer => tokenizer ??= TokenizerFormats.Load(place.Tokenizer);

    private (IFamily Family, DecoderConfig Config) Architecture =>
        architecture ??= Families.Read(OtherCheckpoints.RequireWhole(place), families ?? Families.All);

    /// <summary>Reads all three and checks them against each other.</summary>
    /// <exception cref="BadInputException">One cannot be used, or <c>tokenizer-mismatch</c>.</exception>
    public static ModelFiles Open(CheckpointPlace place)
    {
        var files = new ModelFiles(place);
        var pieces = files.Checkpoint.Config.VocabularySize;
        if (files.Tokenizer.VocabularySize > pieces)
        {
            throw new BadInputException(
                ErrorClasses.TokenizerMismatch, Path.Combine(place.Tokenizer, TokenizerFormats.Of(place.Tokenizer).FileName), null,
                $"at most {pieces} pieces, config.json's vocab_size", $"{files.Tokenizer.VocabularySize}",
                place.Base is null || place.Tokenizer != place.Directory ? null
                    : "The adapter brings no embeddings for the others; without its tokenizer's files its base's tokenizer is used");
        }

        return files;
    }

    /// <summary>Loads the weights: over all CUDA devices where there are any, else into memory, else streamed from disk.</summary>
    public ShardedModel Load() => ShardedModel.Load(Checkpoint, ChoosePlacement());

    private Placement ChoosePlacement()
    {
        if (cuda.is_available())
            return Placement.ByMemory(Config, DeviceMemory.OfCuda(cuda.device_count()), DeviceMemory.Reserve);
        return Config.WeightBytes < 0.8 * DeviceMemory.OfHost()
            ? Placement.Single(Config, CPU)
            : new Placement([new Shard(CPU, 0, Config.Layers, Streamed: true)]);
    }
}
