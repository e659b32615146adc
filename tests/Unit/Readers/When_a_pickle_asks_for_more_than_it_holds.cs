using System.Runtime.InteropServices;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Models.Pickles;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_pickle_asks_for_more_than_it_holds
{
    private const int Times = 20_000;

    /// <summary>A list of pairs in the memo, made an ordered dictionary again and again.</summary>
    [Fact]
    public void An_ordered_dictionary_is_paid_for_each_time()
    {
        var pairs = string.Concat(Enumerable.Repeat("K\u0001K\u0001\u0086", 5000));
        Refused(TorchGlobals.Allowed, $"ccollections\nOrderedDict\nq\0](" + pairs + "e\u0085q\u00010" + Repeated("h\0h\u0001R0") + "N.");
    }

    [Fact]
    public void A_text_is_paid_for_each_time_it_is_encoded()
    {
        var text = $"X\u0000\u0000\u0001\u0000{new string('x', 65536)}";
        Refused(NumpyGlobals.Allowed, $"c_codecs\nencode\nq\0{text}q\u0001U\u0006latin1q\u0002" + Repeated("h\0h\u0001h\u0002\u0086R0") + "N.");
    }

    [Theory]
    [InlineData("]")]
    [InlineData("}")]
    [InlineData(")\u0085")]
    public void Containers_are_paid_for(string made) => Refused(NumpyGlobals.Allowed, string.Concat(Enumerable.Repeat(made, 1_000_000)) + ".");

    [Fact]
    public void A_key_that_names_a_storage_is_short() =>
        Refused(TorchGlobals.Allowed, "(U\u0007storagectorch\nFloatStorage\nX\u00e8\u0003\0\0" + new string('k', 1000) + "U\u0003cpuK\0tQ.");

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS")]
    [InlineData("PK\u0003\u0004\u0000\u0000", "a zip file")]
    [InlineData("<!DOCTYPE html>", "a web page")]
    public void What_lies_in_its_place_is_named(string text, string found) =>
        Should.Throw<BadInputException>(() => PickleReader.Read(Encoding.Latin1.GetBytes(text), NumpyGlobals.Allowed, "x")).Found.ShouldStartWith(found);

    [Theory]
    [InlineData("argparse", "Namespace", "a program's own objects")]
    [InlineData("collections", "OrderedDict", "a program's own objects")]
    [InlineData("datetime", "datetime", "a program's own objects")]
    [InlineData("os", "system", "made to run something")]
    [InlineData("posix", "system", "made to run something")]
    [InlineData("builtins", "eval", "made to run something")]
    public void Settings_beside_the_numbers_are_no_attack(string module, string name, string said)
    {
        var refusal = Should.Throw<BadInputException>(
            () => PickleReader.Read(Encoding.Latin1.GetBytes($"c{module}\n{name}\n."), NumpyGlobals.Allowed, "x"));
        refusal.ErrorClass.ShouldBe("pickle-global");
        refusal.Remedy.ShouldNotBeNull().ShouldContain(said, Shouldly.Case.Insensitive);
    }

    [Theory]
    [InlineData("K\u0007", "7")]
    [InlineData("M\u0001\u0002", "513")]
    [InlineData("U\u0001a", "a")]
    public void A_counted_case_has_its_number_for_an_id(string id, string expected) => Read(Case(id: id)).Id.ShouldBe(expected);

    [Theory]
    [InlineData("N", "]", "U\0", "ID: expected a text or a whole number, found None")]
    [InlineData("K\u0001", ")", "U\0", "Input: expected a list of tokens, found a tuple of 0")]
    [InlineData("K\u0001", "]K\u0001a", "U\0", "Input[0]: expected a token's text, found an integer")]
    [InlineData("K\u0001", "]", "}", "Reference: expected a text, found a dictionary")]
    public void Another_type_is_named(string id, string input, string reference, string message) =>
        Should.Throw<BadInputException>(() => Read(Case(id, input, reference))).Message.ShouldBe($"x.pkl: {message}");

    [Fact]
    public void Another_object_is_named() => Should.Throw<BadInputException>(() => Read("](K\u0001e.")).Found.ShouldBe("a list");

    [Theory]
    [InlineData("f2", "<")]
    [InlineData("f4", "<")]
    [InlineData("f8", "<")]
    [InlineData("f2", ">")]
    [InlineData("f4", ">")]
    [InlineData("f8", ">")]
    public void Scores_of_every_width_and_byte_order_are_read(string type, string order) =>
        Read(Scored(type, order, 1.5f, -2)).Scores.ShouldBe([1.5f, -2]);

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_score_that_is_no_number_is_refused_where_it_stands(float score, string found)
    {
        foreach (var type in (string[])["f2", "f4", "f8"])
        {
            var refusal = Should.Throw<BadInputException>(() => Read(Scored(type, "<", 1, score)));
            (refusal.ErrorClass, refusal.Where, refusal.Found).ShouldBe(("not-finite", "Explain[0, 1]", found));
        }
    }

    [Fact]
    public void A_token_that_no_database_holds_is_refused() =>
        Should.Throw<BadInputException>(() => Read(Case(input: "]U\u0002a\0a"))).Message.ShouldStartWith("x.pkl: Input[0]: expected text of whole characters");

    private static string Repeated(string opcodes) => string.Concat(Enumerable.Repeat(opcodes, Times));

    private static void Refused(PickleGlobals allowed, string pickle)
    {
        var bytes = Encoding.Latin1.GetBytes(pickle);
        Bounded.Run((100L * bytes.Length) + (16 << 20), () => Should.Throw<BadInputException>(() => PickleReader.Read(bytes, allowed, "x"))).ErrorClass
            .ShouldBe("pickle-malformed");
    }

    /// <summary>A case without output.</summary>
    private static string Case(string id = "K\u0001", string input = "]", string reference = "U\0") =>
        $"}}(U\u0002ID{id}U\u0005Input{input}U\u0006Output]U\u0009Reference{reference}U\u0007Explain{Array("K\0\u0085", "f8", "<", [])}u.";

    /// <summary>One input token and two output tokens.</summary>
    private static string Scored(string type, string order, float first, float second)
    {
        byte[] bytes = type switch
        {
            "f2" => MemoryMarshal.AsBytes<Half>([(Half)first, (Half)second]).ToArray(),
            "f4" => MemoryMarshal.AsBytes<float>([first, second]).ToArray(),
            _ => MemoryMarshal.AsBytes<double>([first, second]).ToArray(),
        };
        var size = bytes.Length / 2;
        if (order == ">") bytes = [.. bytes[..size].Reverse(), .. bytes[size..].Reverse()];
        var array = Array("K\u0001K\u0002\u0086", type, order, bytes);
        return "}(U\u0002IDU\u0001aU\u0005Input](U\u0001ieU\u0006Output](U\u0001oU\u0001oeU\u0009ReferenceU\0U\u0007Explain" + array + "u.";
    }

    private static string Array(string shape, string type, string order, byte[] bytes) =>
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\u0085U\u0001btR(K\u0001" + shape + "cnumpy\ndtype\n(U\u0002"
        + type + "K\0K\u0001tR(K\u0003U\u0001" + order + "NNNK\0K\0K\0tb\u0089C" + (char)bytes.Length + Encoding.Latin1.GetString(bytes) + "tb";

    private static PublishedAttribution Read(string pickle)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(pickle));
        return AttributionPickle.Read(stream, "x.pkl");
    }
}
