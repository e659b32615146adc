using Interpret.Explaining;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_a_power_is_taken_as_numpy_does
{
    /// <summary>Bits that NumPy 1.24 gives on AVX-512; a third of them are one unit off the correctly rounded power.</summary>
    [Theory]
    [InlineData(20000f, 0.25f, 0x413E45ED)]
    [InlineData(16561f, 0.25f, 0x4135819A)]
    [InlineData(20657f, 0.25f, 0x413FD11F)]
    [InlineData(34096f, 0.25f, 0x41596B0E)]
    [InlineData(13122f, 0.25f, 0x412B3EEF)]
    [InlineData(23122f, 0.25f, 0x41454CB7)]
    [InlineData(4096f, 0.25f, 0x41000000)]
    [InlineData(6561f, 0.25f, 0x41100000)]
    [InlineData(8192f, 0.25f, 0x411837F0)]
    [InlineData(10000f, 0.25f, 0x41200000)]
    [InlineData(10657f, 0.25f, 0x412290CD)]
    [InlineData(14096f, 0.25f, 0x412E56B9)]
    [InlineData(18192f, 0.25f, 0x4139D1A9)]
    [InlineData(30657f, 0.25f, 0x4153B723)]
    [InlineData(1699939f, 0.25f, 0x42106F03)]
    [InlineData(16777215f, 0.25f, 0x42800000)]
    [InlineData(1f, 0.25f, 0x3F800000)]
    [InlineData(0.54698938f, 0.25f, 0x3F5C287A)]
    [InlineData(0.54698944f, 0.25f, 0x3F5C287B)]
    [InlineData(0.91700822f, 0.25f, 0x3F7A83C5)]
    [InlineData(0.93751287f, 0.25f, 0x3F7BE74E)]
    [InlineData(1e-30f, 0.25f, 0x3307D19C)]
    [InlineData(3e38f, 0.25f, 0x4F780FE6)]
    [InlineData(512f, 1f / 3, 0x41000001)]
    [InlineData(314265f, 1f / 3, 0x4287F9D7)]
    [InlineData(1042884f, 0.2f, 0x417FB8B3)]
    [InlineData(123456f, 1f / 7, 0x40AACEEB)]
    [InlineData(1.018748f, -0.35382584f, 0x3F7E52B3)]
    [InlineData(0.3f, 11.7f, 0x354CB826)]
    public void Should_have_the_same_bits(float x, float y, int bits) => BitConverter.SingleToInt32Bits(NumpyPower.Of(x, y)).ShouldBe(bits);

    /// <summary>The bits added up, of every fifth whole number and of mantissas on both sides of every border of the logarithm's table.</summary>
    [Fact]
    public void Should_have_the_same_bits_over_the_whole_range()
    {
        var (ofWholes, ofMantissas) = (0UL, 0UL);
        for (var x = 1; x < 1 << 20; x += 5) ofWholes = (ofWholes * 31) + BitConverter.SingleToUInt32Bits(NumpyPower.Of(x, 0.25f));
        for (var k = 0; k < 1 << 16; k++)
            ofMantissas = (ofMantissas * 31) + BitConverter.SingleToUInt32Bits(NumpyPower.Of(BitConverter.Int32BitsToSingle(0x3F000000 | (k << 7)), 0.25f));
        (ofWholes, ofMantissas).ShouldBe((837353375509259400UL, 17827493060323736901UL));
    }

    [Fact]
    public void Should_stay_within_a_unit_of_the_true_power()
    {
        for (var x = 1; x < 1 << 24; x += 997)
        {
            foreach (var norm in (int[])[3, 4, 5, 7])
            {
                var exact = (float)Math.Pow(x, 1f / norm);
                NumpyPower.Of(x, 1f / norm).ShouldBeInRange(MathF.BitDecrement(exact), MathF.BitIncrement(exact));
            }
        }
    }

    [Fact]
    public void Should_leave_what_is_no_ordinary_number_to_the_platform()
    {
        NumpyPower.Of(0, 0.25f).ShouldBe(0);
        NumpyPower.Of(-1, 0.25f).ShouldBe(float.NaN);
        NumpyPower.Of(float.NaN, 0.25f).ShouldBe(float.NaN);
        NumpyPower.Of(float.PositiveInfinity, 0.25f).ShouldBe(float.PositiveInfinity);
        NumpyPower.Of(float.Epsilon, 0.25f).ShouldBe(MathF.Pow(float.Epsilon, 0.25f));
        NumpyPower.Of(1e30f, 8).ShouldBe(float.PositiveInfinity);
        NumpyPower.Of(1e-30f, 8).ShouldBe(0);
        NumpyPower.Of(2, float.NaN).ShouldBe(float.NaN);
    }

    [Fact]
    public void Should_have_numpy_s_shortcuts()
    {
        NumpyPower.Of(3, 0.5f).ShouldBe(MathF.Sqrt(3));
        NumpyPower.Of(3, 1).ShouldBe(3);
        NumpyPower.Of(3, 2).ShouldBe(9);
    }
}
