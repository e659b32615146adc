using System.Buffers.Binary;
using System.Text;
using Interpret.Contracts;

namespace Interpret.Models.Checkpoints;

/// <summary>An uncompressed entry of a zip archive: its name and where its bytes lie in the file.</summary>
public sealed record StoredZipEntry(string Name, long Offset, long Length);

/// <summary>
/// The directory of a zip archive (zip64 included) whose entries are stored, not compressed, so that their bytes can be read in place.
/// The framework's ZipArchive does not tell where an entry's bytes begin.
/// </summary>
public static class StoredZip
{
    private const uint EndOfDirectory = 0x06054b50;
    private const uint Zip64EndOfDirectory = 0x06064b50;
    private const uint Zip64Locator = 0x07064b50;
    private const uint DirectoryHeader = 0x02014b50;
    private const uint LocalHeader = 0x04034b50;
    private const int EndSize = 22;
    private const int DirectoryHeaderSize = 46;
    private const int LocalHeaderSize = 30;
    private const long LargestDirectory = 64 << 20;

    /// <summary>Reads the directory of an open archive.</summary>
    /// <exception cref="BadInputException">
    /// Class <c>checkpoint-archive</c>: not a zip archive, truncated, an entry compressed, encrypted, named twice, beyond the file, or overlapping another.
    /// </exception>
    public static IReadOnlyDictionary<string, StoredZipEntry> Read(Stream archive, string source)
    {
        var (start, size, count) = Directory(archive, source);
        if (size > LargestDirectory || start < 0 || size < 0 || count < 0 || start > archive.Length - size || count > size / DirectoryHeaderSize)
            throw Damaged(source, null, "a directory inside the archive", $"{count} entries in {size} bytes at {start}");

        var directory = Bytes(archive, start, (int)size, source);
        var entries = new Dictionary<string, StoredZipEntry>((int)count, StringComparer.Ordinal);
        var taken = new List<(long Start, long End, string Name)>((int)count);
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var (name, local, length, headerLength) = DirectoryEntry(directory.AsSpan(at), source);
            at += headerLength;
            var entry = Locate(archive, name, local, length, start, source);
            taken.Add((local, entry.Offset + entry.Length, name));
            if (!entries.TryAdd(name, entry)) throw Damaged(source, name, "one entry of this name", "two");
        }

        taken.Sort();
        for (var i = 1; i < taken.Count; i++)
        {
            if (taken[i].Start < taken[i - 1].End) throw Damaged(source, taken[i].Name, "bytes of its own", $"an overlap with {Quoted.Beginning(taken[i - 1].Name)}");
        }

