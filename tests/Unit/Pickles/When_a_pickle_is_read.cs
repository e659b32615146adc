using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Interpret.Contracts;
using Interpret.Models.Pickles;

namespace Interpret.Unit.Tests.Pickles;

public sealed class When_a_pickle_is_read
{
    /// <summary>numpy.array([[1, 2], [3, 4]], 'f4') as NumPy 1 and Python's protocol 2 write it.</summary>
    private const string ProtocolTwoArray =
        "\u0080\u0002" + "cnumpy.core.multiarray\n_reconstruct\nq\0cnumpy\nndarray\nq\u0001K\0\u0085q\u0002"
            + "c_codecs\nencode\nq\u0003X\u0001\0\0\0bX\u0006\0\0\0latin1\u0086R\u0087q\u0005R"
        + "(K\u0001K\u0002K\u0002\u0086cnumpy\ndtype\nX\u0002\0\0\0f4K\0K\u0001\u0087R(K\u0003X\u0001\0\0\0<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb\u0089"
        + "h\u0003X\u0012\0\0\0\0\0\u00c2\u0080?\0\0\0@\0\0@@\0\0\u00c2\u0080@X\u0006\0\0\0latin1\u0086Rtb.";

    [Theory]
    [InlineData("N.", null)]
    [InlineData("I42\n.", 42L)]
    [InlineData("I01\n.", true)]
    [InlineData("L-7L\n.", -7L)]
    [InlineData("F2.5\n.", 2.5)]
    [InlineData("G\u003f\u00f8\0\0\0\0\0\0.", 1.5)]
    [InlineData("J\u00fe\u00ff\u00ff\u00ff.", -2L)]
    [InlineData("M\u0001\u0002.", 513L)]
    [InlineData("\u0080\u0002\u008a\u0002\u0000\u00ff.", -256L)]
    [InlineData("S'a\\x41\\n\\101\\'\\q'\n.", "aA\nA'\\q")]
    [InlineData("V\\u2581x\\y\n.", "▁x\\y")]
    [InlineData("\u008c\u0003\u00e2\u0096\u0081.", "▁")]
    [InlineData("U\u0002\u00e9z.", "éz")]
    [InlineData("K\u0001K\u0002" + "0.", 1L)]
    [InlineData("K\u0001(K\u0002K\u0003" + "1.", 1L)]
    [InlineData("\u0080\u0004\u0095\u0004\0\0\0\0\0\0\0K\u0005\u0094h\0.", 5L)]
    public void Should_give_plain_values_of_every_protocol(string pickle, object? value) => Read(pickle).ShouldBe(value);

    [Fact]
    public void Should_keep_integers_beyond_64_bits() =>
        Read("\u008a\u0009\0\0\0\0\0\0\0\0\u0001.").ShouldBe(BigInteger.Pow(2, 64));

    [Fact]
    public void Should_build_containers_and_share_them_through_the_memo()
    {
        var list = Read("(lp0\nI1\na(I2\nI3\ntag0\na.").ShouldBeOfType<PickleList>();
        list.Items[0].ShouldBe(1L);
        list.Items[1].ShouldBeOfType<PickleTuple>().Items.ShouldBe([2L, 3L]);
        list.Items[2].ShouldBeSameAs(list);

        var map = Read("}(U\u0001" + "aK\u0001U\u0001" + "bK\u0002U\u0001" + "aK\u0003u.").ShouldBeOfType<PickleMap>();
        map.TryGet("a", out var a).ShouldBeTrue();
        a.ShouldBe(3L);
        map.TryGet("c", out _).ShouldBeFalse();
    }

    [Fact]
    public void Should_build_arrays_of_older_protocols()
    {
        var array = Read(ProtocolTwoArray).ShouldBeOfType<NumpyArray>();
        array.Shape.ShouldBe([2L, 2L]);
        array.DType.ShouldBe("<f4");
        array.IsFortranOrder.ShouldBeFalse();
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(array.Data.Span).ToArray().ShouldBe([1f, 2f, 3f, 4f]);
    }

    [Theory]
    [InlineData("cos\nsystem\n(S'true'\ntR.", "os.system", 0)]
    [InlineData("K\u0001" + "0\u008c\u0008" + "builtins\u008c\u0004" + "eval\u0093.", "builtins.eval", 19)]
    [InlineData("(S'true'\nios\nsystem\n.", "os.system", 9)]
    [InlineData("cnumpy\nload\n.", "numpy.load", 0)]
    [InlineData("\u0082\u0007.", "extension code 7", 0)]
    public void Should_refuse_every_other_global_by_name(string pickle, string name, int offset)
    {
        var refusal = Should.Throw<BadInputException>(() => Read(pickle));
        refusal.ErrorClass.ShouldBe("pickle-global");
        refusal.Found.ShouldBe($"the global {name}");
        refusal.Where.ShouldBe($"pickle, byte {offset}");
    }

