using Interpret.Explaining;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Model;

namespace Interpret.Unit.Tests.Methods;

/// <summary>
/// A checkpoint whose answer depends on known tokens: attention looks everywhere alike, the second layer carries what keys have in dimension 0 into
/// the answer's logit, and nothing else reaches it. The first layer adds to all tokens what they have in common, so that a token's size matters.
/// </summary>
internal sealed class PlantedTruth : IDisposable
{
    private const int Vocabulary = 32, Answer = 3, Keys = 4; // tokens Answer, and from there the keys
    private readonly TinyCheckpoint tiny = new(config => config["num_hidden_layers"] = 2);

    public PlantedTruth()
    {
        foreach (var name in tiny.Weights.Keys.Where(name => name.Contains("layers", StringComparison.Ordinal) || name.StartsWith("lm_head", StringComparison.Ordinal)))
        {
            if (name.Contains("norm", StringComparison.Ordinal)) Array.Fill(tiny.Weights[name].Values, 1);
            else Array.Clear(tiny.Weights[name].Values);
        }

        Array.Fill(tiny.Weights["model.norm.weight"].Values, 1);
        for (var token = 0; token < Vocabulary; token++)
        {
            Set("model.embed_tokens", token, 0, IsKey(token) ? 2 : 0);
            Set("model.embed_tokens", token, 1, 0);
            Set("model.embed_tokens", token, 2, 1);
        }

        // What heads 0 and 1 read is at rows 0 of v_proj, and at columns 0 and 8 of o_proj.
        Set("model.layers.0.self_attn.v_proj", 0, 2, 1);
        Set("model.layers.0.self_attn.o_proj", 2, 0, 3);
        Set("model.layers.1.self_attn.v_proj", 0, 0, 1);
        Set("model.layers.1.self_attn.o_proj", 1, 0, 4);
        Set("lm_head", Answer, 1, 3);
        tiny.Save();
        Model = tiny.Load();
    }

    public ShardedModel Model { get; }

    /// <summary>Prompts of 20 tokens with three keys at places that differ from prompt to prompt, each answered once.</summary>
    public static IReadOnlyList<AttributionInput> Prompts { get; } = [.. Enumerable.Range(0, 48).Select(one =>
    {
        var random = new SplitMix64((ulong)one);
        int[] prompt = [.. Enumerable.Range(0, 20).Select(_ => Answer + 1 + Keys + random.Below(Vocabulary - Answer - 1 - Keys))];
        for (var key = 0; key < 3; key++) prompt[(7 * key) + random.Below(6)] = Answer + 1 + random.Below(Keys);
        return new AttributionInput($"planted {one}", [1, .. prompt, Answer], prompt.Length);
    })];

    /// <summary>The indices of a prompt's keys.</summary>
    public static IReadOnlyList<int> KeysOf(AttributionInput input) =>
        [.. Enumerable.Range(0, input.PromptTokens).Where(i => IsKey(input.Ids[i + input.Start]))];

    public void Dispose()
    {
        Model.Dispose();
        tiny.Dispose();
    }

    private static bool IsKey(int token) => token is > Answer and <= Answer + Keys;

    private void Set(string name, int row, int column, float value)
    {
        var (shape, values) = tiny.Weights[name + ".weight"];
        values[(row * shape[1]) + column] = value;
    }
}