        return entries;
    }

    private static (long Start, long Size, long Count) Directory(Stream archive, string source)
    {
        var tailLength = (int)Math.Min(archive.Length, EndSize + ushort.MaxValue);
        var tailStart = archive.Length - tailLength;
        var tail = Bytes(archive, tailStart, tailLength, source);
        var end = tailLength - EndSize;
        while (end >= 0 && UInt32(tail, end) != EndOfDirectory) end--;
        if (end < 0) throw Damaged(source, null, "a zip archive", "a file without a zip directory, perhaps cut off");

        var (count, size, start) = ((long)UInt16(tail, end + 10), (long)UInt32(tail, end + 12), (long)UInt32(tail, end + 16));
        var isZip64 = count == ushort.MaxValue || size == uint.MaxValue || start == uint.MaxValue;
        if (!isZip64) return (start, size, count);

        const int LocatorSize = 20;
        if (tailStart + end < LocatorSize) throw Damaged(source, null, "a zip64 locator", "none");
        var locator = Bytes(archive, tailStart + end - LocatorSize, LocatorSize, source);
        if (UInt32(locator, 0) != Zip64Locator) throw Damaged(source, null, "a zip64 locator", "none");
        var record = Bytes(archive, Int64(locator, 8), 56, source);
        if (UInt32(record, 0) != Zip64EndOfDirectory) throw Damaged(source, null, "a zip64 directory record", "none");
        return (Int64(record, 48), Int64(record, 40), Int64(record, 32));
    }

    private static (string Name, long Local, long Length, int HeaderLength) DirectoryEntry(ReadOnlySpan<byte> header, string source)
    {
        if (header.Length < DirectoryHeaderSize || UInt32(header, 0) != DirectoryHeader)
            throw Damaged(source, null, "an entry of the directory", "other bytes");
        var (nameLength, extraLength, commentLength) = (UInt16(header, 28), UInt16(header, 30), UInt16(header, 32));
        var headerLength = DirectoryHeaderSize + nameLength + extraLength + commentLength;
        if (header.Length < headerLength) throw Damaged(source, null, "a whole entry of the directory", "a part of one");

        var name = Encoding.UTF8.GetString(header.Slice(DirectoryHeaderSize, nameLength));
        var (flags, method) = (UInt16(header, 8), UInt16(header, 10));
        if ((flags & 1) != 0) throw Damaged(source, name, "an entry without encryption", "an encrypted one");
        if (method != 0) throw Damaged(source, name, "a stored entry", $"one compressed by method {method}");

        var (packed, length, local) = ((long)UInt32(header, 20), (long)UInt32(header, 24), (long)UInt32(header, 42));
        Zip64Fields(header.Slice(DirectoryHeaderSize + nameLength, extraLength), ref length, ref packed, ref local);
        if (packed != length) throw Damaged(source, name, "a stored entry", $"{packed} bytes that are said to hold {length}");
        return (name, local, length, headerLength);
    }

    /// <summary>The zip64 extra field holds, in this order, those of the three numbers that did not fit 32 bits.</summary>
    private static void Zip64Fields(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long local)
    {
        while (extra.Length >= 4)
        {
            var (id, size) = (UInt16(extra, 0), UInt16(extra, 2));
            if (size > extra.Length - 4) return;
            if (id == 1)
            {
                var field = extra.Slice(4, size);
                Take(ref field, ref length);
                Take(ref field, ref packed);
                Take(ref field, ref local);
                return;
            }

            extra = extra[(4 + size)..];
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue || field.Length < 8) return;
            value = Int64(field, 0);
            field = field[8..];
        }
    }

    /// <summary>Finds an entry's bytes behind its local header, which repeats the name and has padding of its own.</summary>
    private static StoredZipEntry Locate(Stream archive, string name, long local, long length, long directory, string source)
    {
        if (local < 0 || length < 0 || local > directory - LocalHeaderSize) throw Damaged(source, name, "an entry before the directory", $"offset {local}");
        var header = Bytes(archive, local, LocalHeaderSize, source);
        if (UInt32(header, 0) != LocalHeader) throw Damaged(source, name, "a local header", "other bytes");
        var (nameLength, extraLength) = (UInt16(header, 26), UInt16(header, 28));
        var repeated = Encoding.UTF8.GetString(Bytes(archive, local + LocalHeaderSize, nameLength, source));
        if (repeated != name) throw Damaged(source, name, "the same name in its local header", Quoted.Of(repeated));
        var offset = local + LocalHeaderSize + nameLength + extraLength;
        return length <= directory - offset
            ? new StoredZipEntry(name, offset, length)
            : throw Damaged(source, name, "an entry before the directory", $"{length} bytes at {offset}");
    }

    private static byte[] Bytes(Stream archive, long offset, int length, string source)
    {
        if (offset < 0 || length > archive.Length - offset) throw Damaged(source, null, $"{length} bytes at {offset}", $"an archive of {archive.Length}");
        var bytes = new byte[length];
        archive.Position = offset;
        archive.ReadExactly(bytes);
        return bytes;
    }

    private static int UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static BadInputException Damaged(string source, string? name, string expected, string found) =>
        new(ErrorClasses.CheckpointArchive, source, name is null ? null : Quoted.Beginning(name), expected, found);
}
