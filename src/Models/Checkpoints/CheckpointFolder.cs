using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interpret.Models.Architectures;

namespace Interpret.Models.Checkpoints;

/// <summary>Writes a checkpoint in the Hugging Face layout, complete in itself: bfloat16 safetensors, configuration, tokenizer.</summary>
public static class CheckpointFolder
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="folder">Made where it is not there.</param>
    /// <param name="config">A LLaMA without window and scaling.</param>
    /// <param name="weights">All of its tensors, in the order that they are to have in the file.</param>
    /// <param name="tokenizer">A <c>tokenizer.model</c>.</param>
    public static void Write(string folder, DecoderConfig config, IReadOnlyCollection<Weight> weights, byte[] tokenizer)
    {
        Directory.CreateDirectory(folder);
        WriteJson("config.json", Config(config));
        WriteJson("generation_config.json", new JsonObject { ["bos_token_id"] = config.BosId, ["eos_token_id"] = config.EosIds[0] });
        WriteJson("tokenizer_config.json", TokenizerConfig(config));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), tokenizer);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), SafetensorsWriter.Of(weights));

        void WriteJson(string name, JsonObject content) => File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(Indented) + "\n");
    }

    private static JsonObject Config(DecoderConfig config) => new()
    {
        ["architectures"] = new JsonArray(Families.Llama.Architectures[0]),
        ["model_type"] = Families.Llama.Name,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["num_key_value_heads"] = config.KeyValueHeads,
        ["vocab_size"] = config.VocabularySize,
        ["max_position_embeddings"] = config.ContextLength,
        ["hidden_act"] = "silu",
        ["rms_norm_eps"] = config.NormEpsilon,
        ["rope_theta"] = config.Positions[0].Theta,
        ["tie_word_embeddings"] = config.TiedEmbeddings,
        ["bos_token_id"] = config.BosId,
        ["eos_token_id"] = config.EosIds[0],
        ["torch_dtype"] = "bfloat16",
    };

    private static JsonObject TokenizerConfig(DecoderConfig config) => new()
    {
        ["tokenizer_class"] = "LlamaTokenizer",
        ["add_bos_token"] = true,
        ["add_eos_token"] = false,
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["legacy"] = true,
        ["model_max_length"] = config.ContextLength,
    };
}
