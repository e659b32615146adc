using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Unit.Tests.Tokens;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

public sealed class When_a_checkpoint_is_opened
{
    private const string Down = "model.layers.1.mlp.down_proj.weight";
    private const string Whole = "model.safetensors";
    private const string Rotary = "model.layers.0.self_attn.rotary_emb.inv_freq", Head = "lm_head.weight";
    private static readonly int[] Ids = [1, 5, 9, 30, 4];

    [Theory]
    [InlineData("F32"), InlineData("F16"), InlineData("BF16")]
    public void Every_weight_is_read_as_the_number_it_is(string dtype)
    {
        using var tiny = new TinyCheckpoint().Save(dtype);
        var checkpoint = tiny.Open();
        checkpoint.Bytes.ShouldBe(tiny.Weights.Values.Sum(w => w.Values.LongLength) * (dtype == "F32" ? 4 : 2));
        foreach (var (name, (shape, values)) in tiny.Weights)
        {
            using var tensor = checkpoint.Load(new TensorSource(name), torch.CPU);
            using var data = tensor.data<float>();
            (tensor.dtype, string.Join('x', tensor.shape)).ShouldBe((torch.ScalarType.Float32, string.Join('x', shape)), name);
            data.ToArray().ShouldBe(values, name);
        }
    }

    [Fact]
    public void Every_kind_of_file_gives_the_same_logits()
    {
        using var whole = new TinyCheckpoint().Save();
        using var shards = new TinyCheckpoint().SaveShards();
        using var archive = new TinyCheckpoint().SaveArchive("F32");
        using var half = new TinyCheckpoint().SaveArchive("F16");
        var expected = Logits(whole);
        Logits(shards).ShouldBe(expected);
        Logits(archive).ShouldBe(expected);
        Logits(half).ShouldBe(expected);
        using var other = new TinyCheckpoint(seed: 2).Save();
        Logits(other).ShouldNotBe(expected);
    }

    [Fact]
    public void An_index_is_read_before_a_whole_file_and_safetensors_before_archives()
    {
        using var tiny = new TinyCheckpoint().SaveShards();
        tiny.Write(Whole, "never read");
        tiny.Write("pytorch_model.bin", "never read");
        tiny.Open().Bytes.ShouldBeGreaterThan(0);
    }

    /// <summary>In a whole file or in shards, listed in their index or not.</summary>
    [Theory, InlineData("whole"), InlineData("shards"), InlineData("unlisted"), InlineData("listed alone")]
    public void Old_rotary_buffers_and_a_tied_head_s_copy_may_be_stored(string how)
    {
        using var tiny = TiedWithExtras();
        if (how == "whole") tiny.Save();
        else tiny.SaveShards();
        var extras = new[] { Rotary, Head };
        if (how == "unlisted") tiny.SaveIndex(Map(name => !extras.Contains(name)));
        if (how == "listed alone")
        {
            foreach (var i in new[] { 0, 1 })
            {
                var path = tiny.PathOf(TinyCheckpoint.ShardName(i));
                var names = SafetensorsReader.Open(path).Keys.Except(extras).ToList();
                tiny.Write(TinyCheckpoint.ShardName(i), SafetensorsBytes.Of(tiny.Entries(names, "F32")));
            }
        }

        Logits(tiny).ShouldContain(v => Math.Abs(v) > 0.1f);

        JsonObject Map(Func<string, bool> listed)
        {
            var map = new JsonObject();
            foreach (var i in new[] { 0, 1 })
            {
                var shard = TinyCheckpoint.ShardName(i);
                foreach (var name in SafetensorsReader.Open(tiny.PathOf(shard)).Keys.Where(listed)) map[name] = shard;
            }

            return map;
        }
    }

