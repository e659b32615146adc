using System.Text.RegularExpressions;
using Interpret.Contracts;
using Interpret.Models.Architectures;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// A LoRA adapter as Hugging Face's peft saves it, against the base that it changes: every tensor of the file belongs to one of the base's, or the adapter
/// is refused. Weights are merged as they are read, row by row, so that a model that is sharded or streamed from disk needs no copy of its base.
/// </summary>
internal sealed partial class LoraAdapter
{
    private const string Prefix = "base_model.model.";
    private const string WholeFile = "adapter_model.safetensors", ArchiveFile = "adapter_model.bin";

    private readonly LoraConfig lora;
    private readonly string weights;
    private readonly Dictionary<string, LowRankUpdate> updates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorLocation> replaced = new(StringComparer.Ordinal);

    private LoraAdapter(LoraConfig lora, string weights, DecoderConfig config) => (this.lora, this.weights, Config) = (lora, weights, config);

    /// <summary>The files that say what it is.</summary>
    public IReadOnlyList<string> Files => [lora.Path, weights];

    /// <summary>The model that comes of it: its base's, but for tokens that the adapter adds and embeddings that it parts.</summary>
    public DecoderConfig Config { get; private set; }

    /// <summary>Tensors that it holds whole, in place of the base's of the same name.</summary>
    public IReadOnlyDictionary<string, TensorLocation> Replaced => replaced;

    /// <summary>Bytes of its own.</summary>
    public long Bytes => updates.Values.Sum(update => update.A.Length + update.B.Length);

    /// <summary>What it adds to a tensor of the base; null: nothing.</summary>
    public LowRankUpdate? Of(string tensor) => updates.GetValueOrDefault(tensor);

