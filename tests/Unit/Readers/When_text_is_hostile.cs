using System.IO.Compression;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_text_is_hostile : IDisposable
{
    private const string Header = "ID\tPrompt\tResponse\tInstruct&Context\n";

    private readonly Scratch scratch = new();

    [Fact]
    public void Compressed_rows_without_end_are_refused_after_what_a_text_could_be()
    {
        var path = scratch.Write("d.tsv", Gzip(Header, "\n", 200 << 20));
        var refusal = Bounded.Run(64 << 20, () => Should.Throw<BadInputException>(() => DatasetFile.Read(path)));
        (refusal.ErrorClass, refusal.InputSource).ShouldBe(("input-damaged", path));
        refusal.Where.ShouldNotBeNull().ShouldStartWith("row ");
        refusal.Found.ShouldContain("100-fold");
    }

    [Fact]
    public void Rejected_rows_are_counted_and_the_first_kept()
    {
        var file = DatasetFile.Read(scratch.Write("d.tsv", Header + string.Concat(Enumerable.Repeat("x\n", 100_000)) + "a\tDo it\tr\tDo\n"));
        file.Prompts.ShouldHaveSingleItem().Id.ShouldBe("a");
        (file.Rejected.Total, file.Rejected.Count).ShouldBe((100_000, RejectedRows.Kept + 1));
        var others = file.Rejected[^1];
        (others.Row, others.ErrorClass, others.Found).ShouldBe((1002, "rows-left-out", "99,000 more, from here on"));
    }

    [Fact]
    public void A_file_of_which_most_rows_are_no_objects_is_no_dataset_of_objects()
    {
        const string good = "{\"id\": \"a\", \"prompt\": \"Do it\"}\n", broken = "{\n";
        var path = scratch.Write("d.jsonl", good + string.Concat(Enumerable.Repeat(broken, 20_000)));
        var refusal = Bounded.Run(8 << 20, () => Should.Throw<BadInputException>(() => DatasetFile.Read(path)));
        (refusal.ErrorClass, refusal.Where).ShouldBe(("bad-json", "row 1002"));
        refusal.Found.ShouldStartWith("1,001 of 1,002 rows");
        var others = string.Concat(Enumerable.Range(0, 1500).Select(i => good.Replace("\"a\"", $"\"a{i}\"", StringComparison.Ordinal) + broken));
        var file = DatasetFile.Read(scratch.Write("half.jsonl", others));
        (file.Prompts.Count, file.Rejected.Total).ShouldBe((1500, 1500));
    }

    [Fact]
    public void A_row_that_is_too_long_is_set_aside_and_the_others_are_read()
    {
        var path = scratch.Write("d.tsv", $"{Header}long\t{new string('x', (1 << 22) + 1)}\tr\tDo\nlast\tDo it\tr\tDo\n");
        var file = DatasetFile.Read(path);
        file.Prompts.ShouldHaveSingleItem().Row.ShouldBe(3);
        file.Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("line-too-long");
    }

    [Fact]
    public void One_line_without_end_takes_no_memory()
    {
        var text = Header + new string('x', 64 << 20);
        var path = scratch.Write("d.tsv", text);
        Bounded.Run(64 << 20, () => DatasetFile.Read(path)).Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("line-too-long");
        var table = scratch.Write("t.tsv", "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n" + new string('x', 64 << 20));
        var rejected = new List<BadInputException>();
        Bounded.Run(64 << 20, () => FeedForwardTsv.Read([InputFile.Text(table)], rejected.Add).Count()).ShouldBe(0);
        rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("line-too-long");
        var vocabulary = scratch.Write("v.tsv", $"a 1\n{new string('x', 64 << 20)}");
        Bounded.Run(64 << 20, () => VocabularyFile.Read(vocabulary)).Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("line-too-long");
        var vectors = scratch.Write("vectors.txt", "a " + new string('1', 64 << 20));
        var refusal = Bounded.Run(64 << 20, () => Should.Throw<BadInputException>(() => WordVectorFile.Read(vectors, ["a"], new WordVectorOptions())));
        (refusal.ErrorClass, refusal.Where).ShouldBe(("input-damaged", "row 1"));
    }

    [Fact]
    public void Vectors_that_grow_without_end_are_refused()
    {
        var path = scratch.Write("v.txt", Gzip("a 1 2\n", "b 1 2\n", 300 << 20));
        Bounded.Run(16 << 20, () => Should.Throw<BadInputException>(() => WordVectorFile.Read(path, ["a"], new WordVectorOptions()))).Found
            .ShouldContain("100-fold");
    }

    [Fact]
    public void What_text_compresses_to_is_read()
    {
        var rows = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i}\tDo it, and do it again: number {i % 7}.\tr\tDo it\n"));
        DatasetFile.Read(scratch.Write("d.tsv", Gzip(Header + rows, "", 0))).Prompts.Count.ShouldBe(300_000);
    }

    [Fact]
    public void A_quotation_is_cut()
    {
        var found = DatasetFile.Read(scratch.Write("d.tsv", $"{Header}a\tDo it\tr\t{new string('x', 5000)}\n")).Rejected.ShouldHaveSingleItem().Found;
        found.ShouldBe($"\"{new string('x', 80)}…\"");
    }

    [Fact]
    public void The_sum_of_two_frequencies_is_finite()
    {
        var file = VocabularyFile.Read(scratch.Write("v.tsv", "the 1e308\nThe 1e308\nTHE 1\n"));
        file.Words.ShouldBe([new VocabularyWord("the", 1e308)]);
        file.Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("bad-frequency");
    }

    [Fact]
    public void A_list_or_text_in_another_encoding_is_refused_by_name_or_line()
    {
        foreach (var read in new Action<string>[]
        {
            path => StopList.Choose(path), path => StudyFile.Read(path), path => TextInput.ReadAll(path), path => TextInput.ReadAll(path, isFree: true),
            path => _ = TextInput.Lines(path).Count(),
        })
        {
            foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(false, byteOrderMark: false)])
            {
                var utf16 = scratch.Write("utf16.txt", [.. encoding.GetPreamble(), .. encoding.GetBytes("the\nand\n")]);
                Should.Throw<BadInputException>(() => read(utf16)).Found.ShouldBe("UTF-16 text");
            }

            var latin = scratch.Write("latin.txt", [.. "the\nna"u8, 0xEF, .. "ve\n"u8]);
            var refusal = Should.Throw<BadInputException>(() => read(latin));
            (refusal.ErrorClass, refusal.Where).ShouldBe(("not-utf-8", "line 2"));
            var zero = scratch.Write("zero.txt", "the\na\0nd\n");
            refusal = Should.Throw<BadInputException>(() => read(zero));
            (refusal.ErrorClass, refusal.Where).ShouldBe(("bad-text", "line 2"));
        }
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "a pointer of Git LFS")]
    [InlineData("<html><body>404</body></html>", "a web page")]
    public void A_pointer_or_a_page_in_a_file_s_place_is_named_and_a_page_is_a_prompt(string text, string found)
    {
        var path = scratch.Write("f", text);
        foreach (var read in new Action<string>[]
        {
            file => DatasetFile.Read(file), file => RatingsFile.Read(file), file => VocabularyFile.Read(file), file => StopList.Choose(file),
            file => StudyFile.Read(file), file => WordVectorFile.Read(file, ["a"], new WordVectorOptions()),
            file => _ = FeedForwardTsv.Read([InputFile.Text(file)], _ => { }).Count(),
        })
            Should.Throw<BadInputException>(() => read(path)).Found.ShouldStartWith(found);
        TextInput.ReadAll(path, isFree: true).ShouldBe(text);
    }

    [Fact]
    public void A_byte_order_mark_is_no_fault_of_any_reader()
    {
        byte[] mark = [0xEF, 0xBB, 0xBF];
        string Marked(string text) => scratch.Write("m", [.. mark, .. Encoding.UTF8.GetBytes(text)]);
        StopList.Choose(Marked("the\n")).ShouldContain("the");
        VocabularyFile.Read(Marked("the 1\n")).Words.ShouldHaveSingleItem().Word.ShouldBe("the");
        TextInput.ReadAll(Marked("the")).ShouldBe("the");
        FeedForwardTsv.Read([InputFile.Text(Marked("Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\nm\t\t0\tFFN\t0\t1\t0\ta\n"))], e => throw e)
            .ShouldHaveSingleItem();
    }

    [Fact]
    public void An_empty_table_is_called_by_its_name()
    {
        var path = scratch.Write("empty.tsv", "");
        var refusal = Should.Throw<BadInputException>(() => AttentionTsv.Read([InputFile.Text(path)], _ => { }).Count());
        (refusal.InputSource, refusal.Where).ShouldBe((path, "row 1"));
    }

    [Fact]
    public void A_missing_file_is_named_once()
    {
        var path = Path.Combine(scratch.Root, "none");
        Should.Throw<BadInputException>(() => TextInput.ReadAll(path)).Message.ShouldBe($"{path}: expected a readable file, found nothing at that path");
        Should.Throw<BadInputException>(() => TextInput.ReadAll(scratch.Root)).Found.ShouldBe("a folder");
    }

    public void Dispose() => scratch.Dispose();

    private static byte[] Gzip(string beginning, string repeated, long length)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.SmallestSize))
        {
            gzip.Write(Encoding.UTF8.GetBytes(beginning));
            var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeated, 1 << 16)));
            for (long written = 0; written < length; written += block.Length) gzip.Write(block);
        }

        return bytes.ToArray();
    }
}
