using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>Embeddings of whole words: the mean of their pieces' rows in an embedding table.</summary>
public static class WordEmbeddings
{
    /// <summary>What keeps the mean of no pieces at zero; the original's constant.</summary>
    private const double Epsilon = 1e-9;

    private const int WordsAtOnce = 4096;

    /// <param name="table">An embedding table, (V, D), float32.</param>
    /// <param name="tokens">Each word's pieces.</param>
    /// <returns>(words, D) on the table's device; the caller owns it. A word of no pieces is zero.</returns>
    public static Tensor Of(Tensor table, IReadOnlyList<int[]> tokens)
    {
        using var scope = NewDisposeScope();
        var words = zeros([tokens.Count, table.shape[1]], device: table.device);
        for (var first = 0; first < tokens.Count; first += WordsAtOnce)
        {
            using var chunk = NewDisposeScope();
            var some = tokens.Skip(first).Take(WordsAtOnce).ToArray();
            var sums = words.narrow(0, first, some.Length);
            var longest = some.Max(ids => ids.Length);
            for (var place = 0; place < longest; place++)
            {
                using var step = NewDisposeScope();
                var holders = Enumerable.Range(0, some.Length).Where(i => some[i].Length > place).ToArray();
                var rows = table.index_select(0, tensor([.. holders.Select(i => (long)some[i][place])], device: table.device));
                sums.index_add_(0, tensor([.. holders.Select(i => (long)i)], device: table.device), rows, Scalars.One);
            }

            sums.mul_(tensor([.. some.Select(ids => (float)(1 / (Epsilon + ids.Length)))], device: table.device).unsqueeze(1));
        }

        return words.MoveToOuterDisposeScope();
    }

    /// <summary>Scales each row to length 1, in place; a zero row stays zero.</summary>
    /// <param name="words">(words, D).</param>
    public static void Normalize(Tensor words)
    {
        const double smallest = 1e-24; // the square of the length below which a row counts as zero
        for (long first = 0; first < words.shape[0]; first += WordsAtOnce)
        {
            using var scope = NewDisposeScope();
            var rows = words.narrow(0, first, Math.Min(WordsAtOnce, words.shape[0] - first));
            rows.mul_((rows * rows).sum(1L, keepdim: true).add_(Scalars.Of(smallest), Scalars.One).rsqrt());
        }
    }
}
