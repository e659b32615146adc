using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Interpret.Models.Architectures;
using Interpret.Unit.Tests.Model;
using Interpret.Unit.Tests.Tokens;

namespace Interpret.Integration.Tests.Pipeline;

/// <summary>The verbs whose word pairs recur in a head before and after tuning; one named twice recurs with two words.</summary>
internal sealed record PlantedHead(int Layer, int Head, string Base, string Tuned);

/// <summary>
/// A study whose heads relate the words that they are told to. A word is one token, its embedding one-hot, and a row of a projection
/// picks one word, so a neuron pair relates the pair planted in it and nothing else: all other activations are zero. A verb is alike
/// its two partner words and no others.
/// </summary>
internal sealed class PlantedStudy(IReadOnlyList<string> verbs, IReadOnlyList<PlantedHead> heads)
{
    private const int Layers = 9;
    private const int Heads = 4;
    private const int KeyHeads = 2;
    private const int HeadSize = 16;

    /// <summary>Two query heads share a key head; each has half of its neurons to itself.</summary>
    private const int OwnDims = HeadSize / 2;

    /// <summary>The last of them hold pairs that must not count.</summary>
    private const int DecoyDims = 2;

    /// <summary>A pair recurs by being planted twice.</summary>
    private const int Times = 2;

    private readonly string[] words =
    [
        .. verbs.SelectMany(verb => new[] { verb, Partner(verb, 1), Partner(verb, 2) }),
        .. Enumerable.Range(0, 13).Select(i => $"filler{(char)('a' + i)}"),
    ];

    public static string Partner(string verb, int which) => $"{verb}{(which == 1 ? "one" : "two")}";

    /// <summary>How many recurring pairs of a head hold each word, by plain counting of what is planted.</summary>
    public static Dictionary<string, int> Counts(string planted) =>
        Pairs(planted).SelectMany(pair => new[] { pair.Verb, pair.Partner }).CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    /// <returns>The study file.</returns>
    public string Write(Scratch scratch, string name, int headsPerUnit)
    {
        scratch.Write($"{name}/dataset.tsv", $"{SampleStudy.DatasetHeader}\na_1\t{verbs[0]} {verbs[1]}\t{verbs[0]}\t{verbs[0]} {verbs[1]}&&&\n");
        scratch.Write($"{name}/words.tsv", string.Concat(words.Select(word => $"{word}\t0.025\n")));
        scratch.Write(
            $"{name}/vectors.txt",
            string.Concat(words.Select((word, i) => $"{word} {string.Join(' ', Vector(i).Select(x => x.ToString(CultureInfo.InvariantCulture)))}\n")));
        foreach (var role in (string[])["base", "tuned"])
        {
            scratch.Write($"{name}/{role}/config.json", Config());
            scratch.Write($"{name}/{role}/tokenizer.model", new TinyModel().With(Pieces()).Bytes());
            scratch.Write($"{name}/{role}/model.safetensors", Weights(role));
        }

        return scratch.Write($"{name}/study.json", JsonSerializer.Serialize(new
        {
            name,
            models = new[] { new { name = "base", role = "base", checkpoint = "base" }, new { name = "tuned", role = "tuned", checkpoint = "tuned" } },
            dataset = "dataset.tsv",
            vocabulary = "words.tsv",
            vectors = "vectors.txt",
            attribution = new { maxNewTokens = 2 },
            attention = new { words = 5, headsPerUnit },
            feedForward = new { words = 3, ranks = 4 },
        }));
    }

