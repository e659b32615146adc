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
    private const double HostShare = 0.8; // of memory, that weights may take

    private (IFamily Family, DecoderConfig Config)? architecture;
    private Checkpoint? checkpoint;
    private ITokenizer? tokenizer;

    /// <exception cref="BadInputException">As for <see cref="Families.Read"/>.</exception>
    public DecoderConfig Config => place.Base is null ? Architecture.Config : Checkpoint.Config; // an adapter may change it

    /// <exception cref="BadInputException">Names the file and tensor at fault.</exception>
    public Checkpoint Checkpoint => checkpoint ??= Checkpoint.Open(place, Architecture.Family, Architecture.Config);

    /// <exception cref="BadInputException">As for <see cref="TokenizerFormats.Load"/>.</exception>
    public ITokenizer Tokenizer => tokenizer ??= TokenizerFormats.Load(place.Tokenizer);

    /// <summary>
    /// What the files say that has no effect, a sentence each. Where config.json and the tokenizer differ in what a text begins with, the tokenizer counts,
    /// and in what it ends with, the model's files, as in Hugging Face's library.
    /// </summary>
    public IReadOnlyList<string> Remarks
    {
        get
        {
            var remarks = Config.Remarks.ToList();
            if (Config is { BosIsStated: true, BosId: { } stated } && Tokenizer.BosId is { } fed && fed != stated)
                remarks.Add($"config.json: bos_token_id {stated} has no effect: texts begin with the tokenizer's, {fed}");
            if (SpecialTokens.Of(place.Tokenizer).TryGetValue(SpecialTokens.End, out var end) && Tokenizer.TryGetId(end, out var id)
                && !Config.EosIds.Contains(id))
            {
                var ends = Config.EosIds.Count == 0 ? "none" : string.Join(", ", Config.EosIds);
                remarks.Add($"the tokenizer's {SpecialTokens.End} {Quoted.Of(end)} ({id}) ends no response but to a prompt in a template: the model's files say {ends}");
            }

            return remarks;
        }
    }

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
    /// <param name="beside">A model that is in memory already and stays there; null: none.</param>
    /// <exception cref="BadInputException"><c>model-too-large</c>: they do not fit onto the devices.</exception>
    public ShardedModel Load(ModelFiles? beside = null) => ShardedModel.Load(Checkpoint, ChoosePlacement(beside));

    /// <summary>Bytes that the weights take while the model is used: what is held of them, and what of the others is float32 at a time.</summary>
    public long BytesHeld(WeightsHeld held)
    {
        var tables = (Config.TiedEmbeddings ? 1 : 2) * TableSize * Checkpoint.WeightBytes;
        return held switch
        {
            WeightsHeld.AsFloat32 => Config.WeightBytes,
            WeightsHeld.AsStored => (Config.Layers * StoredLayerBytes) + tables + WorkingBytes(held),
            _ => tables + WorkingBytes(held),
        };
    }

    /// <summary>
    /// Bytes of what is made for the time of a use: a layer and a block of the head in float32, and a layer as it is read where it stays on disk.
    /// </summary>
    public long WorkingBytes(WeightsHeld held) => held == WeightsHeld.AsFloat32 ? 0
        : Config.LayerBytes + Math.Min(LmHead.BlockBytes, sizeof(float) * TableSize) + (held == WeightsHeld.OnDisk ? StoredLayerBytes : 0);

    /// <summary>Numbers of an embedding table.</summary>
    private long TableSize => (long)Config.VocabularySize * Config.HiddenSize;

    /// <summary>Bytes of a layer in the checkpoint's files.</summary>
    public long StoredLayerBytes => Config.LayerBytes / sizeof(float) * Checkpoint.WeightBytes;

    /// <summary>How the weights are held on a processor.</summary>
    /// <param name="memory">Bytes of memory of its machine.</param>
    public WeightsHeld OnHost(long memory) => Ways.Where(way => BytesHeld(way) < HostShare * memory).Append(WeightsHeld.OnDisk).First();

    /// <summary>How the weights may be held in memory, the first that fits.</summary>
    private WeightsHeld[] Ways => (place.Precision, Checkpoint.WeightBytes < sizeof(float)) switch
    {
        (WeightPrecision.Automatic, true) => [WeightsHeld.AsFloat32, WeightsHeld.AsStored],
        (WeightPrecision.Float32, _) or (_, false) => [WeightsHeld.AsFloat32], // the files' own float32 takes no more, and is ready
        _ => [WeightsHeld.AsStored],
    };

    private Placement ChoosePlacement(ModelFiles? beside)
    {
        if (!cuda.is_available())
        {
            var memory = DeviceMemory.OfHost();
            return new Placement([new Shard(CPU, 0, Config.Layers, OnHost(memory - (beside?.BytesHeld(beside.OnHost(memory)) ?? 0)))]);
        }

        var (ways, devices) = (Ways, DeviceMemory.OfCuda(cuda.device_count()));
        Placement On(WeightsHeld way) =>
            Placement.ByMemory(Config, devices, DeviceMemory.Reserve, way == WeightsHeld.AsStored ? Checkpoint.WeightBytes : null);
        try
        {
            return On(ways[0]);
        }
        catch (BadInputException e) when (ways.Length > 1 && e.ErrorClass == ErrorClasses.ModelTooLarge)
        {
            return On(ways[^1]);
        }
    }
}
