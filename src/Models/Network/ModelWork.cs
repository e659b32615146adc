using Interpret.Models.Architectures;

namespace Interpret.Models.Network;

/// <summary>What a computation runs through a model; forecasts plan it and <see cref="ShardedModel.Work"/> counts it.</summary>
/// <param name="Positions">Positions of passes through all layers, those of tangents among them.</param>
/// <param name="Backward">Positions of backward passes.</param>
/// <param name="Heads">Rows through the head, forth or back.</param>
/// <param name="Walks">Walks through the layers; where weights stay on disk, each reads those of all layers.</param>
public readonly record struct ModelWork(double Positions, double Backward, double Heads, double Walks)
{
    /// <summary>Nothing.</summary>
    public static ModelWork None { get; }

    /// <summary>Operations of the products with weights, a multiplication and an addition being two. Attention itself and norms are left out.</summary>
    /// <param name="config">The model.</param>
    /// <param name="backward">How many operations one of a backward pass counts for.</param>
    public double Operations(DecoderConfig config, double backward = 1) =>
        2.0 * ((config.LayerParameters * (Positions + (backward * Backward))) + ((double)config.VocabularySize * config.HiddenSize * Heads));

    public ModelWork Plus(ModelWork other) =>
        new(Positions + other.Positions, Backward + other.Backward, Heads + other.Heads, Walks + other.Walks);

    public ModelWork Less(ModelWork other) =>
        new(Positions - other.Positions, Backward - other.Backward, Heads - other.Heads, Walks - other.Walks);

    public static ModelWork Sum(IEnumerable<ModelWork> some) => some.Aggregate(None, (sum, one) => sum.Plus(one));
}
