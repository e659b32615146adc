using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Unit.Tests.Attribution;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>
/// Each family on small random models of several shapes, against the plain network: logits, generation with its cache, both modes of attribution. The
/// input is longer than windows and than heads are wide, with BOS or without.
/// </summary>
public sealed class When_families_differ
{
    private static readonly int[] Ids = [1, 5, 9, 30, 4, 4, 17, 22, 8, 13, 3, 28, 11, 6, 25, 9, 14];

    private static readonly Dictionary<string, (string Architecture, string Config)> Shapes = new()
    {
        ["mistral, wide heads"] = ("MistralForCausalLM", """{ "head_dim": 12, "sliding_window": null, "rope_theta": 300.0 }"""),
        ["mistral, a window"] = ("MistralForCausalLM", """{ "sliding_window": 4 }"""),
        ["ministral, kinds of layers"] = ("MinistralForCausalLM",
            """{ "sliding_window": 3, "layer_types": ["full_attention", "sliding_attention", "full_attention"] }"""),
        ["qwen2"] = ("Qwen2ForCausalLM", """{ "bos_token_id": null, "sliding_window": 3, "attention_bias": false }"""),
        ["qwen2, a window in late layers"] = ("Qwen2ForCausalLM",
            """{ "use_sliding_window": true, "sliding_window": 3, "max_window_layers": 1, "tie_word_embeddings": true }"""),
        ["qwen2, yarn"] = ("Qwen2ForCausalLM",
            """{ "rope_theta": 50.0, "rope_scaling": { "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 3, "beta_slow": 0.4 } }"""),
        ["qwen3"] = ("Qwen3ForCausalLM", """{ "head_dim": 10, "num_attention_heads": 4, "num_key_value_heads": 1 }"""),
        ["qwen3, wide heads, a window"] = ("Qwen3ForCausalLM",
            """{ "head_dim": 16, "use_sliding_window": true, "sliding_window": 5, "max_window_layers": 0, "tie_word_embeddings": true }"""),
        ["gemma2"] = ("Gemma2ForCausalLM",
            """{ "query_pre_attn_scalar": 5, "sliding_window": 4, "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.0 }"""),
        ["gemma2, wide heads, untied, no caps"] = ("Gemma2ForCausalLM",
            """{ "head_dim": 14, "num_hidden_layers": 2, "query_pre_attn_scalar": 20, "sliding_window": 6, "attn_logit_softcapping": null, "final_logit_softcapping": null, "tie_word_embeddings": false }"""),
        ["gemma3"] = ("Gemma3ForCausalLM",
            """{ "num_hidden_layers": 4, "sliding_window_pattern": 3, "sliding_window": 4, "query_pre_attn_scalar": 12, "rope_theta": 5000.0, "rope_local_base_freq": 20.0, "rope_scaling": { "rope_type": "linear", "factor": 8.0 } }"""),
        ["gemma3, one key head, kinds of layers"] = ("Gemma3ForCausalLM",
            """
            { "num_key_value_heads": 1, "sliding_window": 3, "query_pre_attn_scalar": 9, "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
              "rope_parameters": { "full_attention": { "rope_type": "default", "rope_theta": 900.0 }, "sliding_attention": { "rope_type": "default", "rope_theta": 15.0 } },
              "final_logit_softcapping": 3.0 }
            """),
        ["olmo2"] = ("Olmo2ForCausalLM", """{ "num_key_value_heads": 6 }"""),
        ["olmo2, grouped heads"] = ("Olmo2ForCausalLM", """{ "head_dim": 10, "num_hidden_layers": 2 }"""),
        ["phi3"] = ("Phi3ForCausalLM", """{ "num_key_value_heads": 6, "original_max_position_embeddings": 64, "rope_scaling": null }"""),
        ["phi3, grouped heads, a window"] = ("Phi3ForCausalLM", """{ "num_key_value_heads": 2, "sliding_window": 7 }"""),
        ["llama, llama3 scaling"] = ("LlamaForCausalLM",
            """{ "rope_theta": 500.0, "rope_scaling": { "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32 } }"""),
        ["llama, gelu"] = ("LlamaForCausalLM", """{ "hidden_act": "gelu_pytorch_tanh" }"""),
    };

    public static TheoryData<string> Names => [.. Shapes.Keys];

    private static AttributionInput[] Inputs =>
        [new("with BOS", Ids, 9), new("without", Ids, 10) { Start = 0 }, new("one and one", Ids[..3], 1), new("one target", Ids[..2], 1) { Start = 0 }];

