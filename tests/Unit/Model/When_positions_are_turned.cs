using Interpret.Models.Architectures;
using Interpret.Models.Network;
using TorchSharp;

namespace Interpret.Unit.Tests.Model;

public sealed class When_positions_are_turned
{
    private static readonly LayerPositions Plain = new(Theta: 500_000);

    private static readonly DecoderConfig Config = new()
    {
        HiddenSize = 128,
        IntermediateSize = 1,
        Layers = 1,
        Heads = 1,
        KeyValueHeads = 1,
        HeadSize = 128,
        VocabularySize = 1,
        ContextLength = 2048,
        Positions = [Plain],
    };

    [Fact]
    public void Frequencies_without_scaling_fall_from_one() =>
        Same(Rope.Frequencies(Config, Plain, 5), PlainRope.Default(128, 500_000));

    [Theory, InlineData(1), InlineData(2048), InlineData(9999)]
    public void Linear_scaling_divides_all_of_them_at_any_length(int length) =>
        Same(Rope.Frequencies(Config, Plain with { Scaling = new RopeScaling.Linear(8) }, length), PlainRope.Linear(128, 500_000, 8));

    [Theory, InlineData(1), InlineData(2048), InlineData(2049), InlineData(3000), InlineData(4096)]
    public void Dynamic_scaling_begins_beyond_the_context(int length)
    {
        var found = Rope.Frequencies(Config, Plain with { Scaling = new RopeScaling.Dynamic(2) }, length);
        Same(found, PlainRope.Dynamic(128, 500_000, 2, 2048, length));
        (found[^1] < PlainRope.Default(128, 500_000)[^1] * 0.9999).ShouldBe(length > 2048);
    }

    [Fact]
    public void Llama3_scaling_keeps_short_waves_divides_long_ones_and_blends_those_between()
    {
        var found = Rope.Frequencies(Config, Plain with { Scaling = new RopeScaling.Llama3(8, 1, 4, 8192) }, 7);
        Same(found, PlainRope.Llama3(128, 500_000, 8, 1, 4, 8192));
        var shares = found.Zip(PlainRope.Default(128, 500_000), (f, plain) => plain / f).ToArray();
        shares.Count(s => s < 1.000001).ShouldBeGreaterThan(20);
        shares.Count(s => s > 7.999999).ShouldBeGreaterThan(20);
        shares.Count(s => s is > 1.01 and < 7.99).ShouldBeGreaterThan(3);
    }

    [Theory, InlineData(32, 1, 4096), InlineData(2, 0.5, 64), InlineData(4, 4, 100)]
    public void Yarn_keeps_fast_pairs_divides_slow_ones_and_ramps_between(double fast, double slow, int trained)
    {
        var yarn = new RopeScaling.Yarn(4, 1.2, fast, slow, trained, true);
        Same(Rope.Frequencies(Config, Plain with { Scaling = yarn }, 7), PlainRope.Yarn(128, 500_000, 4, fast, slow, trained));
        using var scope = torch.NewDisposeScope();
        RopeTable stretched = Rope.Table(Config, Plain with { Scaling = yarn }, BatchSpan.Whole(3), torch.CPU),
            plain = Rope.Table(Config, Plain, BatchSpan.Whole(3), torch.CPU);
        ((double)stretched.Cosines[0, 0, 0].item<float>()).ShouldBe(1.2 * plain.Cosines[0, 0, 0].item<float>(), 1e-6);
    }

    /// <summary>The ramp may begin and end between pairs.</summary>
    [Fact]
    public void Yarn_s_ramp_need_not_begin_at_a_whole_pair()
    {
        var whole = new RopeScaling.Yarn(4, 1, 32, 1, 4096, true);
        double[] Found(RopeScaling scaling) => Rope.Frequencies(Config, Plain with { Scaling = scaling }, 7);
        double[] one = Found(whole), other = Found(whole with { WholePairs = false });
        one.Zip(other).Count(both => Math.Abs((both.First / both.Second) - 1) > 1e-6).ShouldBeInRange(5, 60);
        (one[0], one[^1]).ShouldBe((other[0], other[^1]));
    }

    [Fact]
    public void Scaling_stretches_the_longest_input_where_the_context_is_the_trained_one()
    {
        Rope.MaximumLength(Config).ShouldBe(2048);
        Rope.MaximumLength(Stretched(new RopeScaling.Linear(4))).ShouldBe(8192);
        Rope.MaximumLength(Stretched(new RopeScaling.Dynamic(1.5))).ShouldBe(3072);
        Rope.MaximumLength(Stretched(new RopeScaling.Llama3(8, 1, 4, 512))).ShouldBe(2048);
        Rope.MaximumLength(Stretched(new RopeScaling.Yarn(4, 1, 32, 1, 2048, true))).ShouldBe(8192);
        Rope.MaximumLength(Stretched(new RopeScaling.Yarn(4, 1, 32, 1, 256, true))).ShouldBe(2048);
        Rope.MaximumLength(Stretched(new RopeScaling.Linear(4)) with { StretchedContext = true }).ShouldBe(2048);
    }

    private static DecoderConfig Stretched(RopeScaling scaling) => Config with { Positions = [Plain with { Scaling = scaling }] };

    /// <summary>A turn by position: lengths stay, and the product of two turned heads depends on their distance alone.</summary>
    [Fact]
    public void Products_depend_on_the_distance_alone()
    {
        using var scope = torch.NewDisposeScope();
        var (left, right) = (Head(3), Head(4));
        double Product(int at, int other) => (Turned(left, at) * Turned(right, other)).sum().item<float>();
        Product(17, 5).ShouldBe(Product(12, 0), 1e-4);
        Product(39, 36).ShouldBe(Product(3, 0), 1e-4);
        Math.Abs(Product(5, 0) - Product(0, 0)).ShouldBeGreaterThan(0.01);
        ((double)(Turned(left, 9) * Turned(left, 9)).sum().item<float>()).ShouldBe((left * left).sum().item<float>(), 1e-4);

        static torch.Tensor Turned(torch.Tensor head, int at) =>
            Rope.Table(Config with { HeadSize = 8 }, Plain, new BatchSpan([0], at, 1), torch.CPU).Rotate(head);

        static torch.Tensor Head(int seed)
        {
            var random = new Random(seed);
            return torch.tensor(Enumerable.Range(0, 8).Select(_ => random.NextSingle()).ToArray()).view(1, 1, 8);
        }
    }

    private static void Same(double[] found, double[] expected)
    {
        found.Length.ShouldBe(expected.Length);
        for (var i = 0; i < found.Length; i++) (found[i] / expected[i]).ShouldBe(1, 1e-12);
    }
}
