using Apache.Arrow;
using Apache.Arrow.Types;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Explaining;
using ParquetSharp.Arrow;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_a_dataset_is_parquet : IDisposable
{
    private static readonly StructType Turn = new([new Field("role", StringType.Default, true), new Field("content", StringType.Default, true)]);
    private readonly Scratch scratch = new();

    /// <summary>Prompts and chats, texts and lists, an id that is a number, a column that means nothing.</summary>
    [Fact]
    public void Rows_are_read_as_objects_of_the_same_keys()
    {
        var path = Write(
            ("id", new Int64Array.Builder().AppendRange([7, 8]).Build()),
            ("prompt", Texts("Say \"hi\".\nNow! 漢 x", null)),
            ("response", Texts("Hi.", null)),
            ("instruction", Lists(Texts("Now"), 0, 1, 1)),
            ("messages", SecondList(new StructArray(Turn, 3, [Texts("system", "user", "user"), Texts("Be kind.", "Hello.", "The sky is blue. Why?")], ArrowBuffer.Empty), 3)),
            ("context", Texts("x", "The sky is blue.")),
            ("evidence", Lists(Texts("x", "sky"), 0, 1, 2)),
            ("vector", new DoubleArray.Builder().AppendRange([0.5, 1]).Build()));
        var file = DatasetFile.Read(path);
        file.Rejected.ShouldBeEmpty();
        file.Ignored.ShouldBe(["vector"]);
        file.Prompts.Count.ShouldBe(2);
        var (first, second) = (file.Prompts[0], file.Prompts[1]);
        (first.Row, first.Id, first.Prompt, first.Reference, first.Context).ShouldBe((1, "7", "Say \"hi\".\nNow! 漢 x", "Hi.", "x"));
        first.Spans.ShouldBe(["Now!"]);
        first.Evidence.ShouldBe([new CharacterSpan(0, 1)]);
        (second.Row, second.Id, second.Prompt).ShouldBe((2, "8", "The sky is blue. Why?"));
        second.Messages.ShouldBe([new("system", "Be kind."), new("user", "Hello."), new("user", "The sky is blue. Why?")]);
        second.Evidence.ShouldBe([new CharacterSpan(4, 7)]);
    }

    [Fact]
    public void It_says_what_the_same_objects_a_line_say()
    {
        var lines = scratch.Write("d.jsonl", string.Concat(Enumerable.Range(0, 100).Select(i => $"{{\"id\": \"g_{i}\", \"prompt\": \"Do {i}.\", \"instruction\": \"Do\"}}\n")));
        var rows = Enumerable.Range(0, 100).ToList();
        var path = Write(("id", Texts([.. rows.Select(i => $"g_{i}")])), ("prompt", Texts([.. rows.Select(i => $"Do {i}.")])), ("instruction", Texts([.. rows.Select(_ => "Do")])));
        var (expected, found) = (DatasetFile.Read(lines), DatasetFile.Read(path));
        found.Prompts.Select(prompt => (prompt.Row, prompt.Id, prompt.Prompt, string.Join('|', prompt.Spans)))
            .ShouldBe(expected.Prompts.Select(prompt => (prompt.Row, prompt.Id, prompt.Prompt, string.Join('|', prompt.Spans))));
    }

    [Fact]
    public void A_row_that_cannot_be_used_is_named_and_the_others_are_kept()
    {
        var path = Write(
            ("id", Texts("a", null, "c", "d")),
            ("prompt", new BinaryArray.Builder().Append("Do it."u8).Append("Do it."u8).Append([0xC3, 0x28]).Append("Do it."u8).Build()),
            ("context", new Date32Array.Builder().AppendNull().AppendNull().AppendNull().Append(DateOnly.MinValue).Build()));
        var file = DatasetFile.Read(path);
        file.Prompts.Select(prompt => prompt.Id).ShouldBe(["a"]);
        file.Rejected.Select(row => (row.ErrorClass, row.Place)).ShouldBe(
            [(ErrorClasses.BadField, "row 2, id"), (ErrorClasses.NotUtf8, "row 3"), (ErrorClasses.BadField, "row 4, context")]);
    }

    [Fact]
    public void A_damaged_file_is_refused_as_a_whole()
    {
        var path = Write(("id", Texts("a")), ("prompt", Texts("Do it.")));
        var bytes = File.ReadAllBytes(path);
        foreach (var damaged in new[] { bytes[..^1], bytes[..20], bytes[..4], [.. bytes[..^6], 0xFF, 0xFF, 0xFF, 0x7F, .. "PAR1"u8] })
        {
            var refusal = Should.Throw<BadInputException>(() => DatasetFile.Read(scratch.Write("damaged.parquet", damaged)));
            (refusal.ErrorClass, refusal.Expected).ShouldBe((ErrorClasses.InputDamaged, "a Parquet file"));
            refusal.InputSource.ShouldEndWith("damaged.parquet");
            refusal.Message.Length.ShouldBeLessThan(600);
        }
    }

    /// <summary>A word of a dictionary, a million times: a few thousand bytes that would become gigabytes.</summary>
    [Fact]
    public void A_file_that_grows_beyond_measure_is_not_read_to_its_end()
    {
        var word = new string('a', 10_000);
        var path = Write(("id", Texts([.. Enumerable.Range(0, 40_000).Select(i => $"{i}")])), ("prompt", Texts([.. Enumerable.Repeat(word, 40_000)])));
        new FileInfo(path).Length.ShouldBeLessThan(1 << 20);
        Should.Throw<BadInputException>(() => DatasetFile.Read(path)).Found.ShouldContain("more than 100 times the file");
    }

    public void Dispose() => scratch.Dispose();

    private static StringArray Texts(params string?[] texts)
    {
        var builder = new StringArray.Builder();
        foreach (var text in texts)
        {
            if (text is null) builder.AppendNull();
            else builder.Append(text);
        }

        return builder.Build();
    }

    private static ListArray Lists(IArrowArray values, params int[] offsets) => Lists(values, offsets, ArrowBuffer.Empty, 0);

    /// <summary>Two lists, of which the first is null.</summary>
    private static ListArray SecondList(IArrowArray values, int length) =>
        Lists(values, [0, 0, length], new ArrowBuffer.Builder<byte>().Append(0b10).Build(), 1);

    private static ListArray Lists(IArrowArray values, int[] offsets, ArrowBuffer present, int nulls) => new(
        new ListType(new Field("item", values.Data.DataType, true)), offsets.Length - 1, new ArrowBuffer.Builder<int>().AppendRange(offsets).Build(), values,
        present, nulls);

    private string Write(params (string Name, IArrowArray Values)[] columns)
    {
        var path = Path.Combine(scratch.Root, "d.parquet");
        var schema = new Schema([.. columns.Select(column => new Field(column.Name, column.Values.Data.DataType, true))], null);
        using var writer = new FileWriter(path, schema);
        writer.WriteRecordBatch(new RecordBatch(schema, columns.Select(column => column.Values), columns[0].Values.Length));
        writer.Close();
        return path;
    }
}
