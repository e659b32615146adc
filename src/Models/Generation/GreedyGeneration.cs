using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Models.Generation;

/// <summary>
/// Greedy decoding as the original runs it: the likeliest token each time, EOS banned for the first new token only, until EOS,
/// the given number of new tokens, or the end of the context. Prompts are decoded together: a step reads the weights once for all rows.
/// </summary>
public static class GreedyGeneration
{
    /// <summary>Bytes for the keys and values of a batch on an accelerator: within what a placement leaves free.</summary>
    private const long DeviceCaches = 3L << 30;

    /// <summary>Positions, and bytes of scores, that a prompt's pass over several rows may take at a time.</summary>
    private const long PrefillPositions = 4096, PrefillScores = 256 << 20;

    /// <summary>Bytes of weights that stay in a core's cache, or near it.</summary>
    private const long CachedWeights = 8 << 20;

    /// <summary>Rows with which a step multiplies longer than it waits for weights.</summary>
    private const int BusyRows = 16;

    /// <summary>Rows whose prompts have ended cost as much as others until a quarter of the batch has: then their keys and values are left out.</summary>
    private const double KeptWhole = 0.75;

    /// <summary>Generates for one prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Token ids of the prompt, with BOS.</param>
    /// <param name="maximumNewTokens">At most so many.</param>
    /// <param name="cancel">Looked at between tokens.</param>
    /// <returns>The new ids, without EOS.</returns>
    public static IReadOnlyList<int> Run(ShardedModel model, IReadOnlyList<int> prompt, int maximumNewTokens, CancellationToken cancel = default) =>
        Run(model, [prompt], maximumNewTokens, cancel: cancel)[0];