    /// <param name="directory">The adapter's folder.</param>
    /// <param name="family">The base's family.</param>
    /// <param name="config">The base's.</param>
    /// <param name="tensors">The base's.</param>
    /// <exception cref="BadInputException">It is no adapter, one of another kind, or none of this base; names the file and the key or tensor.</exception>
    public static LoraAdapter Open(string directory, IFamily family, DecoderConfig config, IReadOnlyDictionary<string, TensorLocation> tensors)
    {
        if (!Directory.Exists(directory))
            throw new BadInputException(ErrorClasses.CheckpointMissing, directory, null, "the folder of an adapter", "nothing at that path");
        if (!CheckpointPlace.IsAdapter(directory))
        {
            throw new BadInputException(
                ErrorClasses.CheckpointKind, directory, null, $"an adapter, {LoraConfig.FileName}, since a base is named",
                File.Exists(Path.Combine(directory, CheckpointPlace.ConfigFile)) ? "a checkpoint" : "none",
                "A checkpoint that is whole has no base: leave it out");
        }

        var lora = LoraConfig.Read(directory);
        var file = new[] { WholeFile, ArchiveFile }.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists) ?? throw new BadInputException(
            ErrorClasses.CheckpointMissing, directory, null, $"{WholeFile} or {ArchiveFile}", "none of them");
        var adapter = new LoraAdapter(lora, file, config);
        var pairs = adapter.Sort(Checkpoint.OpenFile(file));
        adapter.Fit(family, pairs, tensors);
        return adapter;
    }

    /// <summary>The two factors of a module's update.</summary>
    private sealed class Pair
    {
        public TensorLocation? A { get; set; }

        public TensorLocation? B { get; set; }

        public bool OfEmbedding { get; set; }
    }

    /// <summary>Takes the file apart: whole tensors by the base's names, factors by the tensor of the base that they change.</summary>
    private Dictionary<string, Pair> Sort(IReadOnlyDictionary<string, TensorLocation> found)
    {
        var pairs = new Dictionary<string, Pair>(StringComparer.Ordinal);
        foreach (var tensor in found.Values)
        {
            if (!TensorRows.IsRead(tensor))
                throw TensorRows.UnreadType(tensor);
            if (!tensor.Name.StartsWith(Prefix, StringComparison.Ordinal))
                throw Bad(ErrorClasses.TensorExtra, tensor, $"a name that begins with \"{Prefix}\"", "another");
            var name = tensor.Name[Prefix.Length..];
            if (FactorName().Match(name) is { Success: true } factor)
            {
                var (embedding, isA) = (factor.Groups["embedding"].Success, factor.Groups["side"].Value == "A");
                var changed = factor.Groups["module"].Value + ".weight";
                if (!pairs.TryGetValue(changed, out var pair))
                    pairs[changed] = pair = new Pair { OfEmbedding = embedding };
                if ((isA ? pair.A : pair.B) is { } other || pair.OfEmbedding != embedding)
                    throw Bad(ErrorClasses.TensorExtra, tensor, $"one lora_A and one lora_B for {Quoted.Beginning(changed)}", "one more");
                if (isA) pair.A = tensor;
                else pair.B = tensor;
                continue;
            }

            if (!replaced.TryAdd(WholeName().Replace(name, ".${last}"), tensor))
                throw Bad(ErrorClasses.TensorExtra, tensor, "each tensor of the base once", "one more");
        }

        return pairs.Count + replaced.Count > 0 ? pairs
            : throw new BadInputException(ErrorClasses.TensorMissing, weights, null, "the tensors of an adapter", "none");
    }

    private void Fit(IFamily family, Dictionary<string, Pair> pairs, IReadOnlyDictionary<string, TensorLocation> tensors)
    {
        var embedding = family.Source(Slot.InputEmbedding, 0, Config).Tensor;
        if (Config.TiedEmbeddings && family.Find(Slot.Head, 0, Config)?.Tensor is { } head
            && new[] { embedding, head }.FirstOrDefault(name => pairs.ContainsKey(name) || replaced.ContainsKey(name)) is { } touched)
            Part(embedding, head, touched, tensors);
        if (replaced.TryGetValue(embedding, out var table) && table.Shape is [var rows and > 0 and <= int.MaxValue, _])
            Config = Config with { VocabularySize = (int)rows };

        var shapes = family.Shapes(Config);
        foreach (var (name, tensor) in replaced)
        {
            if (!shapes.TryGetValue(name, out var shape))
                throw Unmatched(tensor, shapes);
            Require(tensor, shape, $"{name} of the base has it");
        }

        foreach (var (name, pair) in pairs)
        {
            var present = (pair.A ?? pair.B)!;
            if (!shapes.TryGetValue(name, out var shape) || shape.Length != 2 || pair.OfEmbedding != (name == embedding))
                throw Unmatched(present, shapes);
            if (pair.A is not { } a || pair.B is not { } b)
                throw Bad(ErrorClasses.TensorMissing, present, $"{(pair.A is null ? "lora_A" : "lora_B")} beside it", "none");
            var module = name[..name.LastIndexOf('.')];
            var (rank, scale) = lora.Of(module);
            var (input, output) = pair.OfEmbedding ? (shape[0], shape[1]) : (shape[1], shape[0]);
            var why = $"rank {rank} in {LoraConfig.FileName} and {name} of the base, {string.Join("x", shape)}, want it";
            Require(a, [rank, input], why);
            Require(b, [output, rank], why);
            updates[name] = new LowRankUpdate(a, b, scale, pair.OfEmbedding);
        }

        RequireSaved(shapes.Keys);
    }

    /// <summary>
    /// Parts embeddings that the base ties: the adapter was trained on one of the two and not on the other, or on a copy of each, so the model has two
    /// tables from then on. (What peft merges in place, where the tables are one, is another model than the one that was trained.)
    /// </summary>
    private void Part(string embedding, string head, string touched, IReadOnlyDictionary<string, TensorLocation> tensors)
    {
        if (lora.TiesEmbeddings)
        {
            throw new BadInputException(
                ErrorClasses.CheckpointKind, lora.Path, "ensure_weight_tying", $"false, since it changes {touched} and the base ties {embedding} and {head}", "true",
                "Merge it into its base with peft (merge_and_unload), save the result and name that");
        }

        Config = Config with { TiedEmbeddings = false };
        replaced.TryAdd(head, tensors[embedding]);
    }

    /// <summary>Refuses an adapter that lacks a module that it says to hold whole: the base's would stand there, untrained.</summary>
    private void RequireSaved(IEnumerable<string> names)
    {
        if (lora.Saved.Count == 0)
            return;
        foreach (var name in names)
        {
            var module = name[..name.LastIndexOf('.')];
            if (!replaced.ContainsKey(name) && lora.Saved.Any(saved => module == saved || module.EndsWith($".{saved}", StringComparison.Ordinal)))
            {
                throw new BadInputException(
                    ErrorClasses.TensorMissing, weights, $"tensor {Prefix}{name}", "the module that modules_to_save names", "no such tensor");
            }
        }
    }

    private static void Require(TensorLocation tensor, long[] shape, string why)
    {
        if (!tensor.Shape.SequenceEqual(shape))
            throw Bad(ErrorClasses.TensorShape, tensor, $"{string.Join("x", shape)}: {why}", string.Join("x", tensor.Shape));
    }

    private static BadInputException Unmatched(TensorLocation tensor, IReadOnlyDictionary<string, long[]> shapes) => Bad(
        ErrorClasses.TensorExtra, tensor, $"a tensor for one of the base's, such as {shapes.Keys.ElementAt(Math.Min(2, shapes.Count - 1))}",
        "one that belongs to none of them", "Is the base the model that the adapter was trained on?");

    private static BadInputException Bad(string errorClass, TensorLocation tensor, string expected, string found, string? remedy = null) =>
        new(errorClass, tensor.File, $"tensor {Quoted.Beginning(tensor.Name)}", expected, found, remedy);

    /// <summary>A factor's name; older files have the adapter's name in it.</summary>
    [GeneratedRegex(@"^(?<module>.+)\.lora_(?:(?<side>[AB])(?:\.[^.]+)?\.weight|(?<embedding>embedding)_(?<side>[AB])(?:\.[^.]+)?)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex FactorName();

    /// <summary>What stands before the last part of the name of a whole tensor.</summary>
    [GeneratedRegex(@"\.(?:base_layer|modules_to_save(?:\.[^.]+)?)\.(?<last>weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex WholeName();
}
