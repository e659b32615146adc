using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Interpret.Tests.Shared;

/// <summary>A LoRA adapter over the random pair's base, as Hugging Face's peft writes one: queries and the feed-forward layer's way back of layer 0.</summary>
public static class SampleAdapter
{
    private const int Rank = 2;

    /// <returns>Its folder.</returns>
    public static string Write(Scratch scratch, string folder, int alpha = 4)
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SampleStudy.BaseCheckpoint, "config.json")));
        int Get(string key) => config.RootElement.GetProperty(key).GetInt32();
        int hidden = Get("hidden_size"), inner = Get("intermediate_size");
        (string Module, int Output, int Input)[] changed = [("self_attn.q_proj", hidden, hidden), ("mlp.down_proj", hidden, inner)];

        var (random, header, data) = (new Random(3), new JsonObject(), new List<byte>());
        foreach (var (module, output, input) in changed)
        {
            foreach (var (side, rows, columns) in new[] { ('A', Rank, input), ('B', output, Rank) })
            {
                var begin = data.Count;
                for (var i = 0; i < rows * columns; i++) data.AddRange(BitConverter.GetBytes((float)(random.NextDouble() - 0.5)));
                header[$"base_model.model.model.layers.0.{module}.lora_{side}.weight"] =
                    new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray(rows, columns), ["data_offsets"] = new JsonArray(begin, data.Count) };
            }
        }

        var (text, length) = (Encoding.UTF8.GetBytes(header.ToJsonString()), new byte[8]);
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        scratch.Write($"{folder}/adapter_model.safetensors", [.. length, .. text, .. data]);
        scratch.Write($"{folder}/adapter_config.json", $$"""{ "peft_type": "LORA", "r": {{Rank}}, "lora_alpha": {{alpha}}, "base_model_name_or_path": "base" }""");
        return scratch.At(folder);
    }
}