    /// <summary>Generates for several prompts of any lengths, as for each alone.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Token ids of the prompts, with BOS.</param>
    /// <param name="maximumNewTokens">At most so many for each.</param>
    /// <param name="ends">Ids that end a response beside those of the configuration; null: none.</param>
    /// <param name="cacheBudget">Bytes for keys and values; prompts that exceed it are decoded in several batches. Null: by the first device's kind.</param>
    /// <param name="cancel">Looked at between tokens.</param>
    /// <returns>The new ids of each prompt, without EOS, in the prompts' order.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> Run(
        ShardedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int maximumNewTokens, IReadOnlyList<int>? ends = null, long? cacheBudget = null,
            CancellationToken cancel = default)
    {
        using var gradless = inference_mode();
        var context = Rope.MaximumLength(model.Config);
        Row[] rows = [.. prompts.Select(prompt => new Row(prompt, Math.Min(prompt.Count + maximumNewTokens, context)))];
        var columns = (cacheBudget ?? CacheBudget(model.FirstDevice.type == TorchSharp.DeviceType.CUDA)) / KeyValueCache.BytesPerColumn(model.Config);
        var waiting = rows.Where(row => maximumNewTokens > 0 && row.Prompt.Count <= row.Capacity).OrderBy(row => row.Prompt.Count).ToArray();
        IReadOnlyList<int> every = [.. model.Config.EosIds.Union(ends ?? [])];
        var parts = Parts(model, waiting.Length);
        // Every so many-th row: each part gets short and long ones.
        Row[][] some = [.. Enumerable.Range(0, parts).Select(part => waiting.Where((_, i) => i % parts == part).ToArray())];
        DeviceLoop.Run(model.FirstDevice, some, part => Decode(part, columns / parts));
        return [.. rows.Select(row => row.Produced)];

        // Rows of like length together: padding is wasted work.
        void Decode(Row[] some, long most)
        {
            for (var first = 0; first < some.Length;)
            {
                var count = Together([.. some.Select(row => row.Prompt.Count)], first, maximumNewTokens, most);
                using var batch = new Batch(model, some[first..(first + count)]);
                batch.Decode(maximumNewTokens, every, cancel);
                first += count;
            }
        }
    }

    /// <summary>What generating for several prompts will take; padding and rows that have ended are not counted.</summary>
    /// <param name="config">The model.</param>
    /// <param name="rows">Tokens of each prompt, with BOS, and of what is written for it.</param>
    /// <param name="maximumNewTokens">As <see cref="Run(ShardedModel, IReadOnlyList{int}, int, CancellationToken)"/> has it: a shorter one ended with EOS.</param>
    /// <param name="isAccelerator">Whether the model is on an accelerator.</param>
    public static ModelWork Work(DecoderConfig config, IReadOnlyList<(int Prompt, int New)> rows, int maximumNewTokens, bool isAccelerator)
    {
        var columns = CacheBudget(isAccelerator) / KeyValueCache.BytesPerColumn(config);
        var (ordered, sum) = (rows.OrderBy(row => row.Prompt).ToList(), ModelWork.None);
        int Steps(int written) => written < maximumNewTokens ? written : maximumNewTokens - 1; // the last token allowed is read no more
        for (var first = 0; first < ordered.Count;)
        {
            var batch = ordered.GetRange(first, Together([.. ordered.Select(row => row.Prompt)], first, maximumNewTokens, columns));
            sum = sum.Plus(new ModelWork(
                batch.Sum(row => (double)row.Prompt + Steps(row.New)), 0, batch.Sum(row => 1.0 + Steps(row.New)), 1 + batch.Max(row => Steps(row.New))));
            first += batch.Count;
        }

        return sum;
    }

    private static long CacheBudget(bool isAccelerator) => isAccelerator ? DeviceCaches : DeviceMemory.OfHost() / 16;

    /// <summary>How many rows are decoded together, of ascending length, by the columns that there may be.</summary>
    private static int Together(int[] lengths, int first, int maximumNewTokens, long columns)
    {
        var count = 1;
        while (first + count < lengths.Length && (count + 1) * (lengths[first + count] + (long)maximumNewTokens) <= columns)
            count++;
        return count;
    }

    /// <summary>
    /// How many parts of the rows run side by side, on a core each, instead of one after the other on all cores. Threads of one product wait for each
    /// other after each of a step's hundreds of operations, those of two parts at their end. But each part reads the weights anew: that costs nothing
    /// where they stay in a core's cache, and little where a part has rows enough to be busy multiplying.
    /// </summary>
    private static int Parts(ShardedModel model, int rows)
    {
        var cores = Environment.ProcessorCount;
        if (model.FirstDevice.type != TorchSharp.DeviceType.CPU || model.Placement.Shards.Any(shard => shard.Weights != WeightsHeld.AsFloat32))
            return 1;
        return model.Config.LayerParameters * sizeof(float) <= CachedWeights && rows > 1 ? Math.Min(cores, rows) : rows >= cores * BusyRows ? cores : 1;
    }

    /// <summary>A prompt and what was generated for it.</summary>
    /// <param name="Prompt">Its ids.</param>
    /// <param name="Capacity">Positions that may be run: the context's, and no more than are wanted.</param>
    private sealed record Row(IReadOnlyList<int> Prompt, int Capacity)
    {
        public List<int> Produced { get; } = [];

        /// <summary>Whether another token is wanted.</summary>
        public bool Live { get; private set; } = true;

        /// <summary>Takes the likeliest token.</summary>
        public void Take(int id, int maximumNewTokens, IReadOnlyList<int> ends)
        {
            Live = !ends.Contains(id);
            if (!Live)
                return;
            Produced.Add(id);
            Live = Produced.Count < maximumNewTokens && Prompt.Count + Produced.Count <= Capacity;
        }
    }

    /// <summary>Rows that are decoded together; all end in the same column.</summary>
    private sealed class Batch : IDisposable
    {
        private readonly ShardedModel model;
        private readonly List<KeyValueCache> caches = [];
        private readonly int width; // columns of the prompts
        private Row[] rows;

        /// <param name="model">The model.</param>
        /// <param name="rows">By ascending length.</param>
        public Batch(ShardedModel model, Row[] rows)
        {
            (this.model, this.rows, width) = (model, rows, rows[^1].Prompt.Count);
            var capacity = width + rows.Max(row => row.Capacity - row.Prompt.Count);
            try
            {
                for (var layer = 0; layer < model.Config.Layers; layer++)
                    caches.Add(new KeyValueCache(model.Config, rows.Length, capacity, model.DeviceOf(layer)));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        private int[] Padding => [.. rows.Select(row => width - row.Prompt.Count)];

        public void Decode(int maximumNewTokens, IReadOnlyList<int> ends, CancellationToken cancel)
        {
            using var outer = NewDisposeScope();
            cancel.ThrowIfCancellationRequested();
            var last = Prefill(); // (B, D)
            for (var step = 0; ; step++)
            {
                cancel.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var logits = model.Logits(last);
                if (step == 0)
                    Ban(logits, ends);
                var likeliest = logits.argmax(1).cpu().data<long>().ToArray();
                foreach (var (i, row) in rows.Index().Where(one => one.Item.Live))
                    row.Take((int)likeliest[i], maximumNewTokens, ends);
                if (!rows.Any(row => row.Live))
                    return;
                LeaveOutEnded();
                var next = model.Embed([.. rows.Select(row => row.Produced is [.., var id] ? id : 0)]).unsqueeze(1);
                last.Dispose();
                last = model.Run([new BatchRun(next, new BatchSpan(Padding, width + step, 1), caches)])[0].select(1, 0).MoveToOuterDisposeScope();
            }
        }

        /// <summary>Runs the prompts, in parts that fit the budget of a pass, all in one walk through the layers.</summary>
        /// <returns>Hidden states of their last tokens, (B, D).</returns>
        private Tensor Prefill()
        {
            using var scope = NewDisposeScope();
            var parts = new List<BatchRun>();
            try
            {
                for (var first = 0; first < rows.Length;)
                {
                    var count = 1;
                    while (first + count < rows.Length && Fits(count + 1, rows[first + count].Prompt.Count))
                        count++;
                    parts.Add(Part(first, count));
                    first += count;
                }

                var last = model.Run(parts).Select(states => states.select(1, states.size(1) - 1)).ToArray();
                foreach (var cache in caches)
                    cache.Fill(width);
                return cat(last, 0).MoveToOuterDisposeScope();
            }
            finally
            {
                foreach (var view in parts.SelectMany(part => part.Caches!))
                    view.Dispose();
            }
        }

        private bool Fits(long count, long longest) =>
            count * longest <= PrefillPositions && count * model.Config.Heads * longest * longest * sizeof(float) <= PrefillScores;

        private BatchRun Part(int first, int count)
        {
            var longest = rows[first + count - 1].Prompt.Count;
            int[] padding = [.. rows.Skip(first).Take(count).Select(row => longest - row.Prompt.Count)];
            int[] ids = [.. rows.Skip(first).Take(count).SelectMany((row, i) => Enumerable.Repeat(0, padding[i]).Concat(row.Prompt))];
            var embedded = model.Embed(ids).view(count, longest, model.Config.HiddenSize);
            return new BatchRun(embedded, new BatchSpan(padding, 0, longest), [.. caches.Select(cache => cache.Part(first, count, width - longest))]);
        }

        /// <summary>Leaves out rows that have ended, once that saves enough.</summary>
        private void LeaveOutEnded()
        {
            var kept = Enumerable.Range(0, rows.Length).Where(i => rows[i].Live).ToArray();
            if (kept.Length > KeptWhole * rows.Length)
                return;
            rows = [.. kept.Select(i => rows[i])];
            foreach (var (layer, cache) in caches.Index())
            {
                using var index = tensor([.. kept.Select(i => (long)i)]).to(model.DeviceOf(layer));
                cache.Keep(index);
            }
        }

        public void Dispose()
        {
            foreach (var cache in caches)
                cache.Dispose();
        }
    }

    private static void Ban(Tensor logits, IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
        {
            using var one = logits.narrow(1, id, 1);
            one.add_(Scalars.Of(double.NegativeInfinity), Scalars.One);
        }
    }
}
