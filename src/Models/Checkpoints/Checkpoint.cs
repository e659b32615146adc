using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Architectures;
using static TorchSharp.torch;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// A checkpoint directory in the Hugging Face layout: <c>config.json</c> and the weights as safetensors or PyTorch
/// <c>.bin</c> files, whole or in shards. Opening reads headers only and checks every name, shape and dtype; a tensor's
/// bytes are read when asked for. One that is an adapter over another is read as if it had been merged.
/// </summary>
public sealed class Checkpoint
{
    private readonly IReadOnlyDictionary<string, TensorLocation> tensors;

    private Checkpoint(CheckpointPlace place, IFamily family, DecoderConfig config, IReadOnlyDictionary<string, TensorLocation> tensors) =>
        (Place, Family, Config, this.tensors) = (place, family, config, tensors);

    public CheckpointPlace Place { get; }

    /// <summary>The folder that it goes by: an adapter's, where it is one over another checkpoint.</summary>
    public string Directory => Place.Directory;

    public IFamily Family { get; }

    public DecoderConfig Config { get; }

    /// <summary>Bytes of all weights in the files.</summary>
    public long Bytes => tensors.Values.Sum(t => t.Length) + (Adapter?.Bytes ?? 0);

    /// <summary>Bytes of a weight as it is held: the most that one takes.</summary>
    public int WeightBytes => Rounding is null ? tensors.Values.Max(TensorRows.ElementBytes) : sizeof(short);

    /// <summary>The files that hold the weights of the whole model, an adapter's not among them.</summary>
    public IReadOnlyList<string> WeightFiles { get; private init; } = [];

    /// <summary>What is added to the weights; null: nothing.</summary>
    internal LoraAdapter? Adapter { get; private init; }

    /// <summary>Opens and checks the weights of a checkpoint.</summary>
    /// <exception cref="BadInputException">Names the file and tensor at fault, with what was expected and found.</exception>
    internal static Checkpoint Open(CheckpointPlace place, IFamily family, DecoderConfig config)
    {
        var tensors = Locate(place.Whole, name => family.MayBeIgnored(name, config));
        Check(place.Whole, family, config, tensors);
        List<string> files = [.. tensors.Values.Select(tensor => tensor.File).Distinct(StringComparer.Ordinal)];
        var whole = new Checkpoint(place.Whole, family, config, tensors) { WeightFiles = files };
        whole.RequireTiedHead();
        if (place.Base is null)
            return new Checkpoint(place, family, config, tensors) { WeightFiles = files };
        var adapter = LoraAdapter.Open(place.Directory, family, config, tensors);
        var merged = new Dictionary<string, TensorLocation>(tensors, StringComparer.Ordinal);
        foreach (var (name, tensor) in adapter.Replaced) merged[name] = tensor;
        return new Checkpoint(place, family, adapter.Config, merged) { WeightFiles = files, Adapter = adapter };
    }

    /// <summary>Where a slot's numbers lie; the layer of a slot of the model says nothing.</summary>
    public TensorSource Source(Slot slot, int layer) => Family.Source(slot, layer, Config);

    /// <summary>Whether the family's models have a slot.</summary>
    public bool Has(Slot slot, int layer) => Family.Find(slot, layer, Config) is not null;

    /// <summary>Reads a slot as float32 onto a device; the caller owns it.</summary>
    public Tensor Load(Slot slot, int layer, Device device) => Load(Source(slot, layer), device);

    /// <summary>Reads rows of a tensor as float32 onto a device, and nothing else of it; the caller owns them.</summary>
    public Tensor Load(TensorSource source, Device device)
    {
        using var scope = NewDisposeScope();
        return LoadStored(source, device).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Reads a slot onto a device in the type that it is held as: the file's, unless an adapter or a norm's shift changes it; the caller owns it.
    /// </summary>
    public Tensor LoadStored(Slot slot, int layer, Device device) => LoadStored(Source(slot, layer), device);

    private Tensor LoadStored(TensorSource source, Device device)
    {
        using var scope = NewDisposeScope();
        var location = tensors[source.Tensor];
        var loaded = TensorRows.Read(location, source.FirstRow, source.Rows ?? location.Shape[0] - source.FirstRow);
        if (Adapter?.Of(source.Tensor) is { } update)
        {
            loaded = loaded.to(ScalarType.Float32); // in memory, so that every device gets the same numbers
            update.AddTo(loaded, source.FirstRow);
        }

        loaded = loaded.to(device);
        if (Rounding is { } narrow && loaded.dim() > 1)
            loaded = Rounded(loaded, narrow, location);
        return (source.Shift == 0 ? loaded : loaded.to(ScalarType.Float32) + source.Shift).MoveToOuterDisposeScope();
    }

    /// <summary>What weights are rounded to; null: they stay as the files have them.</summary>
    private ScalarType? Rounding => Place.Precision switch
    {
        WeightPrecision.BFloat16 => ScalarType.BFloat16,
        WeightPrecision.Float16 => ScalarType.Float16,
        _ => null,
    };

    /// <summary>
    /// Refuses a head beside embeddings that are said to be tied, unless it says the same: which of the two is meant, nobody can tell. Only such a
    /// checkpoint is read here.
    /// </summary>
    private void RequireTiedHead()
    {
        if (!Config.TiedEmbeddings || Family.Find(Slot.Head, 0, Config) is not { } head || !tensors.TryGetValue(head.Tensor, out var stored))
            return;
        var embedding = Source(Slot.InputEmbedding, 0);
        var differs = !stored.Shape.SequenceEqual(tensors[embedding.Tensor].Shape);
        const long slice = 4096;
        for (long row = 0; row < stored.Shape[0] && !differs; row += slice)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(slice, stored.Shape[0] - row);
            differs = Load(head with { FirstRow = row, Rows = rows }, CPU).ne(Load(embedding with { FirstRow = row, Rows = rows }, CPU)).any().item<bool>();
        }

        if (differs)
        {
            throw new BadInputException(
                ErrorClasses.TensorExtra, stored.File, $"tensor {head.Tensor}", $"the numbers of {embedding.Tensor}, since config.json ties the two", "others",
                "If the model has a head of its own, config.json must say \"tie_word_embeddings\": false");
        }
    }

