using System.Text.Json;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>A small trained model with what the original's code computed on it, opened by the first test that is not skipped.</summary>
public sealed class Stories : IDisposable
{
    private readonly Lazy<ModelFiles> files = new(() => ModelFiles.Open(Reference.Path("checkpoints/stories260k")));
    private readonly Lazy<ShardedModel> model;
    private readonly Lazy<JsonElement[]> cases = new(() => [.. Read("golden/stories260k/input_explain.json").EnumerateArray()]);

    public Stories() => model = new(() => files.Value.Load());

    internal ShardedModel Model => model.Value;

    internal ITokenizer Tokenizer => files.Value.Tokenizer;

    internal InputExplainer Explainer => new(Model, Tokenizer);

    internal IReadOnlyList<JsonElement> Cases => cases.Value;

    internal static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Reference.Path(file)));
        return document.RootElement.Clone();
    }

    /// <summary>BOS, prompt and response as ids.</summary>
    internal AttributionInput Input(string id, string prompt, string response) =>
        new(id, [Tokenizer.BosId!.Value, .. Tokenizer.EncodeToIds($"{prompt.Trim()} {response.Trim()}")], Tokenizer.CountTokens(prompt.Trim()));

    public void Dispose()
    {
        if (model.IsValueCreated) model.Value.Dispose();
    }
}

internal static class JsonNumbers
{
    public static string Text(this JsonElement element, string key) => element.GetProperty(key).GetString()!;

    public static float[] Floats(this JsonElement element, string key) => [.. element.GetProperty(key).EnumerateArray().Select(v => v.GetSingle())];

    public static double[] Doubles(this JsonElement element, string key) => [.. element.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];

    public static int[] Integers(this JsonElement element, string key) => [.. element.GetProperty(key).EnumerateArray().Select(v => v.GetInt32())];

    public static string[] Texts(this JsonElement element, string key) => [.. element.GetProperty(key).EnumerateArray().Select(v => v.GetString()!)];
}