    /// <summary>Which of the two is meant, nobody can tell.</summary>
    [Fact]
    public void A_head_that_differs_from_the_embeddings_it_is_tied_to_is_refused()
    {
        using var tiny = TiedWithExtras();
        tiny.Weights[Head].Values[^1] += 1;
        Refused(tiny.Save(), "tensor-extra", tiny.PathOf(Whole), $"tensor {Head}", "the numbers of model.embed_tokens.weight, since config.json ties the two", "others");
        tiny.SaveShards();
        Should.Throw<BadInputException>(() => tiny.Open()).Where.ShouldBe($"tensor {Head}");
    }

    private static TinyCheckpoint TiedWithExtras()
    {
        var tiny = new TinyCheckpoint(config => config["tie_word_embeddings"] = true);
        tiny.Weights[Rotary] = ([4], new float[4]);
        tiny.Weights[Head] = ([32, 24], [.. tiny.Weights["model.embed_tokens.weight"].Values]);
        return tiny;
    }

    [Fact]
    public void No_weights_at_all_are_refused()
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        Refused(tiny, "checkpoint-missing", tiny.Folder, null, "model.safetensors, pytorch_model.bin", "none of them");
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_shape()
    {
        using var tiny = new TinyCheckpoint();
        tiny.Weights.Remove(Down);
        Refused(tiny.Save(), "tensor-missing", tiny.Folder, $"tensor {Down}", "24x40 by config.json", "no such tensor");
    }

    [Fact]
    public void A_tensor_too_many_is_named()
    {
        using var tiny = new TinyCheckpoint();
        tiny.Weights["model.layers.3.mlp.down_proj.weight"] = tiny.Weights[Down];
        Refused(tiny.Save(), "tensor-extra", tiny.PathOf(Whole), "tensor model.layers.3.mlp.down_proj.weight", "only the 30 tensors of a 3-layer model",
            "one more");
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        using var tiny = new TinyCheckpoint();
        tiny.Weights[Down] = ([40, 24], tiny.Weights[Down].Values);
        Refused(tiny.Save(), "tensor-shape", tiny.PathOf(Whole), $"tensor {Down}", "24x40 by config.json", "40x24");
    }