    private static Tensor Rounded(Tensor weights, ScalarType type, TensorLocation location)
    {
        var rounded = weights.to(type);
        if (type == ScalarType.Float16 && !rounded.isfinite().all().item<bool>())
        {
            throw new BadInputException(
                ErrorClasses.TensorDtype, location.File, $"tensor {location.Name}", "numbers that float16 can hold, at most 65,504", "larger ones",
                "Round it to bfloat16, or leave it as it is");
        }

        return rounded;
    }

    private static IReadOnlyDictionary<string, TensorLocation> Locate(string directory, Func<string, bool> mayBeIgnored)
    {
        foreach (var (index, whole) in new[] { ("model.safetensors.index.json", "model.safetensors"), ("pytorch_model.bin.index.json", "pytorch_model.bin") })
        {
            if (File.Exists(Path.Combine(directory, index)))
                return LocateShards(directory, Path.Combine(directory, index), mayBeIgnored);
            if (File.Exists(Path.Combine(directory, whole)))
                return OpenFile(Path.Combine(directory, whole));
        }

        throw OtherCheckpoints.WithoutWeights(directory) ?? new BadInputException(
            ErrorClasses.CheckpointMissing, directory, null, "model.safetensors, pytorch_model.bin, or the index.json of their shards", "none of them");
    }

    /// <summary>The tensors of one file of weights, safetensors or an archive by its name.</summary>
    internal static IReadOnlyDictionary<string, TensorLocation> OpenFile(string path) =>
        path.EndsWith(".safetensors", StringComparison.Ordinal) ? SafetensorsReader.Open(path) : PyTorchArchive.Open(path);

    /// <summary>
    /// The tensors of all shards. What a whole file may hold beside the weights an index may list or not, whether a shard has it or not.
    /// </summary>
    private static Dictionary<string, TensorLocation> LocateShards(string directory, string index, Func<string, bool> mayBeIgnored)
    {
        var map = CheckpointJson.Read(index, ErrorClasses.IndexMalformed, root => WeightMap(index, root));
        var located = new Dictionary<string, TensorLocation>(StringComparer.Ordinal);
        foreach (var shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (shard.Length == 0 || shard != Path.GetFileName(shard))
                throw new BadInputException(ErrorClasses.IndexMalformed, index, "weight_map", "names of files beside it", $"'{Quoted.Beginning(shard)}'");
            var path = Path.Combine(directory, shard);
            if (!File.Exists(path))
                throw new BadInputException(ErrorClasses.CheckpointMissing, index, "weight_map", $"shard {Quoted.Beginning(shard)} beside it", "no such file");
            foreach (var (name, tensor) in OpenFile(path))
            {
                if ((!map.TryGetValue(name, out var owner) || owner != shard) && !mayBeIgnored(name))
                    throw new BadInputException(
                        ErrorClasses.TensorExtra, path, $"tensor {Quoted.Beginning(name)}", $"a tensor that {Path.GetFileName(index)} places in this shard", owner ?? "no entry");
                located[name] = tensor;
            }
        }

        foreach (var (name, shard) in map)
        {
            if (!located.ContainsKey(name) && !mayBeIgnored(name))
                throw new BadInputException(
                    ErrorClasses.TensorMissing, Path.Combine(directory, shard), $"tensor {Quoted.Beginning(name)}", $"the tensor that {Path.GetFileName(index)} places there", "none");
        }

        return located;
    }

    private static Dictionary<string, string> WeightMap(string index, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var weights) || weights.ValueKind != JsonValueKind.Object)
            throw new BadInputException(ErrorClasses.IndexMalformed, index, null, "an object weight_map", "none");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in weights.EnumerateObject())
            map[entry.Name] = entry.Value.ToString();
        return map;
    }

    private static void Check(string directory, IFamily family, DecoderConfig config, IReadOnlyDictionary<string, TensorLocation> tensors)
    {
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, shape) in family.InOrder(config))
        {
            // The first that is missing ends it: however many layers config.json promises, no more names are made than there are tensors.
            if (!tensors.TryGetValue(name, out var tensor))
                throw OtherCheckpoints.Instead(directory, name, tensors) ?? new BadInputException(
                    ErrorClasses.TensorMissing, directory, $"tensor {name}", $"{string.Join("x", shape)} by config.json", "no such tensor");
            if (!tensor.Shape.SequenceEqual(shape))
                throw OtherCheckpoints.Instead(directory, name, tensors) ?? new BadInputException(
                    ErrorClasses.TensorShape, tensor.File, $"tensor {name}", $"{string.Join("x", shape)} by config.json", string.Join("x", tensor.Shape));
            if (!TensorRows.IsRead(tensor))
                throw OtherCheckpoints.Instead(directory, name, tensors) ?? TensorRows.UnreadType(tensor);
            expected.Add(name);
        }

        var extra = tensors.Values.FirstOrDefault(t => !expected.Contains(t.Name) && !family.MayBeIgnored(t.Name, config));
        if (extra is not null)
            throw OtherCheckpoints.Instead(directory, extra.Name, tensors) ?? new BadInputException(
                ErrorClasses.TensorExtra, extra.File, $"tensor {Quoted.Beginning(extra.Name)}",
                $"only the {expected.Count} tensors of a {config.Layers}-layer model", "one more");
    }
}
