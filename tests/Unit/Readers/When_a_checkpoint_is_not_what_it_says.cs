using Interpret.Contracts;
using Interpret.Models.Tokenizers;
using Interpret.Unit.Tests.Model;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_checkpoint_is_not_what_it_says : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    private const string Page = "\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";

    private readonly TinyCheckpoint tiny = new TinyCheckpoint().Save();

    [Theory]
    [InlineData(4)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public void Layers_that_no_file_holds_cost_no_memory(int layers)
    {
        tiny.Config["num_hidden_layers"] = layers;
        tiny.SaveConfig();
        var refusal = Bounded.Run(1 << 20, () => Should.Throw<BadInputException>(tiny.Open));
        (refusal.ErrorClass, refusal.Where).ShouldBe(("tensor-missing", "tensor model.layers.3.input_layernorm.weight"));
    }

    [Theory]
    [InlineData("model.layers.0.mlp.down_proj.qweight", "I32", "GPTQ or AWQ")]
    [InlineData("model.layers.0.mlp.down_proj.SCB", "F32", "bitsandbytes")]
    [InlineData("model.layers.0.mlp.down_proj.weight_scale_inv", "F32", "FP8")]
    [InlineData("model.layers.0.mlp.down_proj.kernel", "F8_E4M3", "FP8")]
    public void Quantised_weights_are_named(string tensor, string dtype, string method)
    {
        byte[] data = dtype == "F8_E4M3" ? [1] : [0, 0, 0, 0];
        tiny.Write("model.safetensors", SafetensorsBytes.Of(tiny.Entries(tiny.Weights.Keys, "F32").Append((tensor, dtype, [1L], data))));
        Refused("checkpoint-kind", $"quantised by {method}", "unquantised");
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("model.")]
    [InlineData("_orig_mod.")]
    public void A_prefix_before_every_name_is_named(string prefix)
    {
        tiny.Write("model.safetensors", SafetensorsBytes.Of(tiny.Entries(tiny.Weights.Keys, "F32").Select(entry => entry with { Name = prefix + entry.Name })));
        Refused("checkpoint-kind", $"names that begin with \"{prefix}\"", "state_dict()");
    }

    [Fact]
    public void An_adapter_is_named_by_its_tensors_and_by_its_folder()
    {
        tiny.Write("model.safetensors", SafetensorsBytes.Of([("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", "F32", [1L], [0, 0, 0, 0])]));
        Refused("checkpoint-kind", "an adapter", "Merge it");
        File.Delete(tiny.PathOf("model.safetensors"));
        tiny.Write("adapter_config.json", "{}");
        Refused("checkpoint-kind", "an adapter", "Name that model");
    }

    [Theory]
    [InlineData("model.safetensors", Pointer, "a pointer of Git LFS", "git lfs pull")]
    [InlineData("model.safetensors", Page, "a web page", "Fetch the file itself")]
    [InlineData("config.json", Pointer, "a pointer of Git LFS", "git lfs pull")]
    [InlineData("config.json", Page, "a web page", "Fetch the file itself")]
    public void A_file_in_the_place_of_another_is_named(string file, string text, string found, string remedy)
    {
        tiny.Write(file, text);
        var refusal = Should.Throw<BadInputException>(tiny.Open);
        (refusal.InputSource, refusal.Found).ShouldBe((tiny.PathOf(file), refusal.Found));
        refusal.Found.ShouldStartWith(found);
        refusal.Remedy.ShouldNotBeNull().ShouldContain(remedy);
    }

    [Theory]
    [InlineData(Pointer, "a pointer of Git LFS")]
    [InlineData(Page, "a web page")]
    public void So_is_one_in_the_place_of_an_archive_or_a_tokenizer(string text, string found)
    {
        File.Delete(tiny.PathOf("model.safetensors"));
        tiny.Write("pytorch_model.bin", text);
        Should.Throw<BadInputException>(tiny.Open).Found.ShouldStartWith(found);
        tiny.Write("tokenizer.model", text);
        Should.Throw<BadInputException>(() => TokenizerFormats.Load(tiny.Folder)).Found.ShouldStartWith(found);
    }

    [Fact]
    public void A_missing_tokenizer_is_said_to_be_missing_once_and_one_that_says_nothing_is_named()
    {
        var none = Should.Throw<BadInputException>(() => TokenizerFormats.Load(tiny.Folder));
        (none.ErrorClass, none.Found).ShouldBe(("tokenizer-missing", "none"));
        tiny.Write("tokenizer.json", "{}");
        Should.Throw<BadInputException>(() => TokenizerFormats.Load(tiny.Folder)).InputSource.ShouldEndWith("tokenizer.json");
    }

    [Fact]
    public void A_file_of_more_tensors_than_any_model_has_is_refused()
    {
        var header = "{" + string.Join(',', Enumerable.Range(0, 100_001).Select(i => $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}";
        tiny.Write("model.safetensors", SafetensorsBytes.Of(header, []));
        var refusal = Bounded.Run(50L * header.Length, () => Should.Throw<BadInputException>(tiny.Open));
        refusal.Expected.ShouldBe("at most 100,000 tensors");
    }

    public void Dispose() => tiny.Dispose();

    private void Refused(string errorClass, string found, string remedy)
    {
        var refusal = Should.Throw<BadInputException>(tiny.Open);
        refusal.ErrorClass.ShouldBe(errorClass, refusal.Message);
        refusal.Found.ShouldContain(found);
        refusal.Remedy.ShouldNotBeNull().ShouldContain(remedy);
    }
}
