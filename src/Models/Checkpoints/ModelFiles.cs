using Interpret.Contracts;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;
using static TorchSharp.torch;

namespace Interpret.Models.Checkpoints;

/// <summary>A checkpoint with its tokenizer, checked against each other.</summary>
public sealed record ModelFiles(Checkpoint Checkpoint, ITokenizer Tokenizer)
{
    public static ModelFiles Open(string directory)
    {
        var checkpoint = Checkpoint.Open(directory);
        var tokenizer = TokenizerFormats.Load(directory);
        if (tokenizer.VocabularySize > checkpoint.Config.VocabularySize)
        {
            throw new BadInputException(
                "tokenizer-mismatch", Path.Combine(directory, TokenizerFormats.Of(directory).FileName), null,
                $"at most {checkpoint.Config.VocabularySize} pieces, config.json's vocab_size", $"{tokenizer.VocabularySize}");
        }

        return new ModelFiles(checkpoint, tokenizer);
    }

    /// <summary>Loads the weights: over all CUDA devices where there are any, else into memory, else streamed from disk.</summary>
    public ShardedModel Load() => ShardedModel.Load(Checkpoint, ChoosePlacement());

    private Placement ChoosePlacement()
    {
        var config = Checkpoint.Config;
        if (cuda.is_available())
            return Placement.ByMemory(config, DeviceMemory.OfCuda(cuda.device_count()), DeviceMemory.Reserve);
        var needed = 4 * (config.LayerParameters + 2L * config.VocabularySize * config.HiddenSize);
        return needed < 0.8 * DeviceMemory.OfHost()
            ? Placement.Single(config, CPU)
            : new Placement([new Shard(CPU, 0, config.Layers, Streamed: true)]);
    }
}
