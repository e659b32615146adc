using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Pickles;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Model;

/// <summary>
/// A random model of a few thousand weights in a folder of its own. Every weight has eight significant bits: float32, float16 and
/// bfloat16 files hold the same numbers.
/// </summary>
internal sealed class TinyCheckpoint : IDisposable
{
    private const string Whole = "model.safetensors";
    private readonly Scratch scratch = new();

    /// <summary>Key heads serve two query heads each, and a head is wider than its share of the residual stream.</summary>
    public TinyCheckpoint(Action<JsonObject>? change = null, int seed = 1)
    {
        Config = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["hidden_size"] = 24,
            ["intermediate_size"] = 40,
            ["num_hidden_layers"] = 3,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["head_dim"] = 8,
            ["vocab_size"] = 32,
            ["max_position_embeddings"] = 64,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = false,
            ["bos_token_id"] = 1,
            ["eos_token_id"] = 2,
        };
        change?.Invoke(Config);
        Weights = Random(seed);
    }

    public JsonObject Config { get; }

    /// <summary>By Hugging Face's names, row-major.</summary>
    public Dictionary<string, (long[] Shape, float[] Values)> Weights { get; }

    public string Folder => scratch.Root;

    public string PathOf(string file) => Path.Combine(Folder, file);

    public Checkpoint Open() => new ModelFiles(Folder).Checkpoint;

    public ShardedModel Load()
    {
        var checkpoint = Open();
        return ShardedModel.Load(checkpoint, Placement.Single(checkpoint.Config, TorchSharp.torch.CPU));
    }

    public void SaveConfig() => scratch.Write("config.json", Config.ToJsonString());

    public TinyCheckpoint Save(string dtype = "F32")
    {
        SaveConfig();
        Write(Whole, SafetensorsBytes.Of(Entries(Weights.Keys, dtype)));
        return this;
    }

    /// <summary>Deals the tensors to two files and writes the index that says so.</summary>
    public TinyCheckpoint SaveShards()
    {
        SaveConfig();
        var map = new JsonObject();
        foreach (var half in Weights.Keys.Select((name, i) => (name, i)).GroupBy(pair => pair.i % 2, pair => pair.name))
        {
            var file = ShardName(half.Key);
            Write(file, SafetensorsBytes.Of(Entries(half, "F32")));
            foreach (var name in half) map[name] = file;
        }

        SaveIndex(map);
        return this;
    }

    public static string ShardName(int i) => $"model-{i + 1:D5}-of-00002.safetensors";

    public void SaveIndex(JsonNode map) => Write("model.safetensors.index.json", new JsonObject { ["weight_map"] = map.DeepClone() }.ToJsonString());

    public TinyCheckpoint SaveArchive(string dtype)
    {
        SaveConfig();
        var storage = dtype switch { "F32" => "FloatStorage", "F16" => "HalfStorage", _ => "BFloat16Storage" };
        var tensors = Weights.Select((w, i) => new TorchArchive.Tensor(
            w.Key, $"{i}", storage, w.Value.Values.Length, 0, w.Value.Shape, w.Value.Shape is [_, var columns] ? [columns, 1] : [1]));
        var data = Weights.Select((w, i) => ($"a/data/{i}", Bytes(w.Value.Values, dtype)));
        var path = TorchArchive.Write([("a/data.pkl", TorchArchive.Pickle([.. tensors])), .. data]);
        File.Move(path, PathOf("pytorch_model.bin"));
        return this;
    }

    public void Write(string name, string text) => scratch.Write(name, text);

    public void Write(string name, byte[] bytes) => scratch.Write(name, bytes);

    public IEnumerable<(string Name, string DType, long[] Shape, byte[] Bytes)> Entries(IEnumerable<string> names, string dtype) =>
        names.Select(name => (name, dtype, Weights[name].Shape, Bytes(Weights[name].Values, dtype)));

    public static byte[] Bytes(float[] values, string dtype) => dtype switch
    {
        "F32" => MemoryMarshal.AsBytes<float>(values).ToArray(),
        "F16" => MemoryMarshal.AsBytes<Half>(values.Select(v => (Half)v).ToArray()).ToArray(),
        _ => [.. values.SelectMany(v => BitConverter.GetBytes(v)[2..])],
    };

    public void Dispose() => scratch.Dispose();

    private Dictionary<string, (long[] Shape, float[] Values)> Random(int seed)
    {
        int Get(string key) => (int)Config[key]!;
        long hidden = Get("hidden_size"), inner = Get("intermediate_size"), d = Get("head_dim"), vocabulary = Get("vocab_size");
        long queries = Get("num_attention_heads") * d, keys = Get("num_key_value_heads") * d;
        var (random, weights) = (new Random(seed), new Dictionary<string, (long[], float[])>());
        void Matrix(string name, long rows, long columns, double spread) => weights[name + ".weight"] =
            ([rows, columns], Values(rows * columns, () => Math.Clamp((int)Math.Round(256 * spread * Normal()), -255, 255) / 256f));
        void Norm(string name) => weights[name + ".weight"] = ([hidden], Values(hidden, () => 1 + random.Next(-32, 64) / 128f));
        float[] Values(long count, Func<float> next) => [.. Enumerable.Range(0, (int)count).Select(_ => next())];
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

        Matrix("model.embed_tokens", vocabulary, hidden, 0.3);
        for (var layer = 0; layer < Get("num_hidden_layers"); layer++)
        {
            var prefix = $"model.layers.{layer}.";
            Norm(prefix + "input_layernorm");
            Matrix(prefix + "self_attn.q_proj", queries, hidden, 0.3);
            Matrix(prefix + "self_attn.k_proj", keys, hidden, 0.3);
            Matrix(prefix + "self_attn.v_proj", keys, hidden, 0.2);
            Matrix(prefix + "self_attn.o_proj", hidden, queries, 0.2);
            Norm(prefix + "post_attention_layernorm");
            Matrix(prefix + "mlp.gate_proj", inner, hidden, 0.2);
            Matrix(prefix + "mlp.up_proj", inner, hidden, 0.2);
            Matrix(prefix + "mlp.down_proj", hidden, inner, 0.2);
        }

        Norm("model.norm");
        if (!(bool)Config["tie_word_embeddings"]!) Matrix("lm_head", vocabulary, hidden, 0.3);
        return weights;
    }
}
