using System.Buffers;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace Interpret.Exchange.Datasets;

/// <summary>
/// The rows of a Parquet file as text: an object of JSON a line, as <see cref="DatasetJson"/> reads them. A row's number is its line's. Lists, structs and
/// numbers become JSON's own; other columns than those asked for are named in the first row and their values not read.
/// </summary>
internal sealed class ParquetRows : TextReader
{
    /// <summary>Rows that are decoded together: a dictionary may repeat a long text in all of them.</summary>
    private const int BatchRows = 16;

    private readonly ArrayBufferWriter<byte> json = new();
    private readonly IReadOnlyCollection<string> columns;
    private readonly string path;
    private readonly long bound;
    private readonly FileReader file;
    private readonly IArrowArrayStream batches;
    private readonly string[] others;
    private RecordBatch? batch;
    private int row;
    private bool isFirst = true;
    private long produced;
    private string line = "";
    private int at;

    private ParquetRows(string path, IReadOnlyCollection<string> columns)
    {
        (this.path, this.columns) = (path, columns);
        bound = BoundedDecompression.Most(new FileInfo(path).Length);
        using var settings = ArrowReaderProperties.GetDefault();
        settings.BatchSize = BatchRows;
        settings.UseThreads = false;
        file = new FileReader(path, arrowProperties: settings);
        try
        {
            var metadata = file.ParquetReader.FileMetaData;
            var roots = Enumerable.Range(0, metadata.Schema.NumColumns).Select(i => metadata.Schema.Column(i).Path.ToDotVector()[0]).ToList();
            others = [.. roots.Except(columns, StringComparer.Ordinal).Distinct(StringComparer.Ordinal)];
            RequireSize();
            batches = file.GetRecordBatchReader(columns: [.. roots.Index().Where(root => columns.Contains(root.Item)).Select(root => root.Index)]);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file is one of Parquet, by its first bytes.</summary>
    public static bool IsOne(string path)
    {
        if (!File.Exists(path)) return false;
        using var stream = File.OpenRead(path);
        Span<byte> first = stackalloc byte[4];
        return stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.SequenceEqual("PAR1"u8);
    }

    /// <param name="path">The file.</param>
    /// <param name="columns">The columns whose values are read.</param>
    /// <param name="read">What is made of its lines.</param>
    /// <exception cref="BadInputException"><c>input-damaged</c>.</exception>
    public static T Within<T>(string path, IReadOnlyCollection<string> columns, Func<TextLines, T> read)
    {
        try
        {
            using var rows = new ParquetRows(path, columns);
            return read(new TextLines(rows));
        }
        // Arrow's own library, behind ParquetSharp, says what it has to say as an exception of no particular class.
        catch (Exception e) when (e is ParquetException or IOException or InvalidDataException or OverflowException || e.GetType() == typeof(Exception))
        {
            throw new BadInputException(ErrorClasses.InputDamaged, path, null, "a Parquet file", Quoted.Beginning(e.Message ?? "one that cannot be read", 200), inner: e);
        }
    }

    public override int Read(char[] buffer, int index, int count)
    {
        if (at == line.Length)
        {
            if (!Next()) return 0;
            at = 0;
        }

        var length = Math.Min(count, line.Length - at);
        line.CopyTo(at, buffer, index, length);
        at += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        batch?.Dispose();
        batches.Dispose();
        file.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Compressed columns say how long they are: what is far longer than its file is not begun.</summary>
    private void RequireSize()
    {
        var metadata = file.ParquetReader.FileMetaData;
        long whole = 0;
        for (var group = 0; group < metadata.NumRowGroups; group++)
        {
            using var rows = file.ParquetReader.RowGroup(group);
            whole = checked(whole + rows.MetaData.TotalByteSize);
        }

        if (whole > bound) throw new InvalidDataException($"columns of {whole:N0} bytes, more than {BoundedDecompression.Factor} times the file");
    }

    private bool Next()
    {
        while (batch is null || row == batch.Length)
        {
            batch?.Dispose();
            batch = batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();
            row = 0;
            if (batch is null) return false;
        }

        json.ResetWrittenCount();
        line = Row(batch, row++);
        isFirst = false;
        produced += line.Length;
        return produced <= bound ? true : throw new InvalidDataException($"rows of more than {bound:N0} characters, more than {BoundedDecompression.Factor} times the file");
    }

    private string Row(RecordBatch rows, int of)
    {
        try
        {
            using (var writer = new Utf8JsonWriter(json))
            {
                writer.WriteStartObject();
                for (var column = 0; column < rows.ColumnCount; column++)
                {
                    writer.WritePropertyName(rows.Schema.GetFieldByIndex(column).Name);
                    Write(writer, rows.Column(column), of);
                }

                foreach (var other in isFirst ? others : []) writer.WriteNull(other);
                writer.WriteEndObject();
            }

            return StrictUtf8.GetString(json.WrittenSpan) + "\n";
        }
        catch (DecoderFallbackException)
        {
            return $"{TextInput.InvalidByte}\n"; // bytes that are no text: as a line of any other file with such
        }
    }

    private static void Write(Utf8JsonWriter writer, IArrowArray array, int at)
    {
        if (array.IsNull(at))
        {
            writer.WriteNullValue();
            return;
        }

        switch (array)
        {
            case StructArray { Data.DataType: StructType type } structs:
                writer.WriteStartObject();
                foreach (var (i, field) in type.Fields.Index())
                {
                    writer.WritePropertyName(field.Name);
                    Write(writer, structs.Fields[i], at);
                }

                writer.WriteEndObject();
                break;
            case ListArray lists: List(lists.Values, lists.ValueOffsets[at], lists.ValueOffsets[at + 1]); break;
            case LargeListArray lists: List(lists.Values, checked((int)lists.ValueOffsets[at]), checked((int)lists.ValueOffsets[at + 1])); break;
            case DictionaryArray words: Write(writer, words.Dictionary, Index(words.Indices, at)); break;
            case BinaryArray text: Text(text.GetBytes(at)); break; // of StringArray the base
            case LargeBinaryArray text: Text(text.GetBytes(at)); break;
            case BooleanArray truth: writer.WriteBooleanValue(truth.GetValue(at)!.Value); break;
            case UInt64Array numbers: writer.WriteNumberValue(numbers.GetValue(at)!.Value); break;
            case FloatArray numbers: Number(numbers.GetValue(at)!.Value); break;
            case DoubleArray numbers: Number(numbers.GetValue(at)!.Value); break;
            case Int8Array or Int16Array or Int32Array or Int64Array or UInt8Array or UInt16Array or UInt32Array:
                writer.WriteNumberValue(Whole(array, at));
                break;
            default: // of a type that no key has
                writer.WriteStartObject();
                writer.WriteString("type", array.Data.DataType.Name);
                writer.WriteEndObject();
                break;
        }

        void List(IArrowArray values, int start, int end)
        {
            writer.WriteStartArray();
            for (var i = start; i < end; i++) Write(writer, values, i);
            writer.WriteEndArray();
        }

        void Text(ReadOnlySpan<byte> bytes) => writer.WriteStringValue(StrictUtf8.GetString(bytes));

        void Number(double value)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue(); // how pandas writes what is not there
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private static int Index(IArrowArray indices, int at) => checked((int)Whole(indices, at));

    private static long Whole(IArrowArray array, int at) => array switch
    {
        Int8Array numbers => numbers.GetValue(at)!.Value,
        Int16Array numbers => numbers.GetValue(at)!.Value,
        Int32Array numbers => numbers.GetValue(at)!.Value,
        Int64Array numbers => numbers.GetValue(at)!.Value,
        UInt8Array numbers => numbers.GetValue(at)!.Value,
        UInt16Array numbers => numbers.GetValue(at)!.Value,
        UInt32Array numbers => numbers.GetValue(at)!.Value,
        _ => throw new InvalidDataException($"indices of type {array.Data.DataType.Name}"),
    };
}
