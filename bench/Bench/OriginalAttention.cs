using static TorchSharp.torch;

namespace Interpret.Bench;

/// <summary>
/// The baseline: an attention head as the original reads it out. All words are sorted for every neuron, thresholds are computed word by
/// word against the first 3,000 words and kept, and each neuron pair writes out and sorts all of its combinations.
/// </summary>
internal sealed class OriginalAttention(Tensor embeddings, Tensor vectors, string[] words, int strongest)
{
    private const int Baseline = 3000;
    private readonly Dictionary<string, double> thresholds = new(StringComparer.Ordinal);
    private readonly Dictionary<string,
        int> places = words.Select((word, i) => (word, i)).ToDictionary(pair => pair.word, pair => pair.i, StringComparer.Ordinal);
    private readonly Tensor unit = Unit(vectors);

    /// <returns>Pairs as text, per neuron by descending score.</returns>
    public List<List<string>> Explain(Tensor query, Tensor key)
    {
        using var scope = NewDisposeScope();
        Tensor hq = embeddings.mm(query.transpose(0, 1)), hk = embeddings.mm(key.transpose(0, 1)); // (V, d)
        var both = cat([hq, hk]);
        var order = Longs(sort((both * both).sum(0L), descending: true).indices);
        var index = tensor(order);
        Tensor q = hq.index_select(1, index).transpose(0, 1).contiguous(), k = hk.index_select(1, index).transpose(0, 1).contiguous(); // (d, V)
        var (queryWords, keyWords) = (Sorted(q), Sorted(k));
        var (queryValues, keyValues) = (q.gather(1, q.abs().topk(strongest).indexes), k.gather(1, k.abs().topk(strongest).indexes));
        var dims = new List<List<string>>();
        for (var r = 0; r < order.Length; r++)
        {
            using var step = NewDisposeScope();
            var (tq, tk) = (queryWords[r], keyWords[r]);
            var cosines = Vectors(tq).mm(Vectors(tk).transpose(0, 1));
            Tensor a = Thresholds(tq).unsqueeze(1), b = Thresholds(tk).unsqueeze(0);
            var none = full([strongest, strongest], -100f);
            cosines = where(Above(cosines, a), where(Above(cosines, b), cosines, none), none);
            cosines = where(Above(queryValues.select(0, r).unsqueeze(1).mm(keyValues.select(0, r).unsqueeze(0)), zeros([1])), cosines, none);
            var (values, ranks) = sort(cosines.flatten(), descending: true);
            using var sortedValues = values.data<float>();
            var (texts, scores) = (Longs(ranks).Select(at => $"{tk[at % strongest]}={tq[at / strongest]}").ToArray(), sortedValues.ToArray());
            dims.Add([.. texts.Zip(scores).OrderByDescending(pair => pair.Second)
                .Where(pair => pair.Second > 0 && pair.First.Split('=').Distinct().Count() == 2).Select(pair => pair.First)]);
        }

        return dims;
    }

    private List<string[]> Sorted(Tensor activations)
    {
        using var all = sort(activations.abs(), descending: true).indices.data<long>();
        var indices = all.ToArray();
        return [.. Enumerable.Range(0, (int)activations.shape[0])
            .Select(row => indices.AsSpan(row * words.Length, strongest).ToArray().Select(i => words[i]).ToArray())];
    }

    private Tensor Vectors(string[] some) => Unit(vectors.index_select(0, tensor([.. some.Select(word => (long)places[word])])));

    private Tensor Thresholds(string[] some) => tensor([.. some.Select(word => (float)Threshold(word))]);

    private double Threshold(string word)
    {
        if (thresholds.TryGetValue(word, out var known))
            return known;
        using var scope = NewDisposeScope();
        using var cosines = Vectors([word]).mm(unit.narrow(0, 0, Baseline).transpose(0, 1)).data<float>();
        var values = cosines.ToArray();
        var mean = values.Average(value => (double)value);
        return thresholds[word] = mean + 1.96 * Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static Tensor Above(Tensor left, Tensor right) => left > right;

    private static Tensor Unit(Tensor rows) => rows * (rows * rows).sum(1L, keepdim: true).rsqrt();

    private static long[] Longs(Tensor tensor)
    {
        using var values = tensor.data<long>();
        return values.ToArray();
    }
}
