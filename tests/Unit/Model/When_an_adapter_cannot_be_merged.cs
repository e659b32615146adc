using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Unit.Tests.Model;

public sealed class When_an_adapter_cannot_be_merged : IDisposable
{
    private const string Query = "model.layers.0.self_attn.q_proj", InFile = "base_model.model." + Query;
    private const int D = 20, Queries = 48, Vocabulary = 32;

    private readonly TinyFamily whole = new("LlamaForCausalLM");
    private readonly TinyAdapter adapter = new();

    public When_an_adapter_cannot_be_merged() => adapter.Add(Query, Queries, D);

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "IA3", "merge_and_unload")]
    [InlineData("peft_type", "\"ADALORA\"", "ADALORA", "merge_and_unload")]
    [InlineData("peft_type", "\"PREFIX_TUNING\"", "PREFIX_TUNING", "cannot be written into weights")]
    [InlineData("peft_type", "null", "none", "merge_and_unload")]
    [InlineData("use_dora", "true", "DoRA", "merge_and_unload")]
    [InlineData("use_qalora", "true", "QA-LoRA", "merge_and_unload")]
    [InlineData("use_bdlora", """{ "nblocks": 2 }""", "block-diagonal", "merge_and_unload")]
    [InlineData("kasa_config", """{ "beta": 1 }""", "KaSA", "merge_and_unload")]
    [InlineData("monteclora_config", """{ "num_samples": 1 }""", "MonteCLoRA", "merge_and_unload")]
    [InlineData("lora_bias", "true", "biases of its own", "merge_and_unload")]
    [InlineData("bias", "\"all\"", "all", "merge_and_unload")]
    [InlineData("bias", "\"lora_only\"", "lora_only", "merge_and_unload")]
    [InlineData("target_parameters", "[\"experts\"]", "no layers", "merge_and_unload")]
    [InlineData("trainable_token_indices", "[3]", "rows of an embedding", "merge_and_unload")]
    [InlineData("layer_replication", "[[0, 2]]", "replicated layers", "merge_and_unload")]
    [InlineData("alora_invocation_tokens", "[3, 4]", "aLoRA", "cannot be written into weights")]
    [InlineData("arrow_config", """{ "top_k": 1 }""", "Arrow", "cannot be written into weights")]
    [InlineData("init_lora_weights", "\"pissa\"", "pissa", "path_initial_model_for_weight_conversion")]
    [InlineData("init_lora_weights", "\"pissa_niter_4\"", "pissa_niter_4", "path_initial_model_for_weight_conversion")]
    [InlineData("init_lora_weights", "\"olora\"", "olora", "path_initial_model_for_weight_conversion")]
    [InlineData("init_lora_weights", "\"corda\"", "corda", "path_initial_model_for_weight_conversion")]
    [InlineData("init_lora_weights", "\"loftq\"", "loftq", "path_initial_model_for_weight_conversion")]
    public void Other_kinds_are_refused_by_name_with_what_to_do(string key, string value, string found, string remedy)
    {
        adapter.Config[key] = JsonNode.Parse(value);
        var refusal = Refused(ErrorClasses.CheckpointKind);
        (refusal.InputSource, refusal.Where).ShouldBe((Path.Combine(adapter.Folder, "adapter_config.json"), key));
        refusal.Found.ShouldContain(found);
        refusal.Remedy.ShouldNotBeNull().ShouldContain(remedy);
    }

    [Theory]
    [InlineData("init_lora_weights", "\"eva\"")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("init_lora_weights", "false")]
    [InlineData("kasa_config", "null")]
    [InlineData("target_parameters", "[]")]
    [InlineData("loftq_config", "{}")]
    [InlineData("a_key_of_tomorrow", "null")]
    public void What_leaves_the_base_as_it_is_is_not(string key, string value)
    {
        adapter.Config[key] = JsonNode.Parse(value);
        adapter.Over(whole.Folder).Config.Layers.ShouldBe(3);
    }

    [Theory]
    [InlineData("r", "0")]
    [InlineData("lora_alpha", "-1")]
    [InlineData("rank_pattern", """{ "q_proj": 0 }""")]
    [InlineData("rank_pattern", """{ "q_(proj": 2 }""")]
    [InlineData("alpha_pattern", """{ "(?=q)q_proj": 2 }""")]
    [InlineData("use_rslora", "\"yes\"")]
    public void Values_that_mean_nothing_are_refused(string key, string value)
    {
        adapter.Config[key] = JsonNode.Parse(value);
        Refused(ErrorClasses.ConfigMalformed).Where.ShouldNotBeNull().ShouldStartWith(key);
    }

    [Fact]
    public void More_patterns_than_any_model_has_modules_are_refused()
    {
        adapter.Config["rank_pattern"] = new JsonObject(Enumerable.Range(0, 2001).Select(i => KeyValuePair.Create($"m{i}", (JsonNode?)2)));
        Refused(ErrorClasses.ConfigMalformed).Where.ShouldBe("rank_pattern");
        adapter.Config["rank_pattern"] = new JsonObject { [new string('a', 501)] = 2 };
        Refused(ErrorClasses.ConfigMalformed).Where.ShouldBe("rank_pattern");
        adapter.Config["rank_pattern"] = new JsonObject(Enumerable.Range(0, 9).Select(i => KeyValuePair.Create($"m{i}|q", (JsonNode?)2)));
        Refused(ErrorClasses.ConfigMalformed).Expected.ShouldBe("at most 8 patterns that are more than names");
    }

    [Theory]
    [InlineData("base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight")]
    [InlineData("base_model.model.model.layers.0.self_attn.qkv_proj.lora_A.weight")]
    [InlineData("base_model.model.model.layers.0.input_layernorm.lora_A.weight")]
    [InlineData("base_model.model.score.weight")]
    [InlineData("base_model.model.model.layers.0.self_attn.k_proj.lora_magnitude_vector")]
    [InlineData("model.layers.0.self_attn.k_proj.lora_A.weight")]
    [InlineData(InFile + ".lora_A.default.weight")]
    [InlineData(InFile + ".lora_embedding_A")]
    public void A_tensor_that_belongs_to_none_of_the_base_s_is_named(string name)
    {
        adapter.Tensors[name] = ([3, D], adapter.Values(3 * D));
        var refusal = Refused(ErrorClasses.TensorExtra);
        (refusal.InputSource, refusal.Where).ShouldBe((Path.Combine(adapter.Folder, "adapter_model.safetensors"), $"tensor {name}"));
    }

    [Fact]
    public void Shapes_are_those_of_rank_and_base()
    {
        adapter.Config["r"] = 4;
        Refused(ErrorClasses.TensorShape).Expected.ShouldBe($"4x20: rank 4 in adapter_config.json and {Query}.weight of the base, 48x20, want it");
        adapter.Config["r"] = 3;
        adapter.Add(Query, Queries + 1, D);
        var refusal = Refused(ErrorClasses.TensorShape);
        (refusal.Where, refusal.Found).ShouldBe(($"tensor {InFile}.lora_B.weight", "49x3"));
        adapter.Add(Query, Queries, D);
        adapter.Tensors["base_model.model.lm_head.weight"] = ([Vocabulary + 1, D], adapter.Values((Vocabulary + 1) * D));
        Refused(ErrorClasses.TensorShape).Where.ShouldBe("tensor base_model.model.lm_head.weight");
    }

    [Fact]
    public void Half_an_update_none_at_all_and_a_module_that_was_to_be_saved_are_missed()
    {
        adapter.Config["modules_to_save"] = new JsonArray("lm_head");
        Refused(ErrorClasses.TensorMissing).Where.ShouldBe("tensor base_model.model.lm_head.weight");
        adapter.Tensors.Remove(InFile + ".lora_B.weight");
        Refused(ErrorClasses.TensorMissing).Expected.ShouldBe("lora_B beside it");
        adapter.Tensors.Clear();
        Refused(ErrorClasses.TensorMissing).Expected.ShouldBe("the tensors of an adapter");
    }

    [Fact]
    public void Tied_embeddings_that_were_trained_as_one_are_refused()
    {
        using var tied = new TinyFamily("LlamaForCausalLM", """{ "tie_word_embeddings": true }""");
        adapter.Config["ensure_weight_tying"] = true;
        adapter.Over(tied.Folder).Config.TiedEmbeddings.ShouldBeTrue();
        adapter.AddEmbedding("model.embed_tokens", Vocabulary, D);
        var refusal = Should.Throw<BadInputException>(() => adapter.Over(tied.Folder));
        (refusal.ErrorClass, refusal.Where).ShouldBe((ErrorClasses.CheckpointKind, "ensure_weight_tying"));
    }

    [Fact]
    public void An_adapter_alone_asks_for_its_base()
    {
        var refusal = Should.Throw<BadInputException>(() => new ModelFiles(adapter.Save().Folder).Checkpoint);
        (refusal.ErrorClass, refusal.InputSource).ShouldBe((ErrorClasses.CheckpointKind, adapter.Folder));
        refusal.Remedy.ShouldBe("Name that model: \"base\" in a study file, --base on the command line, Worker__Base of a worker; the adapter calls it someone/base");
        Should.Throw<BadInputException>(() => new CheckpointPlace(adapter.Folder).Tokenizer).Message.ShouldBe(refusal.Message);
    }

    [Fact]
    public void A_base_for_a_checkpoint_that_is_whole_is_refused()
    {
        var refusal = Should.Throw<BadInputException>(() => new ModelFiles(new CheckpointPlace(whole.Folder, whole.Folder)).Checkpoint);
        (refusal.ErrorClass, refusal.InputSource, refusal.Found).ShouldBe((ErrorClasses.CheckpointKind, whole.Folder, "a checkpoint"));
        refusal.Remedy.ShouldNotBeNull().ShouldContain("leave it out");
    }

    [Fact]
    public void A_base_or_an_adapter_that_is_not_there_and_one_over_another_adapter_are_named()
    {
        var nowhere = Path.Combine(whole.Folder, "nowhere");
        var none = Should.Throw<BadInputException>(() => adapter.Over(nowhere));
        (none.ErrorClass, none.InputSource).ShouldBe((ErrorClasses.CheckpointMissing, nowhere));
        none = Should.Throw<BadInputException>(() => new ModelFiles(new CheckpointPlace(nowhere, whole.Folder)).Checkpoint);
        (none.ErrorClass, none.InputSource).ShouldBe((ErrorClasses.CheckpointMissing, nowhere));
        using var other = new TinyAdapter();
        var refusal = Should.Throw<BadInputException>(() => adapter.Over(other.Save().Folder));
        (refusal.ErrorClass, refusal.Found).ShouldBe((ErrorClasses.CheckpointKind, "an adapter"));
        File.Delete(Path.Combine(adapter.Save().Folder, "adapter_model.safetensors"));
        none = Should.Throw<BadInputException>(() => new ModelFiles(new CheckpointPlace(adapter.Folder, whole.Folder)).Checkpoint);
        (none.ErrorClass, none.InputSource).ShouldBe((ErrorClasses.CheckpointMissing, adapter.Folder));
    }

    public void Dispose()
    {
        adapter.Dispose();
        whole.Dispose();
    }

    private BadInputException Refused(string errorClass)
    {
        var refusal = Should.Throw<BadInputException>(() => adapter.Over(whole.Folder));
        refusal.ErrorClass.ShouldBe(errorClass, refusal.Message);
        return refusal;
    }
}
