using System.Text.Json.Nodes;
using Interpret.Explaining;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>Variants of LLaMA and Mistral against the plain network: logits, generation with its cache, and both modes of attribution.</summary>
public sealed class When_an_architecture_varies
{
    private static readonly int[] Prompt = [1, 5, 9, 30, 4, 4, 17, 22, 8, 13, 3, 28];

    private static readonly Dictionary<string, (string Changes, Func<int, double[]>? Frequencies)> Variants = new()
    {
        ["grouped heads, wide heads"] = ("{}", null),
        ["one key head"] = ("""{ "num_key_value_heads": 1 }""", null),
        ["as many key heads as heads"] = ("""{ "num_key_value_heads": 4, "head_dim": 6 }""", null),
        ["a coarse epsilon"] = ("""{ "rms_norm_eps": 0.1 }""", null),
        ["another base"] = ("""{ "rope_theta": 300.0 }""", length => PlainRope.Default(8, 300)),
        ["tied embeddings"] = ("""{ "tie_word_embeddings": true }""", null),
        ["linear scaling"] = ("""{ "rope_scaling": { "type": "linear", "factor": 4.0 } }""", length => PlainRope.Linear(8, 10000, 4)),
        ["dynamic scaling within the context"] = ("""{ "rope_scaling": { "type": "dynamic", "factor": 2.0 } }""", length => PlainRope.Dynamic(8, 10000, 2, 64, length)),
        ["llama3 scaling"] = (
            """{ "rope_theta": 500.0, "rope_scaling": { "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32 } }""",
            length => PlainRope.Llama3(8, 500, 8, 1, 4, 32)),
        ["a sliding window"] = ("""{ "architectures": ["MistralForCausalLM"], "sliding_window": 5 }""", null),
        ["a window of one"] = ("""{ "architectures": ["MistralForCausalLM"], "sliding_window": 1 }""", null),
        ["several ends"] = ("""{ "eos_token_id": [2, 7, 11, 19] }""", null),
    };

    public static TheoryData<string> Names => [.. Variants.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Logits_are_those_of_the_plain_network(string name)
    {
        using var tiny = Make(name, out var plain);
        using var model = tiny.Load();
        Agreement.Of(Logits(model, Prompt), [.. plain.Logits(Prompt).SelectMany(row => row)]).ShouldBeLessThan(1e-5);
    }

    /// <summary>Many prompts, so that ends are met early, late and not at all.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Cached_generation_is_recomputation_from_the_start(string name)
    {
        using var tiny = Make(name, out var plain);
        using var model = tiny.Load();
        for (var first = 0; first < 8; first++)
        {
            int[] prompt = [1, .. Prompt.Skip(first)];
            model.Generate(prompt, 12).ShouldBe(plain.Greedy(prompt, 12), $"from {first}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Attribution_is_the_derivative_of_the_plain_network(string name)
    {
        using var tiny = Make(name, out var plain);
        using var model = tiny.Load();
        var input = new AttributionInput("case", Prompt, 7);
        var expected = plain.Scores(input);
        expected.ShouldContain(score => Math.Abs(score) > 1e-4);
        Agreement.Of(model.Forward(input).Scores, expected).ShouldBeLessThan(2e-5);
        Agreement.Of(model.Reverse(input).Scores, expected).ShouldBeLessThan(2e-5);
    }

    /// <summary>Else every variant could be read as the first.</summary>
    [Fact]
    public void The_variants_differ_in_what_they_compute()
    {
        var logits = Variants.Keys.Where(name => name != "several ends" && !name.Contains("within")).Select(name =>
        {
            using var tiny = Make(name, out _);
            using var model = tiny.Load();
            return string.Join(' ', Logits(model, Prompt).TakeLast(3));
        });
        logits.ShouldBeUnique();
    }

    /// <summary>12 tokens are given and 64 can be read: the 65th is the last that can be predicted.</summary>
    [Theory]
    [InlineData(1, 1), InlineData(20, 20), InlineData(52, 52), InlineData(53, 53), InlineData(64, 53), InlineData(500, 53)]
    public void Generation_stops_at_the_number_asked_for_or_at_the_context_s_end(int asked, int most)
    {
        using var tiny = new TinyCheckpoint(config => config["eos_token_id"] = 2);
        var head = tiny.Weights["lm_head.weight"];
        head.Values.AsSpan(2 * 24, 24).Clear(); // nearly never the likeliest
        tiny.Save();
        using var model = tiny.Load();
        var made = model.Generate(Prompt, asked);
        made.Count.ShouldBe(Math.Min(asked, most));
        made.ShouldNotContain(2);
    }

    [Fact]
    public void Generation_ends_at_any_end_but_not_with_its_first_token()
    {
        // The head says 7 with a large weight everywhere, and 7 is an end.
        using var tiny = new TinyCheckpoint(config => config["eos_token_id"] = new JsonArray(2, 7));
        var (embedding, head) = (tiny.Weights["model.embed_tokens.weight"].Values, tiny.Weights["lm_head.weight"].Values);
        for (var id = 0; id < 32; id++) embedding[id * 24] = 0.996f;
        for (var id = 0; id < 32; id++) head[id * 24] = id == 7 ? 40 : 0;
        tiny.Save();
        using var model = tiny.Load();
        var made = model.Generate(Prompt, 10);
        made.Count.ShouldBe(1);
        made[0].ShouldNotBeOneOf(2, 7);
    }

    private static TinyCheckpoint Make(string name, out PlainDecoder plain)
    {
        var (changes, frequencies) = Variants[name];
        var tiny = new TinyCheckpoint(config =>
        {
            foreach (var (key, value) in JsonNode.Parse(changes)!.AsObject()) config[key] = value?.DeepClone();
        }).Save();
        plain = PlainDecoder.Of(tiny, frequencies);
        return tiny;
    }

    private static float[] Logits(ShardedModel model, IReadOnlyList<int> ids)
    {
        using var gradless = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        using var logits = model.Logits(model.Run(model.Embed(ids).unsqueeze(0))).data<float>();
        return logits.ToArray();
    }
}
