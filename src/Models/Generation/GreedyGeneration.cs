using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Models.Generation;

/// <summary>
/// Greedy decoding as the original runs it: the likeliest token each time, EOS banned for the first new token only, until EOS,
/// the given number of new tokens, or the end of the context.
/// </summary>
public static class GreedyGeneration
{
    /// <param name="model">The model.</param>
    /// <param name="prompt">Token ids of the prompt, with BOS.</param>
    /// <param name="maximumNewTokens">At most so many.</param>
    /// <param name="cancel">Looked at between tokens.</param>
    /// <returns>The new ids, without EOS.</returns>
    public static List<int> Run(ShardedModel model, IReadOnlyList<int> prompt, int maximumNewTokens, CancellationToken cancel = default) =>
        Run(model, prompt, maximumNewTokens, [], cancel);

    /// <param name="model">The model.</param>
    /// <param name="prompt">Token ids of the prompt, with BOS.</param>
    /// <param name="maximumNewTokens">At most so many.</param>
    /// <param name="ends">Ids that end a response beside those of the configuration.</param>
    /// <param name="cancel">Looked at between tokens.</param>
    /// <returns>The new ids, without EOS.</returns>
    public static List<int> Run(
        ShardedModel model, IReadOnlyList<int> prompt, int maximumNewTokens, IReadOnlyList<int> ends, CancellationToken cancel = default)
    {
        using var gradless = inference_mode();
        using var outer = NewDisposeScope();
        var config = model.Config;
        List<int> eos = [.. config.EosIds.Union(ends)];
        var capacity = Math.Min(prompt.Count + maximumNewTokens, Rope.MaximumLength(config));
        var caches = new List<KeyValueCache>();
        try
        {
            for (var layer = 0; layer < config.Layers; layer++)
                caches.Add(new KeyValueCache(config, capacity, model.DeviceOf(layer)));
            var produced = new List<int>();
            var next = prompt;
            while (produced.Count < maximumNewTokens && prompt.Count + produced.Count <= capacity)
            {
                cancel.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var hidden = model.Run(model.Embed(next).unsqueeze(0), caches);
                var logits = model.Logits(hidden.select(1, next.Count - 1)).select(0, 0).cpu();
                if (produced.Count == 0)
                    Ban(logits, eos);
                var id = (int)logits.argmax(0).item<long>();
                if (eos.Contains(id))
                    break;
                produced.Add(id);
                next = [id];
            }

            return produced;
        }
        finally
        {
            foreach (var cache in caches)
                cache.Dispose();
        }
    }

    private static void Ban(Tensor logits, IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
        {
            using var one = logits.narrow(0, id, 1);
            one.add_(Scalars.Of(double.NegativeInfinity), Scalars.One);
        }
    }
}
