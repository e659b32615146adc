using System.Text.Json.Nodes;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

/// <summary>A model from its base and a LoRA adapter has the logits of the model whose weights the test merged itself.</summary>
public sealed class When_an_adapter_is_merged : IDisposable
{
    private const string Llama = "LlamaForCausalLM", Phi3 = "Phi3ForCausalLM";
    private const int D = 20, Inner = 36, Vocabulary = 32, Queries = 6 * 8, Keys = 3 * 8;
    private static readonly int[] Ids = [1, 5, 9, 30, 4, 4, 17, 22];

    private readonly TinyAdapter adapter = new();

    [Fact]
    public void Every_projection_takes_its_update_by_alpha_over_r()
    {
        using var whole = new TinyFamily(Llama);
        using var merged = new TinyFamily(Llama);
        foreach (var (module, output, input) in Projections(1))
            TinyAdapter.Merge(merged.Weights[module + ".weight"].Values, adapter.Add(module, output, input), 3, 12 / 3.0);
        Same(adapter.Over(whole.Folder), merged, whole);
    }

    [Fact]
    public void Rows_of_a_fused_tensor_take_theirs()
    {
        using var whole = new TinyFamily(Phi3);
        using var merged = new TinyFamily(Phi3);
        const string qkv = "model.layers.0.self_attn.qkv_proj", gateUp = "model.layers.2.mlp.gate_up_proj";
        TinyAdapter.Merge(merged.Weights[qkv + ".weight"].Values, adapter.Add(qkv, Queries + 2 * Keys, D), 3, 4);
        TinyAdapter.Merge(merged.Weights[gateUp + ".weight"].Values, adapter.Add(gateUp, 2 * Inner, D), 3, 4);
        var checkpoint = adapter.Over(whole.Folder);
        Same(checkpoint, merged, whole);

        // A head that is read alone has the numbers that it has in the whole.
        using var scope = torch.NewDisposeScope();
        var all = checkpoint.Load(Slot.Key, 0, torch.CPU);
        var source = checkpoint.Source(Slot.Key, 0);
        checkpoint.Load(source with { FirstRow = source.FirstRow + 8, Rows = 8 }, torch.CPU).Values<float>().ShouldBe(all.narrow(0, 8, 8).Values<float>());
    }

    [Fact]
    public void Layers_that_are_streamed_are_merged_each_time_to_the_same_numbers()
    {
        using var whole = new TinyFamily(Llama);
        foreach (var (module, output, input) in Projections(2)) adapter.Add(module, output, input);
        var checkpoint = adapter.Over(whole.Folder);
        Logits(checkpoint, new Placement([new Shard(torch.CPU, 0, 1), new Shard(torch.CPU, 1, 2, WeightsHeld.OnDisk)])).ShouldBe(Logits(checkpoint));
    }

    [Fact]
    public void Patterns_say_rank_and_alpha_of_modules_and_the_first_that_fits_counts()
    {
        using var whole = new TinyFamily(Llama);
        using var merged = new TinyFamily(Llama);
        adapter.Config["rank_pattern"] = JsonNode.Parse("""{ "^model.layers.1.self_attn.q_proj": 2, "(k|q)_proj": 5, "model.layers.1.self_attn.q_proj": 1 }""");
        adapter.Config["alpha_pattern"] = JsonNode.Parse("""{ "proj": 100, "self_attn.q_proj": 7 }""");
        foreach (var (name, rows, rank, alpha) in new[] { ("q_proj", Queries, 2, 7.0), ("k_proj", Keys, 5, 12.0), ("v_proj", Keys, 3, 12.0) })
        {
            var module = $"model.layers.1.self_attn.{name}";
            TinyAdapter.Merge(merged.Weights[module + ".weight"].Values, adapter.Add(module, rows, D, rank), rank, alpha / rank);
        }

        Same(adapter.Over(whole.Folder), merged, whole);
    }

    [Fact]
    public void A_stabilised_rank_divides_by_its_root_and_fan_in_fan_out_means_nothing_here()
    {
        using var whole = new TinyFamily(Llama);
        using var merged = new TinyFamily(Llama);
        (adapter.Config["use_rslora"], adapter.Config["fan_in_fan_out"]) = (true, true);
        const string module = "model.layers.0.mlp.down_proj";
        TinyAdapter.Merge(merged.Weights[module + ".weight"].Values, adapter.Add(module, D, Inner), 3, 12 / Math.Sqrt(3));
        Same(adapter.Over(whole.Folder), merged, whole);
    }

    [Fact]
    public void Embeddings_take_the_transpose_and_older_files_have_the_adapter_s_name_in_theirs()
    {
        using var whole = new TinyFamily(Llama);
        using var merged = new TinyFamily(Llama);
        TinyAdapter.MergeEmbedding(
            merged.Weights["model.embed_tokens.weight"].Values, adapter.AddEmbedding("model.embed_tokens", Vocabulary, D, adapter: ".default"), 3, 4);
        TinyAdapter.Merge(merged.Weights["lm_head.weight"].Values, adapter.Add("lm_head", Vocabulary, D, adapter: ".default"), 3, 4);
        Same(adapter.Over(whole.Folder), merged, whole);
    }