    [Theory]
    [InlineData("", "an opcode")]
    [InlineData("K", "1 more bytes")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ff" + "a.", "4294967295 more bytes")]
    [InlineData("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.", "18446744073709551615 more bytes")]
    [InlineData("0.", "a mark on the stack")]
    [InlineData("(K\u0001" + "2a.", "a list below the items")]
    [InlineData("t.", "a mark on the stack")]
    [InlineData("K\u0001\u0086.", "2 values on the stack")]
    [InlineData("h\u0005.", "the index of a memo entry")]
    [InlineData("}(K\u0001u.", "a value for every key")]
    [InlineData("\u008c\u0001\u00ff.", "UTF-8 text")]
    [InlineData("\u0080\u0006.", "protocol 5 or older")]
    [InlineData("\u00ff.", "an opcode of protocols 0 to 5")]
    [InlineData("K\u0001)R.", "something that can be called")]
    [InlineData("K\u0001Q.", "no persistent id")]
    [InlineData("cnumpy\ndtype\n(U\u0002O8tR.", "a dtype of f2 f4 f8 i4 i8 b1 u1")]
    [InlineData("\u0097.", "all data in the stream")]
    public void Should_refuse_what_is_damaged(string pickle, string expected)
    {
        var refusal = Should.Throw<BadInputException>(() => Read(pickle));
        refusal.ErrorClass.ShouldBe("pickle-malformed");
        refusal.Expected.ShouldBe(expected);
    }

    [Fact]
    public void Should_refuse_an_array_whose_bytes_do_not_fill_its_shape()
    {
        var refusal =
            Should.Throw<BadInputException>(
            () => Read(ProtocolTwoArray.Replace("(K\u0001K\u0002K\u0002\u0086", "(K\u0001K\u0002K\u0003\u0086", StringComparison.Ordinal)));
        refusal.Message.ShouldContain("expected 24 bytes for shape (2, 3) of <f4, found 16");
    }

    [Fact]
    public void Should_refuse_floods_before_memory_is_taken()
    {
        var limits = new PickleLimits { MaxValues = 1000, MaxDepth = 50, MaxCreatedBytes = 200_000, MaxBytes = 100_000 };
        Refused(string.Concat(Enumerable.Repeat("]", 1001)) + ".", "at most 1000 values");
        Refused(string.Concat(Enumerable.Repeat("(", 51)) + ".", "at most 50 open marks");
        Refused("N" + string.Concat(Enumerable.Range(0, 1001).Select(i => $"p{i}\n")) + ".", "at most 1000 memo entries");
        Refused(new string('N', 100_001), "a pickle of at most 100000 bytes");

        limits = limits with { MaxCreatedBytes = 20_000 };
        // One memoised text, encoded again and again: 30 bytes of pickle for 255 of memory, and the text could be as long as the pickle.
        Refused("c_codecs\nencode\nq\0U\u00ff" + new string('x', 255) + "q\u0001U\u0006latin1q\u0002"
            + string.Concat(Enumerable.Repeat("h\0h\u0001h\u0002\u0086R0", 180)) + "h\0.", "at most 20,000 bytes of objects in a pickle of this length");

        void Refused(string pickle, string expected) =>
            Should.Throw<BadInputException>(() => PickleReader.Read(Latin1(pickle), NumpyGlobals.Allowed, "flood", limits)).Expected.ShouldBe(expected);
    }

    [Fact]
    public void Should_survive_containers_nested_a_quarter_of_a_million_deep()
    {
        // ((()))… by TUPLE1: nothing may recurse, not even the way out.
        var nested = PickleReader.Read(Latin1(")" + new string('\u0085', 250_000) + "."), NumpyGlobals.Allowed, "deep");
        nested.ShouldBeOfType<PickleTuple>().Items.Count.ShouldBe(1);
    }

    [Fact]
    public void Should_read_streams_like_memory()
    {
        using var stream = new MemoryStream(Latin1("K\u0007."));
        PickleReader.Read(stream, NumpyGlobals.Allowed, "stream").ShouldBe(7L);
    }

    [Fact]
    public void Should_answer_any_bytes_with_a_value_or_a_refusal()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(OnlyRefuses));

        var whole = Latin1(ProtocolTwoArray);
        var damage = from place in Gen.Choose(0, whole.Length - 1)
                     from value in Gen.Choose(0, 255)
                     from cut in Gen.Choose(1, whole.Length * 3)
                     select (place, value, cut);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(damage.ToArbitrary(), hit =>
        {
            var bytes = whole.ToArray();
            bytes[hit.place] = (byte)hit.value;
            return OnlyRefuses(bytes[..Math.Min(hit.cut, bytes.Length)]);
        }));

        static bool OnlyRefuses(byte[] bytes)
        {
            foreach (var allowed in (ReadOnlySpan<PickleGlobals>)[NumpyGlobals.Allowed, TorchGlobals.Allowed])
            {
                try
                {
                    PickleReader.Read(bytes, allowed, "random");
                }
                catch (BadInputException)
                {
                }
            }

            return true;
        }
    }

    private static object? Read(string latin1) => PickleReader.Read(Latin1(latin1), NumpyGlobals.Allowed, "test");

    private static byte[] Latin1(string text) => text.Any(c => c > 0xff) ? throw new ArgumentException("bytes only", nameof(text))
        : Encoding.Latin1.GetBytes(text);
}