    private static IEnumerable<(string Verb, string Partner)> Pairs(string planted)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var verb in planted.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            yield return (verb, Partner(verb, seen[verb] = seen.GetValueOrDefault(verb) + 1));
    }

    // Cosines near 1 with the two partners, near 0 with all others: three of forty words, whose mean and spread make a threshold of 0.6.
    private double[] Vector(int word)
    {
        var vector = new double[words.Length + 1];
        var isFiller = word >= 3 * verbs.Count;
        vector[isFiller ? word : word / 3] = 1;
        vector[^1] = isFiller ? 0 : 0.1 * (word % 3);
        return vector;
    }

    // Pairs are merged into the beginnings of words alone, so that every word becomes one piece.
    private string[] Pieces() =>
        [.. words.SelectMany(word => Enumerable.Range(0, word.Length + 1).Select(length => $"▁{word[..length]}")).Distinct(StringComparer.Ordinal)];

    private int VocabularySize() => new TinyModel().With(Pieces()).Tokenizer().VocabularySize;

    private string Config() => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["architectures"] = new[] { "LlamaForCausalLM" },
        ["hidden_size"] = words.Length,
        ["intermediate_size"] = 8,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = KeyHeads,
        ["head_dim"] = HeadSize,
        ["vocab_size"] = VocabularySize(),
        ["max_position_embeddings"] = 64,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["hidden_act"] = "silu",
        ["tie_word_embeddings"] = true,
        ["bos_token_id"] = 1,
        ["eos_token_id"] = 2,
    });

    private byte[] Weights(string role)
    {
        var config = new DecoderConfig
        {
            HiddenSize = words.Length,
            IntermediateSize = 8,
            Layers = Layers,
            Heads = Heads,
            KeyValueHeads = KeyHeads,
            HeadSize = HeadSize,
            VocabularySize = VocabularySize(),
            ContextLength = 64,
            TiedEmbeddings = true,
        };
        var weights = Families.Llama.Shapes(config)
            .ToDictionary(entry => entry.Key, entry => (Shape: entry.Value, Values: new float[entry.Value.Aggregate(1L, (a, b) => a * b)]));
        foreach (var (name, weight) in weights)
        {
            if (name.EndsWith("norm.weight", StringComparison.Ordinal)) Array.Fill(weight.Values, 1);
            if (name.Contains("down_proj")) Array.Fill(weight.Values, 0.5f, 0, weight.Values.Length / 3);
        }

        var tokenizer = new TinyModel().With(Pieces()).Tokenizer();
        foreach (var (i, word) in words.Index())
            weights["model.embed_tokens.weight"].Values[tokenizer.EncodeToIds(word).ShouldHaveSingleItem() * words.Length + i] = 1;
        foreach (var head in heads) Plant(head, role);
        return SafetensorsBytes.Of(
            weights.Select(weight => (weight.Key, "F32", weight.Value.Shape, MemoryMarshal.AsBytes<float>(weight.Value.Values).ToArray())));

        void Plant(PlantedHead head, string role)
        {
            var dim = 0;
            foreach (var (verb, partner) in Pairs(role == "base" ? head.Base : head.Tuned))
            {
                // The second time with the sides changed and both signs turned: the same pair.
                Set(head, dim++, (verb, 1), (partner, 1));
                Set(head, dim++, (partner, -2), (verb, -3));
            }

            dim.ShouldBeLessThanOrEqualTo(OwnDims - DecoyDims);
            if (role == "tuned") PlantDecoy(head);
        }

        void PlantDecoy(PlantedHead head)
        {
            var (verb, other) = (verbs[0], verbs[^1]);
            for (var dim = OwnDims - DecoyDims; dim < OwnDims; dim++)
            {
                switch ((head.Layer + head.Head) % 3)
                {
                    case 0 when dim == OwnDims - 1: // once only
                        Set(head, dim, (verb, 9), (Partner(verb, 2), 9));
                        break;
                    case 1: // words that are not alike
                        Set(head, dim, (verb, 9), (other, 9));
                        break;
                    case 2: // activations of opposite signs
                        Set(head, dim, (verb, 9), (Partner(verb, 2), -9));
                        break;
                }
            }
        }

        void Set(PlantedHead head, int dim, (string Word, float Value) query, (string Word, float Value) key)
        {
            var keyHead = head.Head / (Heads / KeyHeads);
            dim += head.Head % (Heads / KeyHeads) * OwnDims;
            Row(Slot.Query, head.Head, query);
            Row(Slot.Key, keyHead, key);
            void Row(Slot projection, int at, (string Word, float Value) chosen) =>
                weights[Families.Llama.Source(projection, head.Layer, config).Tensor].Values[((at * HeadSize) + dim) * words.Length
                    + Array.IndexOf(words, chosen.Word)] = chosen.Value;
        }
    }
}
