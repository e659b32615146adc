using System.Buffers.Binary;
using System.Text.Json;

namespace Interpret.Tests.Shared;

/// <summary>A copy of the tuned sample checkpoint with a NaN in a tensor.</summary>
public static class DamagedCheckpoint
{
    private const ushort BFloat16NaN = 0x7FC0;

    /// <param name="scratch">Where.</param>
    /// <param name="name">The folder.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="at">Which of its numbers.</param>
    /// <returns>The checkpoint.</returns>
    public static string Write(Scratch scratch, string name, string tensor, int at = 0)
    {
        foreach (var path in Directory.EnumerateFiles(SampleStudy.TunedCheckpoint))
            scratch.Write($"{name}/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        var file = File.ReadAllBytes(scratch.At($"{name}/model.safetensors"));
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var json = JsonDocument.Parse(file.AsMemory(sizeof(long), header));
        var begin = json.RootElement.GetProperty(tensor).GetProperty("data_offsets")[0].GetInt32();
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(sizeof(long) + header + begin + (at * sizeof(ushort))), BFloat16NaN);
        scratch.Write($"{name}/model.safetensors", file);
        return scratch.At(name);
    }
}
