using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Model;

public sealed class When_a_config_is_read : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void Every_field_is_taken()
    {
        var config = Read("""
            { "architectures": ["MistralForCausalLM"], "hidden_size": 48, "intermediate_size": 100, "num_hidden_layers": 5, "num_attention_heads": 6, "num_key_value_heads": 2,
              "head_dim": 10, "vocab_size": 77, "max_position_embeddings": 99, "rms_norm_eps": 3e-5, "rope_theta": 500000, "sliding_window": 16, "hidden_act": "silu",
              "attention_bias": false, "tie_word_embeddings": true, "bos_token_id": 7, "eos_token_id": [8, 9, 10], "unknown": { "is": "ignored" } }
            """);
        config.ShouldBe(new DecoderConfig
        {
            HiddenSize = 48,
            IntermediateSize = 100,
            Layers = 5,
            Heads = 6,
            KeyValueHeads = 2,
            HeadSize = 10,
            VocabularySize = 77,
            ContextLength = 99,
            NormEpsilon = 3e-5,
            Positions = config.Positions,
            TiedEmbeddings = true,
            BosId = 7,
            BosIsStated = true,
            EosIds = config.EosIds,
        });
        config.EosIds.ShouldBe([8, 9, 10]);
        config.Positions.ShouldBe([new(Window: 16, Theta: 500_000)]);
        config.LayerParameters.ShouldBe(5L * (48 * 60 + 2 * 48 * 20 + 60 * 48 + 3 * 48 * 100));
    }

    [Fact]
    public void What_is_absent_or_null_has_the_family_s_value()
    {
        foreach (var nulls in new[] { "", """, "num_key_value_heads": null, "head_dim": null, "rope_scaling": null, "sliding_window": null, "eos_token_id": null, "rope_theta": null""" })
        {
            var config = Read(Minimal(nulls));
            (config.KeyValueHeads, config.HeadSize, config.ContextLength, config.NormEpsilon).ShouldBe((4, 8, 2048, 1e-6));
            config.Positions.ShouldBe([new(Window: null, Theta: 10_000, Scaling: null)]);
            (config.TiedEmbeddings, config.BosId).ShouldBe((false, 1));
            config.EosIds.ShouldBe([2]);
        }
    }

    [Theory]
    [InlineData("""{ "type": "linear", "factor": 4.0 }""")]
    [InlineData("""{ "rope_type": "linear", "factor": 4 }""")]
    public void Linear_scaling_is_read_under_either_name(string scaling) => Scaling(scaling).ShouldBe(new RopeScaling.Linear(4));

    [Fact]
    public void Dynamic_and_llama3_scaling_are_read()
    {
        Scaling("""{ "type": "dynamic", "factor": 2.5 }""").ShouldBe(new RopeScaling.Dynamic(2.5));
        Scaling("""{ "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192 }""").ShouldBe(new RopeScaling.Llama3(8, 1, 4, 8192));
        Scaling("""{ "rope_type": "default" }""").ShouldBeNull();
    }

    /// <summary>Newer files keep the base and the scaling in one object.</summary>
    [Fact]
    public void Rope_parameters_are_read_in_their_newer_place()
    {
        var config = Read(Minimal(""", "rope_parameters": { "rope_type": "linear", "factor": 2, "rope_theta": 123456 }"""));
        config.Positions.ShouldBe([new(Theta: 123_456, Scaling: new RopeScaling.Linear(2))]);
        Read(Minimal(""", "rope_parameters": { "rope_type": "default", "rope_theta": 7000 }""")).Positions.Single().Theta.ShouldBe(7000);
    }

    [Theory]
    [InlineData("architectures", """["GPT2LMHeadModel"]""", "architecture-unknown", "LlamaForCausalLM or MistralForCausalLM", "GPT2LMHeadModel")]
    [InlineData("architectures", null, "architecture-unknown", "LlamaForCausalLM or MistralForCausalLM", "none")]
    [InlineData("hidden_act", "\"gelu\"", "architecture-unknown", "silu", "gelu")]
    [InlineData("attention_bias", "true", "architecture-unknown", "false", "true")]
    [InlineData("mlp_bias", "true", "architecture-unknown", "false", "true")]
    [InlineData("hidden_size", null, "config-malformed", "a positive integer", "nothing")]
    [InlineData("hidden_size", "33", "config-malformed", "a multiple of num_attention_heads (4)", "33")]
    [InlineData("intermediate_size", null, "config-malformed", "a positive integer", "nothing")]
    [InlineData("num_hidden_layers", "0", "config-malformed", "a positive integer", "0")]
    [InlineData("num_attention_heads", "-4", "config-malformed", "a positive integer", "-4")]
    [InlineData("num_attention_heads", "\"4\"", "config-malformed", "a positive integer", "\"4\"")]
    [InlineData("num_key_value_heads", "3", "config-malformed", "a divisor of num_attention_heads (4)", "3")]
    [InlineData("head_dim", "7", "config-malformed", "an even number", "7")]
    [InlineData("vocab_size", "1.5", "config-malformed", "a positive integer", "1.5")]
    [InlineData("vocab_size", "99999999999", "config-malformed", "a positive integer", "99999999999")]
    [InlineData("max_position_embeddings", "[]", "config-malformed", "a positive integer", "[]")]
    [InlineData("rms_norm_eps", "\"small\"", "config-malformed", "a positive number", "\"small\"")]
    [InlineData("rope_theta", "0", "config-malformed", "a positive number", "0")]
    [InlineData("rope_scaling", """{ "type": "longrope", "factor": 2 }""", "architecture-unknown", "default, linear, dynamic, llama3 or yarn", "longrope")]
    [InlineData("rope_scaling.mrope_section", """{ "type": "default", "mrope_section": [16, 24] }""", "architecture-unknown", "what default scaling has", "[16, 24]")]
    [InlineData("rope_scaling.rope_type", """{ "factor": 2 }""", "config-malformed", "the kind of scaling", "nothing")]
    [InlineData("rope_scaling.type", """{ "type": "linear", "rope_type": "yarn", "factor": 2 }""", "config-malformed", "yarn", "linear")]
    [InlineData("rope_parameters.full_attention", """{ "full_attention": { "rope_type": "default" } }""", "architecture-unknown", "one base and scaling", "an object")]
    [InlineData("partial_rotary_factor", "0.5", "architecture-unknown", "1 (whole heads are turned)", "0.5")]
    [InlineData("quantization_config", """{ "bits": 4 }""", "architecture-unknown", "nothing (weights as numbers, not quantised)", """{ "bits": 4 }""")]
    [InlineData("embedding_multiplier", "12", "architecture-unknown", "1 (embeddings as they are)", "12")]
    [InlineData("rope_scaling", "5", "config-malformed", "an object", "5")]
    [InlineData("rope_scaling.factor", """{ "type": "linear" }""", "config-malformed", "a number", "nothing")]
    [InlineData("rope_scaling.low_freq_factor", """{ "rope_type": "llama3", "factor": 8 }""", "config-malformed", "a number", "nothing")]
    [InlineData("bos_token_id", "1.5", "config-malformed", "token ids below vocab_size (96)", "1.5")]
    [InlineData("eos_token_id", "96", "config-malformed", "token ids below vocab_size (96)", "96")]
    [InlineData("eos_token_id", "[2, -1]", "config-malformed", "token ids below vocab_size (96)", "[2, -1]")]
    [InlineData("eos_token_id", "\"end\"", "config-malformed", "token ids below vocab_size (96)", "\"end\"")]
    [InlineData("attention_bias", "1", "config-malformed", "true or false", "1")]
    public void What_cannot_be_used_is_refused_by_file_and_key(string key, string? value, string errorClass, string expected, string found)
    {
        var config = JsonNode.Parse(Minimal(""))!.AsObject();
        var top = key.Split('.')[0];
        if (value is null) config.Remove(top);
        else config[top] = JsonNode.Parse(value);
        var refusal = Should.Throw<BadInputException>(() => Read(config.ToJsonString()));
        (refusal.ErrorClass, refusal.InputSource, refusal.Where).ShouldBe((errorClass, Path.Combine(scratch.Root, "config.json"), key));
        refusal.Expected.ShouldStartWith(expected);
        refusal.Found.Replace(" ", "").ShouldBe(found.Replace(" ", ""));
    }

    [Theory]
    [InlineData("{ \"hidden_size\": 8,\n oops }", "line 2", "JSON")]
    [InlineData("[]", "$", "a JSON object")]
    [InlineData("", "line 1", "JSON")]
    public void What_is_no_JSON_object_is_refused(string text, string where, string expected)
    {
        var refusal = Should.Throw<BadInputException>(() => Read(text));
        (refusal.ErrorClass, refusal.Where, refusal.Expected).ShouldBe(("config-malformed", where, expected));
    }

    [Fact]
    public void A_missing_folder_and_a_missing_file_are_told_apart()
    {
        var folder = Should.Throw<BadInputException>(() => new ModelFiles(Path.Combine(scratch.Root, "nowhere")).Config);
        (folder.ErrorClass, folder.Expected).ShouldBe(("checkpoint-missing", "a checkpoint directory"));
        var file = Should.Throw<BadInputException>(() => new ModelFiles(scratch.Root).Config);
        (file.ErrorClass, file.InputSource, file.Expected).ShouldBe(("checkpoint-missing", scratch.Root, "config.json in the directory"));
    }

    [Fact]
    public void Yarn_scaling_is_read_with_what_it_leaves_out()
    {
        Scaling("""{ "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024 }""").ShouldBe(
            new RopeScaling.Yarn(4, (0.1 * Math.Log(4)) + 1, 32, 1, 1024, true));
        Scaling("""{ "rope_type": "yarn", "factor": 2, "attention_factor": 1.5, "beta_fast": 8, "beta_slow": 2, "original_max_position_embeddings": 512, "truncate": false }""")
            .ShouldBe(new RopeScaling.Yarn(2, 1.5, 8, 2, 512, false));
        Scaling("""{ "rope_type": "yarn", "factor": 2, "mscale": 2, "mscale_all_dim": 0.5, "original_max_position_embeddings": 512 }""").ShouldBe(
            new RopeScaling.Yarn(2, ((0.2 * Math.Log(2)) + 1) / ((0.05 * Math.Log(2)) + 1), 32, 1, 512, true));
        Read(Minimal(""", "max_position_embeddings": 777, "rope_scaling": { "type": "yarn", "factor": 2 }""")).Positions.Single().Scaling
            .ShouldBe(new RopeScaling.Yarn(2, (0.1 * Math.Log(2)) + 1, 32, 1, 777, true));
    }

    private RopeScaling? Scaling(string scaling) => Read(Minimal($", \"rope_scaling\": {scaling}")).Positions.Single().Scaling;

    private static string Minimal(string more) =>
        $$"""{ "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 96{{more}} }""";

    private DecoderConfig Read(string config)
    {
        scratch.Write("config.json", config);
        return new ModelFiles(scratch.Root).Config;
    }
}
