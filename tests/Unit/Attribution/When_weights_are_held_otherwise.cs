using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Model;
using static TorchSharp.torch;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>Weights as the checkpoint has them are the same numbers as in float32; rounded ones are others.</summary>
public sealed class When_weights_are_held_otherwise
{
    private static readonly int[] Ids = [1, 5, 9, 17, 3, 30, 11, 8];

    private static readonly AttributionInput Input = new("a case", Ids, 5);

    public static TheoryData<string, bool> Kinds => [.. from type in new[] { "F32", "F16", "BF16" } from tied in new[] { false, true } select (type, tied)];

    /// <summary>In generation, forward mode, reverse mode and the mean embedding, whatever the file's type; tied heads share the table.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void As_stored_or_on_disk_the_numbers_are_the_same(string type, bool tied)
    {
        using var tiny = Tiny(type, tied);
        using var widened = tiny.Load();
        foreach (var held in new[] { WeightsHeld.AsStored, WeightsHeld.OnDisk })
        {
            using var other = Load(tiny, held);
            other.Forward(Input).Scores.ShouldBe(widened.Forward(Input).Scores, held.ToString());
            other.Reverse(Input).Scores.ShouldBe(widened.Reverse(Input).Scores, held.ToString());
            other.Generate([Ids, Ids[4..]], 8).ShouldBe(widened.Generate([Ids, Ids[4..]], 8), held.ToString());
            using Tensor mean = other.MeanEmbedding(), expected = widened.MeanEmbedding();
            mean.Values<float>().ShouldBe(expected.Values<float>());
        }
    }

    [Theory]
    [InlineData(WeightPrecision.BFloat16, 8)]
    [InlineData(WeightPrecision.Float16, 11)]
    public void Rounded_weights_are_another_model(WeightPrecision precision, int bits)
    {
        using var tiny = new TinyFamily("LlamaForCausalLM"); // of float32 with all its bits
        var exact = new ModelFiles(tiny.Folder).Checkpoint;
        var rounded = new ModelFiles(new CheckpointPlace(tiny.Folder, Precision: precision)).Checkpoint;
        rounded.WeightBytes.ShouldBe(2);
        using Tensor weights = exact.Load(Slot.Down, 1, CPU), narrow = rounded.Load(Slot.Down, 1, CPU), norm = rounded.Load(Slot.FinalNorm, 0, CPU),
            unrounded = exact.Load(Slot.FinalNorm, 0, CPU);
        var (before, after) = (weights.Values<float>(), narrow.Values<float>());
        after.ShouldNotBe(before);
        before.Zip(after).ShouldAllBe(one => Math.Abs(one.First - one.Second) <= Math.Abs(one.First) * Math.Pow(2, -bits));
        norm.Values<float>().ShouldBe(unrounded.Values<float>()); // norms stay as they are
        CheckpointHash.Of(rounded).ShouldNotBe(CheckpointHash.Of(exact));
        var held = new ModelFiles(new CheckpointPlace(tiny.Folder, Precision: WeightPrecision.Checkpoint)).Checkpoint;
        CheckpointHash.Of(held).ShouldBe(CheckpointHash.Of(exact));
    }

    [Fact]
    public void Numbers_beyond_float16_are_refused_and_fit_bfloat16()
    {
        using var tiny = new TinyFamily("LlamaForCausalLM");
        var name = tiny.Weights.Keys.Single(key => key.Contains("layers.1.mlp.down", StringComparison.Ordinal));
        tiny.Weights[name].Values[7] = 1e6f;
        tiny.Save();
        var refusal = Should.Throw<BadInputException>(() => Down(WeightPrecision.Float16));
        (refusal.ErrorClass, refusal.Where).ShouldBe((ErrorClasses.TensorDtype, $"tensor {name}"));
        refusal.Expected.ShouldBe("numbers that float16 can hold, at most 65,504");
        Down(WeightPrecision.BFloat16);

        void Down(WeightPrecision precision) =>
            new ModelFiles(new CheckpointPlace(tiny.Folder, Precision: precision)).Checkpoint.Load(Slot.Down, 1, CPU).Dispose();
    }

    /// <summary>float32 where it fits, else as stored, else on disk; what is asked for, where that fits.</summary>
    [Theory]
    [InlineData("BF16", WeightPrecision.Automatic, "AsFloat32 AsStored OnDisk")]
    [InlineData("BF16", WeightPrecision.Float32, "AsFloat32 OnDisk OnDisk")]
    [InlineData("BF16", WeightPrecision.Checkpoint, "AsStored AsStored OnDisk")]
    [InlineData("F32", WeightPrecision.Automatic, "AsFloat32 OnDisk OnDisk")]
    [InlineData("F32", WeightPrecision.Checkpoint, "AsFloat32 OnDisk OnDisk")]
    [InlineData("F32", WeightPrecision.BFloat16, "AsStored AsStored OnDisk")]
    public void Memory_decides_what_nobody_does(string type, WeightPrecision precision, string expected)
    {
        using var tiny = Tiny(type, tied: false);
        var files = new ModelFiles(new CheckpointPlace(tiny.Folder, Precision: precision));
        var wide = files.BytesHeld(WeightsHeld.AsFloat32) / 0.8;
        long[] memories = [(long)(1.01 * wide), (long)(0.97 * wide), (long)(0.3 * wide)];
        string.Join(' ', memories.Select(files.OnHost)).ShouldBe(expected);
    }

    private static TinyCheckpoint Tiny(string type, bool tied) => new TinyCheckpoint(config => config["tie_word_embeddings"] = tied).Save(type);

    private static ShardedModel Load(TinyCheckpoint tiny, WeightsHeld held)
    {
        var checkpoint = tiny.Open();
        return ShardedModel.Load(checkpoint, new Placement([new Shard(CPU, 0, checkpoint.Config.Layers, held)]));
    }
}
