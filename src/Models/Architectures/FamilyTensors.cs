namespace Interpret.Models.Architectures;

/// <summary>The tensors that a family's models consist of.</summary>
public static class FamilyTensors
{
    private static readonly Slot[] LayerSlots = [.. Enum.GetValues<Slot>().Where(slot => slot > Slot.Head)];

    /// <summary>Where a slot lies that the model must have.</summary>
    /// <exception cref="InvalidOperationException">The family has none: whoever asks took the config for another.</exception>
    public static TensorSource Source(this IFamily family, Slot slot, int layer, DecoderConfig config) =>
        family.Find(slot, layer, config) ?? throw new InvalidOperationException($"models of the family {family.Name} have no {slot}");

    /// <summary>Numbers of a layer's tensors beside those that every decoder has.</summary>
    public static long LayerVectors(this IFamily family, DecoderConfig config) =>
        LayerSlots.Where(slot => slot > Slot.Down && family.Find(slot, 0, config) is not null).Sum(slot => Shape(slot, config)[0]);

    /// <summary>Every tensor that a checkpoint of this configuration must hold, with its shape.</summary>
    public static IReadOnlyDictionary<string, long[]> Shapes(this IFamily family, DecoderConfig config)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var (name, shape) in family.InOrder(config)) shapes[name] = shape;
        return shapes;
    }

    /// <summary>
    /// The same one after the other, those of the model before and behind those of its layers: made as they are asked for, since nothing says that a
    /// configuration of a billion layers is that of any file.
    /// </summary>
    public static IEnumerable<(string Name, long[] Shape)> InOrder(this IFamily family, DecoderConfig config)
    {
        foreach (var tensor in family.Of(config, 0, [Slot.InputEmbedding])) yield return tensor;
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var tensor in family.Of(config, layer, LayerSlots)) yield return tensor;
        }

        foreach (var tensor in family.Of(config, 0, config.TiedEmbeddings ? [Slot.FinalNorm] : [Slot.FinalNorm, Slot.Head])) yield return tensor;
    }

    /// <summary>The tensors that hold some slots, several of which may lie in one.</summary>
    private static IEnumerable<(string Name, long[] Shape)> Of(this IFamily family, DecoderConfig config, int layer, ReadOnlySpan<Slot> slots)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var slot in slots)
        {
            if (family.Find(slot, layer, config) is not { } source)
                continue;
            var shape = Shape(slot, config);
            if ((source.Rows ?? shape[0]) != shape[0])
                throw new InvalidOperationException($"the family {family.Name} finds {source.Rows} rows for {slot}, which has {shape[0]}");
            var known = shapes.TryGetValue(source.Tensor, out var whole) ? whole[0] : 0;
            shapes[source.Tensor] = [Math.Max(known, source.FirstRow + shape[0]), .. shape[1..]]; // one that holds several slots ends with the last
        }

        return shapes.Select(shape => (shape.Key, shape.Value));
    }

    /// <summary>Buffers that older checkpoints store beside the weights, and a tied head stored all the same.</summary>
    public static bool MayBeIgnored(this IFamily family, string tensor, DecoderConfig config) =>
        tensor.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TiedEmbeddings && tensor == family.Find(Slot.Head, 0, config)?.Tensor);

    private static long[] Shape(Slot slot, DecoderConfig config)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize, d = config.HeadSize, queries = config.Heads * d, keys = config.KeyValueHeads * d;
        return slot switch
        {
            Slot.InputEmbedding or Slot.Head => [config.VocabularySize, hidden],
            Slot.Query => [queries, hidden],
            Slot.Key or Slot.Value => [keys, hidden],
            Slot.Output => [hidden, queries],
            Slot.Gate or Slot.Up => [inner, hidden],
            Slot.Down => [hidden, inner],
            Slot.QueryBias => [queries],
            Slot.KeyBias or Slot.ValueBias => [keys],
            Slot.QueryNorm => [config.QueryKeyNormSpansHeads ? queries : d],
            Slot.KeyNorm => [config.QueryKeyNormSpansHeads ? keys : d],
            _ => [hidden], // the norms
        };
    }
}
