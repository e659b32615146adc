using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Unit.Tests.Pickles;

public sealed class When_a_PyTorch_archive_is_opened : IDisposable
{
    private static readonly TorchArchive.Tensor Weight = new("layer.weight", "0", "FloatStorage", 6, 0, [2, 3], [3, 1]);
    private static readonly byte[] SixFloats = [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes(i + 0.5f))];

    private readonly List<string> paths = [];

    public void Dispose() => paths.ForEach(File.Delete);

    [Fact]
    public void Should_say_where_every_tensor_lies()
    {
        var path = Archive(
            [Weight,
                new("tied.weight", "0", "FloatStorage", 6, 0, [2, 3], [3, 1]) { IsParameter = true },
                new("row", "0", "FloatStorage", 6, 3, [1, 3], [99, 1]),
                new("half", "1", "HalfStorage", 3, 1, [2], [1]),
                new("bf16", "2", "BFloat16Storage", 1, 0, [], []),
                new("none", "2", "BFloat16Storage", 1, 1, [0, 4], [4, 1]),
                new("flags", "1", "HalfStorage", 3, 0, [3, 1], [1, 7])],
            ("a/data/0", SixFloats), ("a/data/1", [1, 2, 3, 4, 5, 6]), ("a/data/2", [7, 8]), ("a/byteorder", "little"u8.ToArray()),
                ("a/version", "3\n"u8.ToArray()));

        var tensors = PyTorchArchive.Open(path);
        tensors.Keys.ShouldBe(["layer.weight", "tied.weight", "row", "half", "bf16", "none", "flags"], ignoreOrder: true);
        var weight = tensors["layer.weight"];
        (weight.Name, weight.DType, weight.Length).ShouldBe(("layer.weight", "F32", 24));
        weight.Shape.ShouldBe([2L, 3L]);
        Bytes(weight).ShouldBe(SixFloats);
        Bytes(tensors["tied.weight"]).ShouldBe(SixFloats);
        Bytes(tensors["row"]).ShouldBe(SixFloats[12..]);
        tensors["half"].DType.ShouldBe("F16");
        Bytes(tensors["half"]).ShouldBe([3, 4, 5, 6]);
        tensors["bf16"].DType.ShouldBe("BF16");
        tensors["bf16"].Shape.ShouldBeEmpty();
        Bytes(tensors["bf16"]).ShouldBe([7, 8]);
        tensors["none"].Length.ShouldBe(0);
    }

    [Theory]
    [InlineData(6, 1, 2, 3, 3, 1, "checkpoint-tensor", "6 elements from 1 on")]
    [InlineData(6, 0, 3, 3, 3, 1, "checkpoint-tensor", "9 elements from 0 on")]
    [InlineData(6, 0, 3, 2, 1, 3, "checkpoint-tensor", "contiguous data")]
    [InlineData(6, 0, 2, 2, 3, 1, "checkpoint-tensor", "contiguous data")]
    [InlineData(7, 0, 2, 3, 3, 1, "checkpoint-tensor", "a storage of 7 F32")]
    [InlineData(6, -1, 2, 3, 3, 1, "pickle-malformed", "a storage, offset, shape and stride")]
    [InlineData(6, 0, -2, 3, 3, 1, "pickle-malformed", "a shape")]
    [InlineData(6, 0, 1L << 62, 1L << 62, 3, 1, "checkpoint-tensor", "a shape that fits its storage")]
    [InlineData(long.MaxValue, 0, 2, 3, 3, 1, "checkpoint-tensor", "a storage of 9223372036854775807 F32")]
    public void Should_refuse_tensors_that_leave_their_storage(
        long storageLength, long offset, long rows, long columns, long rowStride, long columnStride, string errorClass, string expected)
    {
        var tensor = Weight with { StorageLength = storageLength, Offset = offset, Shape = [rows, columns], Stride = [rowStride, columnStride] };
        Refused(Archive([tensor], ("a/data/0", SixFloats)), errorClass, expected);
    }

    [Fact]
    public void Should_refuse_storages_that_are_not_in_the_archive()
    {
        Refused(Archive([Weight with { Key = "../../etc/passwd" }], ("a/data/0", SixFloats)), "checkpoint-tensor", "its storage in the archive");
        Refused(Archive([Weight], ("b/data/0", SixFloats)), "checkpoint-tensor", "its storage in the archive");
        Refused(Archive([], ("a/data/0", SixFloats)), "checkpoint-tensor", "tensors by name");
    }

    [Fact]
    public void Should_refuse_globals_outside_of_the_state_dict()
    {
        var path = Keep(TorchArchive.Write([("a/data.pkl", "cposix\nsystem\n(S'x'\ntR."u8.ToArray())]));
        Refused(path, "pickle-global", "only the types of a PyTorch state dict").Found.ShouldBe("the global posix.system");
    }

    [Fact]
    public void Should_refuse_compressed_doubled_foreign_and_truncated_archives()
    {
        var entries = new[] { ("a/data.pkl", TorchArchive.Pickle(Weight)), ("a/data/0", SixFloats) };
        Refused(Keep(TorchArchive.Write(entries, "a/data/0")), "checkpoint-archive", "a stored entry");
        Refused(Keep(TorchArchive.Write([.. entries, ("b/data.pkl", entries[0].Item2)])), "checkpoint-archive", "one entry data.pkl of at most 67108864 bytes");
        Refused(Keep(TorchArchive.Write([.. entries, ("a/data/0", SixFloats)])), "checkpoint-archive", "one entry of this name");
        Refused(Keep(TorchArchive.Write([.. entries, ("a/byteorder", "big"u8.ToArray())])), "checkpoint-archive", "little");

        var whole = File.ReadAllBytes(Keep(TorchArchive.Write(entries)));
        Refused(Keep(whole[..^30]), "checkpoint-archive", "a zip archive");
        Refused(Keep("no archive"u8.ToArray()), "checkpoint-archive", "a zip archive as PyTorch 1.6 and later write it");

        // The directory sends the second entry to the first one's bytes: the local name betrays it.
        var bent = whole.ToArray();
        var second = bent.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        bent.AsSpan(second + 42, 4).Clear();
        Refused(Keep(bent), "checkpoint-archive", "the same name in its local header");

        // The first entry claims to be longer than it is and reaches into the second.
        var stretched = whole.ToArray();
        var first = stretched.AsSpan().IndexOf("PK\u0001\u0002"u8);
        stretched[first + 20] += 8;
        stretched[first + 24] += 8;
        Refused(Keep(stretched), "checkpoint-archive", "bytes of its own");
    }

    [Fact]
    public void Should_say_how_to_convert_the_older_format()
    {
        var path = Keep([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, .. "."u8]);
        Refused(path, "checkpoint-legacy", "a zip archive as PyTorch 1.6 and later write it").Message.ShouldContain("torch.save(torch.load(");
    }

    [Fact]
    public void Should_answer_any_damage_with_a_refusal()
    {
        var whole = File.ReadAllBytes(Keep(TorchArchive.Write([("a/data.pkl", TorchArchive.Pickle(Weight)), ("a/data/0", SixFloats)])));
        var path = Keep(whole);
        for (var place = 0; place < whole.Length; place++)
        {
            foreach (var flip in (ReadOnlySpan<byte>)[0x01, 0x80, 0xff])
            {
                var damaged = whole.ToArray();
                damaged[place] ^= flip;
                File.WriteAllBytes(path, damaged);
                try
                {
                    foreach (var tensor in PyTorchArchive.Open(path).Values) Bytes(tensor).LongLength.ShouldBe(tensor.Length);
                }
                catch (BadInputException)
                {
                }
            }
        }
    }

    private string Archive(TorchArchive.Tensor[] tensors, params (string Name, byte[] Bytes)[] others) =>
        Keep(TorchArchive.Write([("a/data.pkl", TorchArchive.Pickle(tensors)), .. others]));

    private string Keep(byte[] bytes)
    {
        var path = Keep(Path.GetTempFileName());
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Keep(string path)
    {
        paths.Add(path);
        return path;
    }

    private static BadInputException Refused(string path, string errorClass, string expected)
    {
        var refusal = Should.Throw<BadInputException>(() => PyTorchArchive.Open(path));
        refusal.Expected.ShouldStartWith(expected);
        refusal.ErrorClass.ShouldBe(errorClass);
        return refusal;
    }

    private static byte[] Bytes(TensorLocation tensor)
    {
        using var file = File.OpenHandle(tensor.File);
        var bytes = new byte[tensor.Length];
        RandomAccess.Read(file, bytes, tensor.Offset).ShouldBe(bytes.Length);
        return bytes;
    }
}