    [Theory, MemberData(nameof(Names))]
    public void Logits_and_generation_are_those_of_the_plain_network(string name)
    {
        using var tiny = Make(name, out var plain);
        using var model = tiny.Load();
        using (torch.inference_mode())
        using (torch.NewDisposeScope())
        {
            var logits = model.Logits(model.Run(model.Embed(Ids).unsqueeze(0))).Values<float>();
            Agreement.Of(logits, [.. plain.Logits(Ids).SelectMany(row => row)]).ShouldBeLessThan(1e-5);
        }

        // The longest prompts among short ones: every row but the first is padded.
        int[][] prompts = [.. new[] { 0, 14, 1, 16, 9, 2 }.Select(first => Ids[first..])];
        var together = model.Generate(prompts, 12);
        foreach (var (prompt, found) in prompts.Zip(together))
        {
            found.ShouldBe(plain.Greedy(prompt, 12), $"{prompt.Length} tokens");
            model.Generate(prompt, 12).ShouldBe(found);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Attribution_is_the_derivative_of_the_plain_network(string name)
    {
        using var tiny = Make(name, out var plain);
        using var model = tiny.Load();
        foreach (var input in Inputs)
        {
            double[] scores = plain.Scores(input), confidences = plain.Confidences(input);
            foreach (var found in new[] { model.Forward(input), model.Reverse(input), model.Forward(input, groupBudget: 1) })
            {
                // Norms leave next to nothing of a lone token's score, so that it is measured by its probability.
                var scale = Math.Max(scores.Max(Math.Abs), confidences.Max() / 10);
                (found.Scores.Zip(scores, (a, b) => Math.Abs(a - b)).Max() / scale).ShouldBeLessThan(1e-4, $"{input.Id}, {found.Mode}");
                Agreement.OfEach(found.Confidences, confidences).ShouldBeLessThan(1e-4, $"{input.Id}, {found.Mode}");
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Shards_and_weights_read_at_each_use_change_nothing(string name)
    {
        using var tiny = Make(name, out _);
        using var whole = tiny.Load();
        using var apart = tiny.Load(config => new Placement(
            [new Shard(torch.CPU, 0, 1, WeightsHeld.AsStored), new Shard(torch.CPU, 1, config.Layers - 1, WeightsHeld.OnDisk)]));
        foreach (var input in Inputs)
        {
            apart.Forward(input).Scores.ShouldBe(whole.Forward(input).Scores);
            apart.Reverse(input).Scores.ShouldBe(whole.Reverse(input).Scores);
        }

        whole.Batch(Inputs).Select(one => one.Scores).ShouldBe(Inputs.Select(input => whole.Forward(input).Scores));
        apart.Generate([Ids, Ids[4..]], 8).ShouldBe(whole.Generate([Ids, Ids[4..]], 8));
    }

    [Fact]
    public void Every_family_is_here() =>
        Shapes.Values.Select(shape => shape.Architecture).Distinct().ShouldBe(Families.All.SelectMany(family => family.Architectures), ignoreOrder: true);

    /// <summary>Else a piece could be left out and nobody would see it: without each, these models give other logits.</summary>
    [Fact]
    public void Every_piece_matters_here()
    {
        (string Name, Func<DecoderConfig, DecoderConfig> Without)[] pieces =
        [
            ("gemma2", config => config with { AttentionSoftCap = null }),
            ("gemma2", config => config with { LogitSoftCap = null }),
            ("gemma2", config => config with { QueryScalar = null }),
            ("gemma2", config => config with { EmbeddingScale = 1 }),
            ("gemma2", config => config with { Activation = Activation.Silu }),
            ("gemma2", config => config with { Positions = [new(Theta: 10_000)] }),
            ("gemma3", config => config with { Positions = [config.PositionsOf(0)] }),
            ("gemma3", config => config with { Positions = [config.PositionsOf(2)] }),
            ("qwen2, a window in late layers", config => config with { Positions = [config.PositionsOf(0)] }),
            ("qwen2, yarn", config => config with { Positions = [config.PositionsOf(0) with { Scaling = null }] }),
            ("olmo2", config => config with { QueryKeyNormSpansHeads = false, KeyValueHeads = 6 }),
        ];
        foreach (var (name, without) in pieces)
        {
            using var tiny = Make(name, out var plain);
            var checkpoint = tiny.Open();
            var other = PlainDecoder.Of(checkpoint, without(checkpoint.Config));
            Agreement.Of([.. other.Logits(Ids)[^1].Select(v => (float)v)], plain.Logits(Ids)[^1]).ShouldBeGreaterThan(1e-3, name);
        }
    }

    private static TinyFamily Make(string name, out PlainDecoder plain)
    {
        var (architecture, config) = Shapes[name];
        var tiny = new TinyFamily(architecture, config);
        plain = PlainDecoder.Of(tiny.Open());
        return tiny;
    }
}
