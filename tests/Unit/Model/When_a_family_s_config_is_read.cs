using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Model;

/// <summary>What config.json says and leaves out, by the rules of Hugging Face's class for the family.</summary>
public sealed class When_a_family_s_config_is_read : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("LlamaForCausalLM", "llama", 8, null, false, 1)]
    [InlineData("MistralForCausalLM", "mistral", 8, 4096, false, 1)]
    [InlineData("MinistralForCausalLM", "ministral", 8, 4096, false, 1)]
    [InlineData("Qwen2ForCausalLM", "qwen2", 8, null, false, null)]
    [InlineData("Qwen3ForCausalLM", "qwen3", 128, null, false, null)]
    [InlineData("Gemma2ForCausalLM", "gemma2", 256, 4096, true, 2)]
    [InlineData("Gemma3ForCausalLM", "gemma3", 256, 4096, true, 2)]
    [InlineData("Olmo2ForCausalLM", "olmo2", 8, null, false, null)]
    [InlineData("Phi3ForCausalLM", "phi3", 8, null, false, 1)]
    public void What_is_left_out_is_the_family_s_usual(string architecture, string family, int headSize, int? window, bool tied, int? bos)
    {
        var (found, config) = Read(architecture);
        found.Name.ShouldBe(family);
        (config.HeadSize, config.PositionsOf(0).Window, config.TiedEmbeddings, config.BosId).ShouldBe((headSize, window, tied, bos));
        Read(architecture, """{ "tie_word_embeddings": true }""").Config.TiedEmbeddings.ShouldBeTrue();
        Read(architecture, """{ "tie_word_embeddings": false, "bos_token_id": null }""").Config.ShouldSatisfyAllConditions(
            one => one.TiedEmbeddings.ShouldBeFalse(), one => one.BosId.ShouldBeNull());
    }

    /// <summary>Hugging Face's LLaMA has none, whatever a file says.</summary>
    [Fact]
    public void A_window_in_the_config_of_a_LLaMA_says_nothing() =>
        Windows("LlamaForCausalLM", """{ "sliding_window": 8, "use_sliding_window": false }""").ShouldBe([null, null, null, null]);

    [Theory]
    [InlineData("MistralForCausalLM", """{ "sliding_window": 8 }""", "8 8 8 8")]
    [InlineData("MistralForCausalLM", """{ "sliding_window": null }""", "- - - -")]
    [InlineData("MinistralForCausalLM", """{ "sliding_window": 8, "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"] }""", "- 8 8 -")]
    [InlineData("Qwen2ForCausalLM", """{ "sliding_window": 8, "max_window_layers": 2 }""", "- - - -")]
    [InlineData("Qwen2ForCausalLM", """{ "sliding_window": 8, "max_window_layers": 2, "use_sliding_window": true }""", "- - 8 8")]
    [InlineData("Qwen3ForCausalLM", """{ "sliding_window": 8, "max_window_layers": 4, "use_sliding_window": true }""", "- - - -")]
    [InlineData("Qwen3ForCausalLM", """{ "sliding_window": 8, "max_window_layers": 0, "use_sliding_window": true }""", "8 8 8 8")]
    [InlineData("Gemma2ForCausalLM", """{ "sliding_window": 8 }""", "8 - 8 -")]
    [InlineData("Gemma2ForCausalLM", """{ "sliding_window": 8, "layer_types": ["full_attention", "full_attention", "full_attention", "sliding_attention"] }""", "- - - 8")]
    [InlineData("Gemma3ForCausalLM", """{ "sliding_window": 8, "num_hidden_layers": 7 }""", "8 8 8 8 8 - 8")]
    [InlineData("Gemma3ForCausalLM", """{ "sliding_window": 8, "sliding_window_pattern": 2 }""", "8 - 8 -")]
    [InlineData("Phi3ForCausalLM", """{ "sliding_window": 8 }""", "8 8 8 8")]
    public void Windows_are_those_of_the_family_s_rule(string architecture, string keys, string expected) =>
        string.Join(' ', Windows(architecture, keys).Select(window => window?.ToString() ?? "-")).ShouldBe(expected);

    [Fact]
    public void Gemma_s_numbers_are_taken_and_null_says_none()
    {
        var usual = Read("Gemma2ForCausalLM").Config;
        (usual.QueryScalar, usual.AttentionSoftCap, usual.LogitSoftCap, usual.Activation).ShouldBe((256, 50, 30, Activation.GeluTanh));
        usual.EmbeddingScale.ShouldBe(Math.Sqrt(32));
        var stated = Read("Gemma2ForCausalLM", """{ "query_pre_attn_scalar": 144, "attn_logit_softcapping": null, "final_logit_softcapping": 20, "hidden_act": "gelu" }""").Config;
        (stated.QueryScalar, stated.AttentionSoftCap, stated.LogitSoftCap, stated.Activation).ShouldBe((144, null, 20, Activation.GeluTanh));
        var third = Read("Gemma3ForCausalLM", """{ "rope_scaling": { "rope_type": "linear", "factor": 8.0 }, "sliding_window": 8 }""").Config;
        (third.AttentionSoftCap, third.LogitSoftCap).ShouldBe((null, null));
        third.PositionsOf(0).ShouldBe(new LayerPositions(8, 10_000));
        Rope.MaximumLength(third).ShouldBe(131_072);
        Read("Gemma3ForCausalLM", """{ "num_hidden_layers": 6, "rope_scaling": { "rope_type": "linear", "factor": 8.0 } }""").Config.PositionsOf(5)
            .ShouldBe(new LayerPositions(null, 1_000_000, new RopeScaling.Linear(8)));
    }

    /// <summary>The base stands in one of three places; the library's newest version reads all.</summary>
    [Theory]
    [InlineData("""{ "rope_theta": 500000.0 }""")]
    [InlineData("""{ "rope_scaling": { "rope_theta": 500000.0, "rope_type": "default" } }""")]
    [InlineData("""{ "rope_parameters": { "rope_theta": 500000.0, "rope_type": "default" } }""")]
    [InlineData("""{ "rope_theta": 500000.0, "rope_parameters": { "rope_theta": 500000.0, "rope_type": "default" } }""")]
    public void The_rotary_base_is_found_wherever_it_stands(string keys) => Read("LlamaForCausalLM", keys).Config.Positions.ShouldBe([new(null, 500_000)]);

    [Theory]
    [InlineData("LlamaForCausalLM", """{ "rope_theta": 10000, "rope_scaling": { "rope_theta": 500000.0, "rope_type": "default" } }""", "rope_scaling.rope_theta", "10000", "500000")]
    [InlineData("LlamaForCausalLM", """{ "rope_scaling": { "rope_type": "linear", "factor": 2 }, "rope_parameters": { "rope_type": "linear", "factor": 4 } }""", "rope_parameters", "what rope_scaling says", "Linear")]
    [InlineData("Qwen2ForCausalLM", """{ "layer_types": ["full_attention", "full_attention", "full_attention", "sliding_attention"] }""", "layer_types", "full_attention", "sliding_attention")]
    [InlineData("MistralForCausalLM", """{ "layer_types": ["full_attention", "full_attention", "full_attention", "sliding_attention"] }""", "layer_types", "sliding_attention everywhere", "another kind")]
    [InlineData("Gemma2ForCausalLM", """{ "layer_types": ["full_attention"] }""", "layer_types", "a list of num_hidden_layers (4) kinds", "1")]
    [InlineData("Gemma2ForCausalLM", """{ "layer_types": ["chunked_attention", "full_attention", "full_attention", "full_attention"] }""", "layer_types", "sliding_attention or full_attention", "chunked_attention")]
    [InlineData("Gemma3ForCausalLM", """{ "sliding_window": null }""", "sliding_window", "a positive integer", "null")]
    [InlineData("Gemma3ForCausalLM", """{ "rope_parameters": { "rope_theta": 5.0 } }""", "rope_parameters.full_attention", "base and scaling", "nothing")]
    [InlineData("Gemma2ForCausalLM", """{ "use_bidirectional_attention": true }""", "use_bidirectional_attention", "false", "true")]
    [InlineData("Gemma2ForCausalLM", """{ "hidden_activation": "gelu" }""", "hidden_activation", "silu or gelu_pytorch_tanh", "gelu")]
    [InlineData("Qwen3ForCausalLM", """{ "attention_bias": true }""", "attention_bias", "false", "true")]
    [InlineData("Olmo2ForCausalLM", """{ "attention_bias": true }""", "attention_bias", "false", "true")]
    [InlineData("Phi3ForCausalLM", """{ "rope_scaling": { "type": "longrope", "long_factor": [1], "short_factor": [1] } }""", "rope_scaling", "no scaling", "longrope")]
    [InlineData("Phi3ForCausalLM", """{ "rope_scaling": { "type": "su", "long_factor": [1], "short_factor": [1] } }""", "rope_scaling", "no scaling", "longrope (su)")]
    [InlineData("Phi3ForCausalLM", """{ "partial_rotary_factor": 0.75 }""", "partial_rotary_factor", "1", "0.75")]
    [InlineData("LlamaForCausalLM", """{ "model_type": "qwen2" }""", "model_type", "llama, whose architecture LlamaForCausalLM is", "qwen2")]
    [InlineData("Qwen2MoeForCausalLM", "{}", "architectures", "LlamaForCausalLM", "Qwen2MoeForCausalLM")]
    public void What_is_not_understood_or_contradicts_itself_is_refused_by_its_key(
        string architecture, string keys, string where, string expected, string found)
    {
        var refusal = Should.Throw<BadInputException>(() => Read(architecture, keys));
        (refusal.InputSource, refusal.Where).ShouldBe((Path.Combine(scratch.Root, "config.json"), where));
        refusal.Expected.ShouldStartWith(expected);
        refusal.Found.ShouldStartWith(found);
    }

    /// <summary>Hugging Face's library generates by this file, not by config.json.</summary>
    [Fact]
    public void Ends_are_those_of_the_generation_config_where_it_states_them()
    {
        scratch.Write("generation_config.json", """{ "bos_token_id": 1, "eos_token_id": [2, 42] }""");
        Read("LlamaForCausalLM", """{ "eos_token_id": 7 }""").Config.EosIds.ShouldBe([2, 42]);
        scratch.Write("generation_config.json", """{ "eos_token_id": 96 }""");
        var refusal = Should.Throw<BadInputException>(() => Read("LlamaForCausalLM"));
        (refusal.InputSource, refusal.Where).ShouldBe((Path.Combine(scratch.Root, "generation_config.json"), "eos_token_id"));
        scratch.Write("generation_config.json", "{}");
        Read("LlamaForCausalLM", """{ "eos_token_id": 7 }""").Config.EosIds.ShouldBe([7]);
    }

    /// <summary>Where the library has a rule for what is said twice, it is followed, and what has no effect is said.</summary>
    [Theory]
    [InlineData("LlamaForCausalLM", """{ "model_type": "Yi", "bos_token_id": 1, "eos_token_id": 2, "sliding_window": null }""", "")]
    [InlineData("LlamaForCausalLM", """{ "sliding_window": 8, "use_sliding_window": false }""", "")]
    [InlineData("MistralForCausalLM", """{ "sliding_window": 8 }""", "")]
    [InlineData("LlamaForCausalLM", """{ "sliding_window": 8 }""", "config.json: sliding_window 8 has no effect: ")]
    [InlineData("Qwen2ForCausalLM", """{ "sliding_window": 8 }""", "config.json: sliding_window 8 has no effect: ")]
    [InlineData("LlamaForCausalLM", """{ "bos_token_id": 0 }""", "config.json: bos_token_id 0 has no effect: texts begin with the tokenizer's, 1")]
    [InlineData("LlamaForCausalLM", """{ "eos_token_id": [2, 7] }""", "config.json: eos_token_id 7 ends no text: generation_config.json says 2, 42")]
    public void What_has_no_effect_is_said(string architecture, string keys, string remark)
    {
        scratch.Write("generation_config.json", """{ "bos_token_id": 1, "eos_token_id": [2, 42] }""");
        scratch.Write("tokenizer.model", new Tokens.TinyModel().With("a").Bytes());
        Read(architecture, keys);
        var remarks = new ModelFiles(new CheckpointPlace(scratch.Root)).Remarks;
        if (remark.Length == 0) remarks.ShouldBeEmpty();
        else remarks.ShouldHaveSingleItem().ShouldStartWith(remark);
    }

    /// <summary>A tokenizer names an end of its own, which counts where a template wraps the prompt, and nowhere else.</summary>
    [Theory]
    [InlineData("""{ "eos_token": "</s>" }""", "")]
    [InlineData("""{ "eos_token": "<unknown>" }""", "")]
    [InlineData("""{ "eos_token": {"content": "a"} }""", """the tokenizer's eos_token "a" (259) ends no response but to a prompt in a template: the model's files say 2, 42""")]
    public void An_end_that_only_the_tokenizer_names_is_said(string settings, string remark)
    {
        scratch.Write("generation_config.json", """{ "eos_token_id": [2, 42] }""");
        scratch.Write("tokenizer.model", new Tokens.TinyModel().With("a").Bytes());
        scratch.Write("tokenizer_config.json", settings);
        Read("LlamaForCausalLM");
        string.Join('|', new ModelFiles(new CheckpointPlace(scratch.Root)).Remarks).ShouldBe(remark);
    }

    /// <summary>What a layer holds beside its projections: biases, norms of queries and keys, norms after blocks.</summary>
    [Theory]
    [InlineData("LlamaForCausalLM", 0)]
    [InlineData("Qwen2ForCausalLM", 32 + 16 + 16)]
    [InlineData("Qwen3ForCausalLM", 2 * 8)]
    [InlineData("Gemma2ForCausalLM", 2 * 32)]
    [InlineData("Gemma3ForCausalLM", (2 * 32) + (2 * 8))]
    [InlineData("Olmo2ForCausalLM", (2 * 32) + 32 + 16)]
    [InlineData("Phi3ForCausalLM", 0)]
    public void Memory_is_counted_by_the_family_s_tensors(string architecture, int vectors)
    {
        var config = Read(architecture, """{ "head_dim": 8, "num_key_value_heads": 2 }""").Config;
        config.LayerVectors.ShouldBe(vectors);
        var projections = (32 * 32 * 2) + (2 * 16 * 32) + (3 * 32 * 64);
        config.WeightBytes.ShouldBe(sizeof(float) * ((4 * (projections + vectors)) + (2 * 96 * 32)));
    }

    private int?[] Windows(string architecture, string keys)
    {
        var config = Read(architecture, keys).Config;
        return [.. Enumerable.Range(0, config.Layers).Select(layer => config.PositionsOf(layer).Window)];
    }

    private (IFamily Family, DecoderConfig Config) Read(string architecture, string keys = "{}")
    {
        var config = JsonNode.Parse(
            """{ "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "vocab_size": 96 }""")!.AsObject();
        config["architectures"] = new JsonArray(architecture);
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject()) config[key] = value?.DeepClone();
        scratch.Write("config.json", config.ToJsonString());
        return Families.Read(scratch.Root, Families.All);
    }
}
