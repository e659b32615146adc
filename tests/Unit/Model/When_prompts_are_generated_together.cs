using System.Text.Json.Nodes;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;

namespace Interpret.Unit.Tests.Model;

/// <summary>Whatever is decoded beside it, a prompt gets the tokens that it gets alone.</summary>
public sealed class When_prompts_are_generated_together
{
    private const int Most = 14;

    /// <summary>Lengths 1 to 9, twice.</summary>
    private static readonly int[][] Prompts =
        [.. Enumerable.Range(0, 18).Select(i => (int[])[1, .. Enumerable.Range(0, i % 9).Select(at => 3 + (((i * 7) + (at * 5)) % 28))])];

    /// <summary>A quarter of all tokens is an end: rows end at different places, and their keys and values are left out more than once.</summary>
    [Fact]
    public void A_row_that_has_ended_leaves_the_others_as_they_are()
    {
        using var tiny = Tiny(new JsonArray(2, 5, 8, 11, 14, 17, 20, 23));
        using var model = tiny.Load();
        var alone = Prompts.Select(prompt => model.Generate(prompt, Most)).ToArray();
        alone.Select(row => row.Count).Distinct().Count().ShouldBeGreaterThan(4);
        model.Generate(Prompts, Most).ShouldBe(alone);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(60), InlineData(200)]
    public void A_budget_of_few_columns_makes_several_batches_of_the_same_tokens(int columns)
    {
        using var tiny = Tiny(2);
        using var model = tiny.Load();
        var budget = columns * KeyValueCache.BytesPerColumn(model.Config);
        model.Generate(Prompts, Most, budget).ShouldBe(Prompts.Select(prompt => model.Generate(prompt, Most)));
    }

    /// <summary>16 positions are the context: long prompts end before short ones, and one is too long to begin.</summary>
    [Fact]
    public void Each_row_ends_with_its_own_context()
    {
        using var tiny = Tiny(2, """{ "max_position_embeddings": 16 }""");
        using var model = tiny.Load();
        int[][] prompts = [[1, 4], [1, .. Enumerable.Range(3, 12)], [1, .. Enumerable.Range(3, 15)], [1, .. Enumerable.Range(3, 16)]];
        var together = model.Generate(prompts, 100);
        together.Select(row => row.Count).ShouldBe([15, 4, 1, 0]);
        together.ShouldBe(prompts.Select(prompt => model.Generate(prompt, 100)));
    }

    /// <summary>Beyond 8 positions every row turns by frequencies of its own length.</summary>
    [Fact]
    public void Each_row_is_stretched_by_its_own_length()
    {
        using var tiny = Tiny(2, """{ "max_position_embeddings": 8, "rope_theta": 30.0, "rope_scaling": { "type": "dynamic", "factor": 6.0 } }""");
        using var model = tiny.Load();
        model.Generate(Prompts, Most).ShouldBe(Prompts.Select(prompt => model.Generate(prompt, Most)));
    }

    [Fact]
    public void Nothing_asked_for_is_nothing_done()
    {
        using var tiny = Tiny(2);
        using var model = tiny.Load();
        model.Generate(Array.Empty<int[]>(), Most).ShouldBeEmpty();
        model.Generate([[1, 4], [1]], 0).ShouldAllBe(row => row.Count == 0);
    }

    private static TinyFamily Tiny(JsonNode ends, string config = "{}")
    {
        var keys = JsonNode.Parse(config)!.AsObject();
        keys["eos_token_id"] = ends;
        return new TinyFamily("LlamaForCausalLM", keys.ToJsonString(), seed: 5);
    }
}
