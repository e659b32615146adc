using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.Studies;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>
/// A family is one class: with <see cref="SampleFamily"/> the numbers of a LLaMA are read under other names, by everything that reads models.
/// </summary>
public sealed class When_a_family_is_added : IDisposable
{
    private static readonly int[] Prompt = [1, 5, 9, 30, 4, 4, 17, 22, 8, 13, 3, 28];

    private readonly Scratch scratch = new();
    private readonly TinyCheckpoint llama = new TinyCheckpoint().Save();

    public void Dispose()
    {
        llama.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void Its_models_compute_what_the_same_weights_do_by_LLaMA_s_names()
    {
        using var original = llama.Load();
        using var model = Load(Sample());
        var input = new AttributionInput("case", Prompt, 7);
        Logits(model).ShouldBe(Logits(original));
        model.Generate(Prompt, 12).ShouldBe(original.Generate(Prompt, 12));
        model.Forward(input).Scores.ShouldBe(original.Forward(input).Scores);
        model.Reverse(input).Scores.ShouldBe(original.Reverse(input).Scores);
    }

    [Fact]
    public void Its_heads_and_layers_are_read_out_of_the_same_numbers()
    {
        var (original, sample) = (llama.Open(), Sample());
        for (var layer = 0; layer < 3; layer++)
        {
            Same(sample.Load(Slot.Down, layer, torch.CPU), original.Load(Slot.Down, layer, torch.CPU));
            for (var head = 0; head < 4; head++)
            {
                Same(HeadWeights.Query(sample, layer, head, torch.CPU), HeadWeights.Query(original, layer, head, torch.CPU));
                Same(HeadWeights.Key(sample, layer, head / 2, torch.CPU), HeadWeights.Key(original, layer, head / 2, torch.CPU));
            }
        }
    }

    /// <summary>A tensor that holds several slots is one tensor, with the rows of all of them.</summary>
    [Fact]
    public void Its_tensors_are_checked_and_named_as_it_calls_them()
    {
        Write(weights => weights.Remove("transformer.h.1.attn.qkv.weight"));
        Refused().ShouldBe(("tensor-missing", "tensor transformer.h.1.attn.qkv.weight", "64x24 by config.json", "no such tensor"));
        Write(weights => weights["transformer.h.1.attn.qkv.weight"] = ([63, 24], new float[63 * 24]));
        Refused().ShouldBe(("tensor-shape", "tensor transformer.h.1.attn.qkv.weight", "64x24 by config.json", "63x24"));
        Write(weights => weights["lm_head.weight"] = ([32, 24], new float[32 * 24]));
        Refused().ShouldBe(("tensor-extra", "tensor lm_head.weight", "only the 21 tensors of a 3-layer model", "one more"));
        Write(_ => { }, config => config["architectures"] = new JsonArray("OtherForCausalLM"));
        Refused().ShouldBe(("architecture-unknown", "architectures", "SampleForCausalLM", "OtherForCausalLM"));
    }

    [Fact]
    public void Rows_that_are_not_those_of_a_slot_are_an_error_of_the_family() =>
        Should.Throw<InvalidOperationException>(() => new Changed { Slots = { [Slot.Query] = new("fused", Rows: 5) } }.Shapes(llama.Open().Config))
            .Message.ShouldBe("the family llama finds 5 rows for Query, which has 32");

    /// <summary>Windows and rotary tables belong to layers: here two kinds take turns.</summary>
    [Fact]
    public void Its_layers_may_differ_in_what_they_see_and_how_they_turn()
    {
        var family = new Changed { Change = config => config with { Positions = [new(Window: 3), new(Theta: 300)] } };
        using var model = Load(new ModelFiles(llama.Folder, new Kinds<IFamily>("family", family)).Checkpoint);
        var plain = new PlainDecoder(model.Config, (slot, layer) => Families.Llama.Find(slot, layer, model.Config) is { } source
            ? [.. llama.Weights[source.Tensor].Values.Select(value => (double)value)] : null);
        var input = new AttributionInput("case", Prompt, 7);
        Agreement.Of(Logits(model), [.. plain.Logits(Prompt).SelectMany(row => row)]).ShouldBeLessThan(1e-5);
        Agreement.Of(model.Forward(input).Scores, plain.Scores(input)).ShouldBeLessThan(2e-5);
        model.Generate(Prompt, 12).ShouldBe(plain.Greedy(Prompt, 12));
        using var alike = llama.Load();
        Agreement.Of(Logits(alike), Logits(model)).ShouldBeGreaterThan(0.01);
    }

    [Fact]
    public void What_the_network_does_not_compute_is_refused_all_at_once()
    {
        Unsupported(new Changed { Slots = { [Slot.QueryBias] = new("q.bias"), [Slot.KeyNorm] = new("k_norm") } })
            .ShouldBe("a bias of some projections alone, a norm of queries or of keys alone");
        Unsupported(new Changed { Slots = { [Slot.Output] = null, [Slot.Head] = null } }).ShouldBe("no Head, no Output");
        var tied = new Changed { Slots = { [Slot.Head] = null }, Change = config => config with { TiedEmbeddings = true } };
        Families.Read(llama.Folder, new("family", tied)).Config.TiedEmbeddings.ShouldBeTrue();
    }

    private string Unsupported(IFamily family)
    {
        var refusal = Should.Throw<BadInputException>(() => Families.Read(llama.Folder, new("family", family)));
        (refusal.ErrorClass, refusal.InputSource).ShouldBe(("architecture-unknown", llama.PathOf("config.json")));
        return refusal.Found;
    }

    /// <summary>LLaMA's names, but for some slots, and a config that is changed once read.</summary>
    private sealed class Changed : Llama
    {
        public Dictionary<Slot, TensorSource?> Slots { get; init; } = [];

        public Func<DecoderConfig, DecoderConfig> Change { get; init; } = config => config;

        public override DecoderConfig Config(ConfigReader config) => Change(base.Config(config));

        public override TensorSource? Find(Slot slot, int layer, DecoderConfig config) =>
            Slots.TryGetValue(slot, out var own) ? own : base.Find(slot, layer, config);
    }

    private Checkpoint Sample()
    {
        Write(_ => { });
        return Open();
    }

    private Checkpoint Open() => new ModelFiles(scratch.Root, new Kinds<IFamily>("family", new SampleFamily())).Checkpoint;

    private (string ErrorClass, string? Where, string Expected, string Found) Refused()
    {
        var refusal = Should.Throw<BadInputException>(Open);
        return (refusal.ErrorClass, refusal.Where, refusal.Expected, refusal.Found);
    }

    /// <summary>The LLaMA's weights as the sample family stores them.</summary>
    private void Write(Action<Dictionary<string, (long[] Shape, float[] Values)>> change, Action<JsonObject>? changeConfig = null)
    {
        var weights = new Dictionary<string, (long[] Shape, float[] Values)>();
        Put("transformer.wte", "model.embed_tokens");
        for (var layer = 0; layer < 3; layer++)
        {
            string own = $"transformer.h.{layer}.", its = $"model.layers.{layer}.";
            PutNorm(own + "ln_1", its + "input_layernorm");
            PutNorm(own + "ln_2", its + "post_attention_layernorm");
            Put(own + "attn.qkv", its + "self_attn.q_proj", its + "self_attn.k_proj", its + "self_attn.v_proj");
            Put(own + "attn.out", its + "self_attn.o_proj");
            Put(own + "mlp.in", its + "mlp.gate_proj", its + "mlp.up_proj");
            Put(own + "mlp.out", its + "mlp.down_proj");
        }

        PutNorm("transformer.ln_f", "model.norm");
        Put("output", "lm_head");
        change(weights);
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("SampleForCausalLM"),
            ["n_embd"] = 24,
            ["n_inner"] = 40,
            ["n_layer"] = 3,
            ["n_head"] = 4,
            ["n_head_kv"] = 2,
            ["n_rot"] = 8,
            ["n_vocab"] = 32,
            ["n_positions"] = 64,
            ["epsilon"] = 1e-5,
        };
        changeConfig?.Invoke(config);
        scratch.Write("config.json", config.ToJsonString());
        var entries = weights.Select(one => (one.Key, "F32", one.Value.Shape, TinyCheckpoint.Bytes(one.Value.Values, "F32")));
        scratch.Write("model.safetensors", SafetensorsBytes.Of(entries));

        void Put(string own, params string[] theirs)
        {
            var parts = theirs.Select(name => llama.Weights[name + ".weight"]).ToList();
            weights[own + ".weight"] = ([parts.Sum(part => part.Shape[0]), .. parts[0].Shape[1..]], [.. parts.SelectMany(part => part.Values)]);
        }

        void PutNorm(string own, string its) => weights[own + ".weight"] = ([24], [.. llama.Weights[its + ".weight"].Values.Select(value => value - 1)]);
    }

    private static ShardedModel Load(Checkpoint checkpoint) => ShardedModel.Load(checkpoint, Placement.Single(checkpoint.Config, torch.CPU));

    private static float[] Logits(ShardedModel model)
    {
        using var gradless = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        return model.Logits(model.Run(model.Embed(Prompt).unsqueeze(0))).Values<float>();
    }

    private static void Same(torch.Tensor one, torch.Tensor other)
    {
        using (one)
        using (other)
            one.Values<float>().ShouldBe(other.Values<float>());
    }
}
