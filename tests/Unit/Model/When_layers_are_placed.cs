using Interpret.Contracts;
using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

public sealed class When_layers_are_placed
{
    // In float32 a layer is 4 * (8 * 8 * 4 + 3 * 8 * 16) = 2,560 bytes, a table 100 * 8 * 4 = 3,200.
    private const long Layer = 2560;
    private const long Table = 3200;

    private static readonly DecoderConfig Config = new()
    {
        HiddenSize = 8,
        IntermediateSize = 16,
        Layers = 10,
        Heads = 2,
        KeyValueHeads = 2,
        HeadSize = 4,
        VocabularySize = 100,
        ContextLength = 16,
    };

    [Fact]
    public void One_device_with_room_takes_everything() => Placed([(10 * Layer) + (2 * Table)]).ShouldBe([(0, 0, 10)]);

    [Fact]
    public void One_byte_less_spills_to_the_next() => Placed([(10 * Layer) + (2 * Table) - 1, Layer + Table]).ShouldBe([(0, 0, 9), (1, 9, 1)]);

    [Fact]
    public void Devices_fill_in_order_with_the_tables_at_both_ends() =>
        Placed([(3 * Layer) + Table, 4 * Layer, (3 * Layer) + Table]).ShouldBe([(0, 0, 3), (1, 3, 4), (2, 7, 3)]);

    [Fact]
    public void Devices_that_are_not_needed_get_nothing() => Placed([(10 * Layer) + (2 * Table), 1L << 40]).ShouldBe([(0, 0, 10)]);

    [Fact]
    public void A_full_device_is_passed_over_and_the_next_holds_the_embedding()
    {
        Placed([Table, (10 * Layer) + (2 * Table)]).ShouldBe([(1, 0, 10)]);

        // The embedding goes where the first layer goes: that device must have room for it.
        Placed([10, (10 * Layer) + (2 * Table) - 1, Layer + Table]).ShouldBe([(1, 0, 9), (2, 9, 1)]);
        Should.Throw<BadInputException>(() => Placed([10, (10 * Layer) + Table]));
    }

    [Fact]
    public void The_reserve_is_left_free_on_every_device() =>
        Placed([(5 * Layer) + Table + 100, (5 * Layer) + Table + 99, Layer + Table + 100], reserve: 100).ShouldBe([(0, 0, 5), (1, 5, 4), (2, 9, 1)]);

    [Fact]
    public void A_model_that_fits_nowhere_is_refused_with_the_figures()
    {
        var large = Config
            with
        { HiddenSize = 4096, IntermediateSize = 11008, Layers = 32, Heads = 32, KeyValueHeads = 32, HeadSize = 128, VocabularySize = 32000 };
        var refusal = Should.Throw<BadInputException>(() => Placement.ByMemory(large, Devices([12_000_000_000, 8_000_000_000]), 500_000_000));
        (refusal.ErrorClass, refusal.InputSource).ShouldBe(("model-too-large", "cuda:0, cuda:1"));
        refusal.Expected.ShouldBe("27.0 GB for 32 layers and both embedding tables in float32");

        // A layer is 809,500,672 bytes, a table 524,288,000: 13 and 9 layers.
        refusal.Found.ShouldBe("20.0 GB free (less 0.5 GB a device for activations), room for 22 layers");
        refusal.Message.ShouldContain("streamed from disk");
    }

    private static (int Device, int First, int Layers)[] Placed(long[] free, long reserve = 0)
    {
        var shards = Placement.ByMemory(Config, Devices(free), reserve).Shards;
        shards.ShouldAllBe(s => s.Weights == WeightsHeld.AsFloat32);
        return [.. shards.Select(s => (s.Device.index, s.FirstLayer, s.Layers))];
    }

    private static (torch.Device, long)[] Devices(long[] free) => [.. free.Select((bytes, i) => (new torch.Device(DeviceType.CUDA, i), bytes))];
}
