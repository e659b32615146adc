using Interpret.Explaining;
using TorchSharp;
using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>A vocabulary of the paper's size without its texts: random embeddings and random static word vectors.</summary>
internal sealed class RandomWords : IDisposable
{
    public const int Count = 26_473;
    private const int VectorLength = 300;
    private readonly DisposeScope scope = NewDisposeScope();

    public RandomWords(int width)
    {
        Names = [.. Enumerable.Range(0, Count).Select(i => $"word{i}")];
        Embeddings = randn([Count, width]);
        Vectors = randn([Count, VectorLength]);
    }

    public string[] Names { get; }

    /// <summary>(words, D).</summary>
    public Tensor Embeddings { get; }

    /// <summary>(words, 300).</summary>
    public Tensor Vectors { get; }

    public float[][] VectorRows()
    {
        using var values = Vectors.data<float>();
        var all = values.ToArray();
        return [.. Enumerable.Range(0, Count).Select(i => all[(i * VectorLength)..((i + 1) * VectorLength)])];
    }

    public WordSimilarity Similarity() => WordSimilarity.Of(VectorRows(), CPU);

    public void Dispose() => scope.Dispose();
}
