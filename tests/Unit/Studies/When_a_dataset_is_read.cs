using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_a_dataset_is_read : IDisposable
{
    private const string Header = "ID\tPrompt\tResponse\tInstruct&Context\n";
    private const string RatingsHeader = "File\tModel\tPrompt\tReference\tInstruct\tResponse\tRating\n";

    private readonly Scratch scratch = new();

    [Fact]
    public void A_row_becomes_a_prompt_with_its_fields_decoded()
    {
        var prompt = Read("lima_1\t\"Say \"\"hi\"\". Now!/n/nInput: x/ty\"\tHi./nBye\tNow|||Say&&&x/ty\n\n").Prompts.ShouldHaveSingleItem();
        prompt.Row.ShouldBe(2);
        (prompt.Id, prompt.Group).ShouldBe(("lima_1", "lima"));
        prompt.Prompt.ShouldBe("Say \"hi\". Now!\n\nInput: x\ty");
        prompt.Reference.ShouldBe("Hi.\nBye");
        prompt.Spans.ShouldBe(["Now!", "Say \"hi\"."]);
        prompt.Context.ShouldBe("x\ty");
    }

    [Theory]
    [InlineData("One. Two? Three", "Two", "Two?")]
    [InlineData("One. Two? Three", "One. Th", "One.|Three")]
    [InlineData("One.Two Three", "Two", "One.Two Three")]
    [InlineData("A one/nB one", "one", "A one")]
    [InlineData("Do it:/nInput: this/nOutput:", "Do it|||Input: |||Output:", "Do it:")]
    [InlineData("Do it/nInput:this", "this", "this")]
    [InlineData("Do it", "Do|||Output:", "Do it")]
    [InlineData("Do it", "", "")]
    [InlineData("Do it", "it|||it", "Do it")]
    public void Marks_are_widened_to_the_sentences_that_hold_them(string prompt, string marked, string spans) =>
        string.Join('|', Read($"a\t{prompt}\tr\t{marked}&&&\n").Prompts.ShouldHaveSingleItem().Spans).ShouldBe(spans);

    [Theory]
    [InlineData("a\tDo it\tr", "wrong-columns", "2")]
    [InlineData("a\tDo it\tr\tDo\tit", "wrong-columns", "4")]
    [InlineData("good\tDo it\tr\tDo", "duplicate-id", "\"good\" again")]
    [InlineData("\tDo it\tr\tDo", "bad-id", "an empty id")]
    [InlineData("a/b\tDo it\tr\tDo", "bad-id", "separator")]
    [InlineData("a\\b\tDo it\tr\tDo", "bad-id", "separator")]
    [InlineData("a..b\tDo it\tr\tDo", "bad-id", "..")]
    [InlineData("a/nb\tDo it\tr\tDo", "bad-id", "control")]
    [InlineData("a\tDo it\tr\tUndo", "span-not-in-prompt", "\"Undo\"")]
    [InlineData("a\t \tr\t", "empty-prompt", "none")]
    [InlineData("a\tDo\0 it\tr\tDo", "bad-text", "U+0000 at character 5")]
    [InlineData("a\tDo it\tr\0\tDo", "bad-text", "U+0000 at character 10")]
    public void A_bad_row_is_set_aside_and_the_others_are_read(string row, string errorClass, string found)
    {
        var file = Read($"good\tDo it\tr\tDo\n{row}\nlast\tDo it\tr\tDo\n");
        file.Prompts.Select(prompt => prompt.Id).ShouldBe(["good", "last"]);
        var rejected = file.Rejected.ShouldHaveSingleItem();
        (rejected.Row, rejected.ErrorClass).ShouldBe((3, errorClass));
        rejected.Found.ShouldContain(found);
        rejected.Expected.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_row_that_is_not_utf_8_is_set_aside_and_a_replacement_character_is_not()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Header + "a\tDo \uFFFD\tr\tDo\nb\tDo "), 0xE9, .. Encoding.UTF8.GetBytes("\tr\tDo\n")];
        var file = DatasetFile.Read(scratch.Write("d.tsv", bytes));
        file.Prompts.ShouldHaveSingleItem().Id.ShouldBe("a");
        file.Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("not-utf-8");
    }

    /// <summary>File systems allow names of 255 bytes, whatever the letters.</summary>
    [Fact]
    public void An_id_is_as_long_as_its_bytes()
    {
        var longest = new string('あ', 66) + "ab"; // 3 bytes each
        Read($"{longest}\tDo it\tr\tDo\n").Prompts.ShouldHaveSingleItem().Id.ShouldBe(longest);
        var rejected = Read($"{longest}c\tDo it\tr\tDo\n").Rejected.ShouldHaveSingleItem();
        (rejected.ErrorClass, rejected.Found).ShouldBe(("bad-id", "201 bytes in UTF-8, of at most 200"));
    }

    [Fact]
    public void Compression_is_seen_by_the_first_bytes_whatever_the_name()
    {
        var compressed = Gzip(Header + "a\tDo it\tr\tDo\n");
        DatasetFile.Read(scratch.Write("d.tsv", compressed)).Prompts.Count.ShouldBe(1);
    }

    [Fact]
    public void A_damaged_or_cut_compressed_file_is_bad_input()
    {
        var compressed = Gzip(Header + string.Concat(Enumerable.Range(0, 2000).Select(i => $"a{i}\tDo {i * 7919 % 1013}\tr\tDo\n")));
        byte[] damaged = [.. compressed[..12], 255, 255, .. compressed[14..]];
        Should.Throw<BadInputException>(() => DatasetFile.Read(scratch.Write("damaged.tsv", damaged))).ErrorClass.ShouldBe("input-damaged");
        Should.Throw<BadInputException>(() => DatasetFile.Read(scratch.Write("end.tsv", compressed[..^1]))).Where.ShouldNotBeNull().ShouldStartWith("row ");
        foreach (var length in new[] { 11, 500, compressed.Length / 2, compressed.Length - 9, compressed.Length - 1 })
        {
            Should.Throw<BadInputException>(() => DatasetFile.Read(scratch.Write("cut.tsv", compressed[..length])), $"{length} bytes");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\tDo it\tr\tDo\n")]
    public void A_file_without_its_header_is_bad_input(string text)
    {
        Should.Throw<BadInputException>(() => DatasetFile.Read(scratch.Write("d.tsv", text))).ErrorClass.ShouldBe("wrong-header");
        Should.Throw<BadInputException>(() => RatingsFile.Read(scratch.Write("r.tsv", text))).ErrorClass.ShouldBe("wrong-header");
    }

    [Fact]
    public void A_missing_file_is_bad_input() =>
        Should.Throw<BadInputException>(() => DatasetFile.Read(Path.Combine(scratch.Root, "none"))).ErrorClass.ShouldBe("input-missing");

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_are_no_fault()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes((Header + "a\tDo it\tr\tDo\n").Replace("\n", "\r\n"))];
        DatasetFile.Read(scratch.Write("d.tsv", bytes)).Prompts.ShouldHaveSingleItem().Context.ShouldBe("");
    }

    [Fact]
    public void Ratings_are_read_and_bad_ones_set_aside()
    {
        var file = RatingsFile.Read(scratch.Write("r.tsv", RatingsHeader
            + "a.pkl\tm\tp\tr\ti\to/nk\t4\n" + "a.pkl\tn\tp\tr\ti\to\t-1\n" + "a.pkl\tm\tp\tr\ti\to\t3\n"
            + "b.pkl\tm\tp\tr\ti\to\tgood\n" + "../b.pkl\tm\tp\tr\ti\to\t1\n" + "b\t\tp\tr\ti\to\t1\n" + "short\n"));
        file.Ratings.ShouldBe([new Rating(2, "a", "m", 4, "o\nk"), new Rating(3, "a", "n", -1, "o")]);
        file.Rejected.Select(row => (row.Row, row.ErrorClass))
            .ShouldBe([(4, "duplicate-id"), (5, "bad-rating"), (6, "bad-id"), (7, "no-model"), (8, "wrong-columns")]);
    }

    /// <summary>So pandas writes whole numbers of a column in which one is missing.</summary>
    [Fact]
    public void Whole_numbers_with_a_point_are_whole_and_white_space_around_names_does_not_count()
    {
        var file = RatingsFile.Read(scratch.Write("r.tsv", RatingsHeader
            + "a.pkl\tm\tp\tr\ti\to\t1.0\n" + " b.pkl \t m \tp\tr\ti\to\t2.00\n" + "c .pkl\tm\tp\tr\ti\to\t-1.0\n" + "d\tm\tp\tr\ti\to\t1.5\n"
            + "e\tm\tp\tr\ti\to\t\n" + "f\tm\tp\tr\ti\to\t1e300\n"));
        file.Ratings.Select(rating => (rating.Id, rating.Model, rating.Value)).ShouldBe([("a", "m", 1), ("b", "m", 2), ("c", "m", -1)]);
        file.Rejected.Select(row => (row.Row, row.ErrorClass)).ShouldBe([(5, "bad-rating"), (6, "bad-rating"), (7, "bad-rating")]);
        Read(" a_1 \tDo it\tr\tDo\n").Prompts.ShouldHaveSingleItem().Id.ShouldBe("a_1");
    }

    [Fact]
    public void What_is_encoded_reads_back() => Prop.ForAll(
        Gen.Elements("a\"\t\n/ x".ToCharArray()).ArrayOf().ToArbitrary(),
        letters =>
        {
            var text = new string(letters);
            var field = FieldText.Encode(text);
            return !field.Contains('\t') && !field.Contains('\n') && FieldText.Decode(field) == text;
        }).QuickCheckThrowOnFailure();

    public void Dispose() => scratch.Dispose();

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private DatasetFile Read(string rows) => DatasetFile.Read(scratch.Write("d.tsv", Header + rows));
}