    [Theory]
    [InlineData("lm_head.weight")]
    [InlineData("lm_head.modules_to_save.weight")]
    [InlineData("lm_head.modules_to_save.default.weight")]
    [InlineData("lm_head.base_layer.weight")]
    public void Modules_that_are_saved_whole_replace_the_base_s(string name)
    {
        using var whole = new TinyFamily(Llama);
        using var merged = new TinyFamily(Llama);
        adapter.Config["modules_to_save"] = new JsonArray("lm_head");
        var head = adapter.Values(Vocabulary * D);
        adapter.Tensors["base_model.model." + name] = ([Vocabulary, D], head);
        merged.Weights["lm_head.weight"] = ([Vocabulary, D], head);
        Same(adapter.Over(whole.Folder), merged, whole);
    }

    [Fact]
    public void Tokens_that_were_added_come_with_both_embeddings()
    {
        using var whole = new TinyFamily(Llama);
        using var merged = new TinyFamily(Llama, """{ "vocab_size": 35 }""");
        foreach (var (name, weight) in whole.Weights) merged.Weights[name] = weight;
        foreach (var name in new[] { "model.embed_tokens", "lm_head" })
        {
            adapter.Tensors[$"base_model.model.{name}.weight"] = ([35, D], adapter.Values(35 * D));
            merged.Weights[name + ".weight"] = adapter.Tensors[$"base_model.model.{name}.weight"];
        }

        var checkpoint = adapter.Over(whole.Folder);
        checkpoint.Config.VocabularySize.ShouldBe(35);
        new ModelFiles(new CheckpointPlace(adapter.Folder, whole.Folder)).Config.VocabularySize.ShouldBe(35);
        Same(checkpoint, merged, null);
    }

    [Fact]
    public void Tied_embeddings_of_which_one_was_trained_are_parted()
    {
        using var whole = new TinyFamily(Llama, """{ "tie_word_embeddings": true }""");
        using var merged = new TinyFamily(Llama);
        foreach (var (name, weight) in whole.Weights) merged.Weights[name] = (weight.Shape, [.. weight.Values]);
        merged.Weights["lm_head.weight"] = (whole.Weights["model.embed_tokens.weight"].Shape, [.. whole.Weights["model.embed_tokens.weight"].Values]);
        TinyAdapter.MergeEmbedding(merged.Weights["model.embed_tokens.weight"].Values, adapter.AddEmbedding("model.embed_tokens", Vocabulary, D), 3, 4);
        Same(adapter.Over(whole.Folder), merged, whole);
    }

    [Fact]
    public void The_hash_covers_adapter_and_base_wherever_they_lie()
    {
        using var whole = new TinyFamily(Llama);
        using var moved = new TinyFamily(Llama);
        using var other = new TinyFamily(Llama, seed: 2);
        using var copy = new TinyAdapter();
        foreach (var one in new[] { adapter, copy }) one.Add("model.layers.0.self_attn.q_proj", Queries, D);
        var hash = CheckpointHash.Of(adapter.Over(whole.Folder));
        CheckpointHash.Of(copy.Over(moved.Folder)).ShouldBe(hash);
        CheckpointHash.Of(adapter.Over(other.Folder)).ShouldNotBe(hash);
        CheckpointHash.Of(whole.Open()).ShouldNotBe(hash);
        copy.Config["lora_alpha"] = 13;
        CheckpointHash.Of(copy.Over(moved.Folder)).ShouldNotBe(hash);
    }

    [Fact]
    public void Tokenizer_and_template_are_the_adapter_s_where_it_has_them()
    {
        using var whole = new TinyFamily(Llama);
        var place = new CheckpointPlace(adapter.Save().Folder, whole.Folder);
        place.Tokenizer.ShouldBe(whole.Folder);
        adapter.Write("tokenizer.json", "{}");
        place.Tokenizer.ShouldBe(adapter.Folder);
        new CheckpointPlace(whole.Folder).Tokenizer.ShouldBe(whole.Folder);

        File.WriteAllText(Path.Combine(whole.Folder, "chat_template.jinja"), "base: {{ messages[0]['content'] }}");
        Rendered().ShouldBe("base: Hello");
        adapter.Write("chat_template.jinja", "adapter: {{ messages[0]['content'] }}");
        Rendered().ShouldBe("adapter: Hello");
        string Rendered() => Interpret.Models.Templates.ChatTemplate.Of(new(Contracts.TemplateSettings.Checkpoint, null), place).Render([new("user", "Hello")]).Text;
    }

    public void Dispose() => adapter.Dispose();

    private static IEnumerable<(string Module, int Output, int Input)> Projections(int layer) =>
        new[]
        {
            ("self_attn.q_proj", Queries, D), ("self_attn.k_proj", Keys, D), ("self_attn.v_proj", Keys, D), ("self_attn.o_proj", D, Queries),
            ("mlp.gate_proj", Inner, D), ("mlp.up_proj", Inner, D), ("mlp.down_proj", D, Inner),
        }.Select(one => ($"model.layers.{layer}.{one.Item1}", one.Item2, one.Item3));

    private static float[] Logits(Checkpoint checkpoint, Placement? placement = null)
    {
        using var model = ShardedModel.Load(checkpoint, placement ?? Placement.Single(checkpoint.Config, torch.CPU));
        using var gradless = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return model.Logits(model.Run(model.Embed(Ids).unsqueeze(0))).Values<float>();
    }

    private static void Same(Checkpoint found, TinyFamily merged, TinyFamily? whole)
    {
        merged.Save();
        var logits = Logits(found);
        Agreement.Of(logits, Logits(merged.Open())).ShouldBeLessThan(1e-6);
        if (whole is not null)
            Agreement.Of(logits, Logits(whole.Open())).ShouldBeGreaterThan(1e-2, "the adapter matters here");
    }
}
