using static TorchSharp.torch;

namespace Interpret.Explaining.Methods;

/// <summary>A case whose prompt is changed; its response is not.</summary>
/// <param name="Input">The case.</param>
/// <param name="Length">T': positions that the model reads.</param>
/// <param name="Of">What it reads (T', D), of what it would read (T, D); neither is kept.</param>
internal sealed record Perturbation(AttributionInput Input, int Length, Func<Tensor, Tensor> Of)
{
    /// <summary>The case as it is.</summary>
    public static Perturbation None(AttributionInput input) => new(input, input.Length, embedded => embedded);

    /// <summary>Without some of its prompt tokens, by their indices: those behind them move up.</summary>
    public static Perturbation Without(AttributionInput input, IReadOnlySet<int> removed)
    {
        long[] kept = [.. Enumerable.Range(0, input.Length).Where(position => !removed.Contains(position - input.Start)).Select(position => (long)position)];
        return new(input, kept.Length, embedded => embedded.index_select(0, tensor(kept).to(embedded.device)));
    }
}