    [Theory]
    [InlineData("F4", "dtype F64, F32")]
    [InlineData("I32", "F32, F16 or BF16")]
    public void A_tensor_of_another_type_is_named(string dtype, string expected)
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        tiny.Write(Whole, SafetensorsBytes.Of(tiny.Entries(tiny.Weights.Keys, "F32").Select(e => e.Name == Down ? e with { DType = dtype } : e)));
        Refused(tiny, "tensor-dtype", tiny.PathOf(Whole), $"tensor {Down}", expected, dtype);
    }

    [Fact]
    public void A_file_cut_off_is_refused_with_where_its_data_end()
    {
        using var tiny = new TinyCheckpoint().SaveShards();
        var path = tiny.PathOf(TinyCheckpoint.ShardName(1));
        var bytes = File.ReadAllBytes(path);
        var data = bytes.Length - 8 - BitConverter.ToInt64(bytes);
        File.WriteAllBytes(path, bytes[..^10]);
        Refused(tiny, "checkpoint-truncated", path, "tensor lm_head.weight", $"bytes up to {data}", $"a file whose data ends at {data - 10}");
        File.WriteAllBytes(path, bytes[..5]);
        Refused(tiny, "checkpoint-truncated", path, null, "at least 8 bytes", "5");
    }

    [Theory]
    [InlineData(1000, "at most 34 bytes", "1000")]
    [InlineData(-1, "at most 34 bytes", "18446744073709551615")]
    [InlineData(long.MaxValue, "at most 34 bytes", "9223372036854775807")]
    public void A_header_longer_than_its_file_is_refused_before_it_is_read(long claimed, string expected, string found)
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        tiny.Write(Whole, SafetensorsBytes.Of(claimed, [.. "{}"u8], new byte[32]));
        Refused(tiny, "safetensors-malformed", tiny.PathOf(Whole), "header length", expected, found);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}""", "tensor-overlap", "tensor b", "bytes after those of a, which end at 16", "offset 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "tensor-overlap", "tensor b", "bytes after those of a", "offset 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[8,0]}}""", "safetensors-malformed", "tensor a", "data_offsets [begin, end]", "[8,0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}}""", "safetensors-malformed", "tensor a", "data_offsets [begin, end]", "[-16,0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0]}}""", "safetensors-malformed", "tensor a", "data_offsets [begin, end]", "[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,65]}}""", "checkpoint-truncated", "tensor a", "bytes up to 65", "a file whose data ends at 64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}""", "safetensors-malformed", "tensor a", "20 bytes for F32 [5]", "16")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}""", "safetensors-malformed", "tensor a", "non-negative sizes", "[-4]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,16]}}""", "safetensors-malformed", "tensor a", "a shape of less than 2^63 bytes", "[4294967296,4294967296,4294967296]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,16]}}""", "safetensors-malformed", "tensor a", "an integer", "1.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":4,"data_offsets":[0,16]}}""", "safetensors-malformed", "tensor a", "an array of integers", "4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4]}}""", "safetensors-malformed", "tensor a", "dtype, shape and data_offsets", """{"dtype":"F32","shape":[4]}""")]
    [InlineData("""{"a":7}""", "safetensors-malformed", "tensor a", "dtype, shape and data_offsets", "7")]
    [InlineData("[]", "safetensors-malformed", "header", "a JSON object", "Array")]
    public void A_header_that_does_not_fit_its_data_is_refused(string header, string errorClass, string where, string expected, string found)
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        tiny.Write(Whole, SafetensorsBytes.Of(header, new byte[64]));
        Refused(tiny, errorClass, tiny.PathOf(Whole), where, expected, found);
    }

    [Fact]
    public void A_name_given_twice_is_refused()
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        tiny.Write(Whole, SafetensorsBytes.Of("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}""", new byte[64]));
        Refused(tiny, "safetensors-malformed", tiny.PathOf(Whole), "tensor a", "one entry", "two");
    }

    /// <summary>Any byte of the header may be wrong: the answer is a refusal or locations inside the file, never another exception.</summary>
    [Fact]
    public void Any_damage_to_a_header_is_answered_with_a_refusal()
    {
        using var tiny = new TinyCheckpoint();
        var whole = SafetensorsBytes.Of("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[8],"data_offsets":[16,32]}}""", new byte[32]);
        for (var place = 0; place < whole.Length - 32; place++)
        {
            foreach (var flip in (ReadOnlySpan<byte>)[0x01, 0x02, 0x10, 0x20, 0x80, 0xff])
            {
                var damaged = whole.ToArray();
                damaged[place] ^= flip;
                tiny.Write(Whole, damaged);
                try
                {
                    foreach (var tensor in SafetensorsReader.Open(tiny.PathOf(Whole)).Values) (tensor.Offset + tensor.Length)
                        .ShouldBeLessThanOrEqualTo(whole.Length);
                }
                catch (BadInputException)
                {
                }
            }
        }
    }

    [Theory]
    [InlineData("../elsewhere.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/model.safetensors")]
    [InlineData("")]
    public void An_index_cannot_lead_out_of_its_folder(string file)
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        tiny.SaveIndex(new JsonObject { [Down] = file });
        Refused(tiny, "index-malformed", Index(tiny), "weight_map", "names of files beside it", $"'{file}'");
    }

    [Theory]
    [InlineData("""{ "weight_map": [] }""", null, "an object weight_map")]
    [InlineData("{}", null, "an object weight_map")]
    [InlineData("[]", null, "an object weight_map")]
    [InlineData("{\n", "line 2", "JSON")]
    public void An_index_without_a_map_is_refused(string index, string? where, string expected)
    {
        using var tiny = new TinyCheckpoint();
        tiny.SaveConfig();
        tiny.Write("model.safetensors.index.json", index);
        Refused(tiny, "index-malformed", Index(tiny), where, expected, null);
    }

    [Fact]
    public void A_shard_that_is_not_there_is_named()
    {
        using var tiny = new TinyCheckpoint().SaveShards();
        File.Delete(tiny.PathOf(TinyCheckpoint.ShardName(0)));
        Refused(tiny, "checkpoint-missing", Index(tiny), "weight_map", $"shard {TinyCheckpoint.ShardName(0)} beside it", "no such file");
    }

    [Fact]
    public void A_tensor_that_lies_elsewhere_than_its_index_says_is_named()
    {
        using var tiny = new TinyCheckpoint().SaveShards();
        var (first, second) = (TinyCheckpoint.ShardName(1), TinyCheckpoint.ShardName(0));
        var shards = new Dictionary<string,
            string[]>
        { [first] = [.. SafetensorsReader.Open(tiny.PathOf(first)).Keys], [second] = [.. SafetensorsReader.Open(tiny.PathOf(second)).Keys] };
        shards[first].ShouldNotContain(Down);

        // In both shards, then in neither.
        tiny.Write(first, SafetensorsBytes.Of(tiny.Entries([.. shards[first], Down], "F32")));
        Refused(tiny, "tensor-extra", tiny.PathOf(first), $"tensor {Down}", "a tensor that model.safetensors.index.json places in this shard", second);
        tiny.Write(first, SafetensorsBytes.Of(tiny.Entries(shards[first], "F32")));
        tiny.Write(second, SafetensorsBytes.Of(tiny.Entries(shards[second].Where(name => name != Down), "F32")));
        Refused(tiny, "tensor-missing", tiny.PathOf(second), $"tensor {Down}", "the tensor that model.safetensors.index.json places there", "none");
    }

    [Fact]
    public void A_model_without_its_tokenizer_is_refused()
    {
        using var tiny = new TinyCheckpoint().Save();
        var refusal = Should.Throw<BadInputException>(() => ModelFiles.Open(tiny.Folder));
        refusal.Message.ShouldContain("tokenizer.model");
        refusal.InputSource.ShouldStartWith(tiny.Folder);
    }

    [Fact]
    public void A_tokenizer_may_have_fewer_pieces_than_the_model_but_not_more()
    {
        using var tiny = new TinyCheckpoint().Save();
        tiny.Write("tokenizer.model", new TinyModel { ByteFallback = false }.With([.. Enumerable.Range(0, 29).Select(i => $"{(char)('a' + i)}")]).Bytes());
        ModelFiles.Open(tiny.Folder).Tokenizer.VocabularySize.ShouldBe(32);
        tiny.Write("tokenizer.model", new TinyModel { ByteFallback = false }.With("a", "b").Bytes());
        ModelFiles.Open(tiny.Folder).Tokenizer.VocabularySize.ShouldBe(5);

        tiny.Write("tokenizer.model", new TinyModel { ByteFallback = false }.With([.. Enumerable.Range(0, 30).Select(i => $"{(char)('a' + i)}")]).Bytes());
        var refusal = Should.Throw<BadInputException>(() => ModelFiles.Open(tiny.Folder));
        (refusal.ErrorClass, refusal.InputSource, refusal.Found).ShouldBe(("tokenizer-mismatch", tiny.PathOf("tokenizer.model"), "33"));
        refusal.Expected.ShouldStartWith("at most 32 pieces");
    }

    private static string Index(TinyCheckpoint tiny) => tiny.PathOf("model.safetensors.index.json");

    private static void Refused(TinyCheckpoint tiny, string errorClass, string source, string? where, string expected, string? found)
    {
        var refusal = Should.Throw<BadInputException>(() => tiny.Open());
        (refusal.ErrorClass, refusal.InputSource, refusal.Where).ShouldBe((errorClass, source, where));
        refusal.Expected.ShouldStartWith(expected);
        if (found is not null) refusal.Found.ShouldBe(found);
    }

    private static float[] Logits(TinyCheckpoint tiny)
    {
        using var gradless = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        using var model = tiny.Load();
        using var logits = model.Logits(model.Run(model.Embed(Ids).unsqueeze(0))).data<float>();
        return logits.ToArray();
    }
}
