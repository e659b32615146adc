using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Interpret.Models.Pickles;

/// <summary>
/// Writes the one shape of pickle that attribution files have, in the very bytes of Python's C pickler: protocol 4, frames of 64 KiB, large
/// byte strings outside of frames, every new object memoised, and Python's shared texts (none or one Latin-1 character) written once.
/// </summary>
public sealed class PickleWriter
{
    private const int FrameTarget = 1 << 16;
    private const int SmallestFrame = 4;
    private const int BatchSize = 1000;

    private readonly ArrayBufferWriter<byte> written = new();
    private readonly ArrayBufferWriter<byte> frame = new();
    private readonly Dictionary<string, int> shared = [];
    private int memoised;

    /// <summary>Begins the only, outermost dictionary: texts and values follow in pairs.</summary>
    public void BeginMap()
    {
        written.Write<byte>([(byte)PickleOpcode.Proto, 4]);
        Op(PickleOpcode.EmptyDict);
        Memoise();
        Op(PickleOpcode.Mark);
    }

    /// <summary>Ends the dictionary and the pickle.</summary>
    public void EndMap()
    {
        Op(PickleOpcode.SetItems);
        Op(PickleOpcode.Stop);
        CommitFrame();
    }

    /// <summary>A text.</summary>
    public void Text(string text)
    {
        if (text.Length == 0 || (text.Length == 1 && text[0] <= 0xff)) SharedText(text);
        else NewText(text);
    }

    /// <summary>A list of texts.</summary>
    public void TextList(IReadOnlyList<string> texts)
    {
        BeginObject();
        Op(PickleOpcode.EmptyList);
        Memoise();
        for (var start = 0; start < texts.Count; start += BatchSize)
        {
            var end = Math.Min(start + BatchSize, texts.Count);
            if (texts.Count == 1)
            {
                Text(texts[0]);
                Op(PickleOpcode.Append);
                break;
            }

            Op(PickleOpcode.Mark);
            for (var i = start; i < end; i++) Text(texts[i]);
            Op(PickleOpcode.Appends);
        }
    }

    /// <summary>A NumPy array of <paramref name="type"/> (f4, f8 …), little-endian, its elements as they lie in <paramref name="data"/>.</summary>
    public void Array(ReadOnlySpan<long> shape, string type, bool isFortranOrder, ReadOnlySpan<byte> data)
    {
        SharedText("numpy.core.multiarray");
        NewText("_reconstruct");
        MemoisedOp(PickleOpcode.StackGlobal);
        SharedText("numpy");
        NewText("ndarray");
        MemoisedOp(PickleOpcode.StackGlobal);
        Integer(0);
        MemoisedOp(PickleOpcode.Tuple1);
        Bytes("b"u8);
        MemoisedOp(PickleOpcode.Tuple3);
        MemoisedOp(PickleOpcode.Reduce);

        Op(PickleOpcode.Mark);
        Integer(1);
        foreach (var length in shape) Integer(length);
        MemoisedOp(shape.Length == 1 ? PickleOpcode.Tuple1 : PickleOpcode.Tuple2);
        DType(type);
        Op(isFortranOrder ? PickleOpcode.NewTrue : PickleOpcode.NewFalse);
        Bytes(data);
        MemoisedOp(PickleOpcode.Tuple);
        Op(PickleOpcode.Build);
    }

    /// <summary>Copies the finished pickle.</summary>
    public void WriteTo(Stream stream) => stream.Write(written.WrittenSpan);

    private void DType(string type)
    {
        SharedText("numpy");
        NewText("dtype");
        MemoisedOp(PickleOpcode.StackGlobal);
        NewText(type);
        Op(PickleOpcode.NewFalse);
        Op(PickleOpcode.NewTrue);
        MemoisedOp(PickleOpcode.Tuple3);
        MemoisedOp(PickleOpcode.Reduce);
        Op(PickleOpcode.Mark);
        Integer(3);
        SharedText("<");
        Op(PickleOpcode.None);
        Op(PickleOpcode.None);
        Op(PickleOpcode.None);
        Integer(-1);
        Integer(-1);
        Integer(0);
        MemoisedOp(PickleOpcode.Tuple);
        Op(PickleOpcode.Build);
    }

    private void Op(PickleOpcode opcode) => frame.Write<byte>([(byte)opcode]);

    private void MemoisedOp(PickleOpcode opcode)
    {
        Op(opcode);
        Memoise();
    }

    private void Memoise()
    {
        Op(PickleOpcode.Memoize);
        memoised++;
    }

    private void SharedText(string text)
    {
        BeginObject();
        if (shared.TryGetValue(text, out var index))
        {
            if (index <= byte.MaxValue) frame.Write<byte>([(byte)PickleOpcode.BinGet, (byte)index]);
            else WithLength32(frame, PickleOpcode.LongBinGet, index);
            return;
        }

        shared.Add(text, memoised);
        NewText(text);
    }

    private void NewText(string text) => Payload(PickleOpcode.ShortBinUnicode, PickleOpcode.BinUnicode, Encoding.UTF8.GetBytes(text));

    private void Bytes(ReadOnlySpan<byte> bytes) => Payload(PickleOpcode.ShortBinBytes, PickleOpcode.BinBytes, bytes);

    /// <summary>Bytes with their length. From a frame's size on they end the frame and lie, opcode included, outside of any.</summary>
    private void Payload(PickleOpcode shortForm, PickleOpcode longForm, ReadOnlySpan<byte> bytes)
    {
        BeginObject();
        var target = frame;
        if (bytes.Length >= FrameTarget)
        {
            CommitFrame();
            target = written;
        }

        if (bytes.Length <= byte.MaxValue) target.Write<byte>([(byte)shortForm, (byte)bytes.Length]);
        else WithLength32(target, longForm, bytes.Length);
        target.Write(bytes);
        Memoise();
    }

    private void Integer(long value)
    {
        BeginObject();
        switch (value)
        {
            case >= 0 and <= byte.MaxValue:
                frame.Write<byte>([(byte)PickleOpcode.BinInt1, (byte)value]);
                break;
            case >= 0 and <= ushort.MaxValue:
                frame.Write<byte>([(byte)PickleOpcode.BinInt2, (byte)value, (byte)(value >> 8)]);
                break;
            default:
                WithLength32(frame, PickleOpcode.BinInt, checked((int)value));
                break;
        }
    }

    private static void WithLength32(ArrayBufferWriter<byte> target, PickleOpcode opcode, int value)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes[0] = (byte)opcode;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], value);
        target.Write(bytes);
    }

    /// <summary>A full frame ends where the next object begins.</summary>
    private void BeginObject()
    {
        if (frame.WrittenCount >= FrameTarget) CommitFrame();
    }

    private void CommitFrame()
    {
        if (frame.WrittenCount >= SmallestFrame)
        {
            Span<byte> header = stackalloc byte[9];
            header[0] = (byte)PickleOpcode.Frame;
            BinaryPrimitives.WriteInt64LittleEndian(header[1..], frame.WrittenCount);
            written.Write(header);
        }

        written.Write(frame.WrittenSpan);
        frame.ResetWrittenCount();
    }
}
