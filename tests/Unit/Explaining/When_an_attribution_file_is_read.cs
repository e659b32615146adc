using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Originals;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_an_attribution_file_is_read
{
    private static readonly PublishedAttribution Small =
        new("lima_x_1", ["▁A", "b", "b"], ["▁C", ""], "text\nwith \"quotes\"", [1, 2, 3.5f, -4, 0, 10]);

    [Fact]
    public void Should_give_back_what_was_written()
    {
        var read = RoundTrip(Small);
        read.Id.ShouldBe(Small.Id);
        read.Input.ShouldBe(Small.Input);
        read.Output.ShouldBe(Small.Output);
        read.Reference.ShouldBe(Small.Reference);
        read.Scores.ShouldBe(Small.Scores);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(30_000)]
    public void Should_hold_outputs_of_any_length(int columns)
    {
        var scores = Enumerable.Range(0, 2 * columns).Select(i => i / 3f).ToArray();
        var written = Small with { Input = ["a", "▁b"], Output = [.. Enumerable.Range(0, columns).Select(i => $"▁{i}")], Scores = scores };
        var read = RoundTrip(written);
        read.Output.ShouldBe(written.Output);
        read.Scores.ShouldBe(scores);
    }

    [Fact]
    public void Should_refuse_scores_that_do_not_fit_the_tokens()
    {
        Should.Throw<ArgumentException>(() => AttributionPickle.Write(Stream.Null, Small with { Output = ["x"] }));

        using var pickle = new MemoryStream();
        AttributionPickle.Write(pickle, Small);
        var bytes = pickle.ToArray();

        // The token '' becomes part of another list: one output token fewer than the array has columns.
        var key = bytes.AsSpan().IndexOf("Input"u8);
        bytes[key] = (byte)'i';
        using var renamed = new MemoryStream(bytes);
        var refusal = Should.Throw<BadInputException>(() => AttributionPickle.Read(renamed, "x.pkl"));
        refusal.ErrorClass.ShouldBe("attribution-file");
        refusal.Message.ShouldBe("x.pkl: expected the key Input, found none");

        // (1, 3, 2) becomes (1, 2, 3): the same bytes, but not input by output tokens.
        bytes[key] = (byte)'I';
        bytes.AsSpan()[bytes.AsSpan().IndexOf("K\u0003K\u0002"u8)..].Slice(0, 4).Reverse();
        var shape = bytes.AsSpan().IndexOf(new byte[] { 2, (byte)'K', 3, (byte)'K' });
        new[] { (byte)'K', (byte)2, (byte)'K', (byte)3 }.CopyTo(bytes, shape);
        using var turned = new MemoryStream(bytes);
        Should.Throw<BadInputException>(() => AttributionPickle.Read(turned, "x.pkl")).Message
            .ShouldBe("x.pkl: Explain: expected floats of shape (3, 2), input by output tokens, found <f4 of shape (2, 3)");
    }

    [Fact]
    public void Should_agree_with_the_digests_of_all_published_files_and_write_their_very_bytes()
    {
        var rows = File.ReadLines(Reference.Path("golden/tables/pickle_digest.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        rows.Count.ShouldBe(600);
        foreach (var row in rows)
        {
            var path = Reference.Path($"published/{row[0]}/{row[1]}");
            var read = AttributionFile.Read(path);
            ($"{read.Id}.pkl", read.Rows, read.Columns)
                .ShouldBe((row[1], int.Parse(row[2], CultureInfo.InvariantCulture), int.Parse(row[3], CultureInfo.InvariantCulture)));
            read.Scores.Sum(score => (double)score).ShouldBe(double.Parse(row[6], CultureInfo.InvariantCulture));
            Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(read.Scores))).ShouldBe(row[9], row[1]);

            using var written = new MemoryStream();
            AttributionPickle.Write(written, read);
            written.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(path)).ShouldBeTrue(path);
        }
    }

    [Fact]
    public void Should_read_raw_scores_of_the_original()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Reference.Path("golden/files/ifa_stories260k.json")));
        foreach (var expected in golden.RootElement.EnumerateArray())
        {
            var id = expected.GetProperty("ID").GetString();
            var path = Reference.Path($"golden/files/ifa_stories260k/{id}.pkl");
            var read = AttributionFile.Read(path);
            read.Id.ShouldBe(id);
            read.Input.ShouldBe(Texts(expected.GetProperty("Input")));
            read.Output.ShouldBe(Texts(expected.GetProperty("Output")));
            read.Reference.ShouldBe(expected.GetProperty("Reference").GetString());
            read.Scores.ShouldBe(expected.GetProperty("explain").EnumerateArray().Select(value => value.GetSingle()));

            using var written = new MemoryStream();
            AttributionPickle.Write(written, read);
            written.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(path)).ShouldBeTrue(path);
        }

        static IEnumerable<string?> Texts(JsonElement array) => array.EnumerateArray().Select(value => value.GetString());
    }

    private static PublishedAttribution RoundTrip(PublishedAttribution attribution)
    {
        using var stream = new MemoryStream();
        AttributionPickle.Write(stream, attribution);
        stream.Position = 0;
        return AttributionPickle.Read(stream, "memory");
    }
}
