using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Models.Devices;
using static TorchSharp.torch;

namespace Interpret.Training;

/// <summary>
/// Where a stage stands: its step, the weights, and what the optimizer remembers, exactly as they were; so that it goes on as if it had not stopped.
/// </summary>
public static class TrainingState
{
    private const string Magic = "interpret training 1";

    /// <summary>Writes it, whole or not at all.</summary>
    public static void Save(string path, TrainableLlama model, AdamW optimizer)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var part = path + ".part";
        using (var file = new BinaryWriter(File.Create(part)))
        {
            file.Write(Magic);
            file.Write(optimizer.Steps);
            foreach (var (name, tensor) in All(model, optimizer))
            {
                var array = tensor.Values<float>();
                file.Write(name);
                file.Write(array.Length);
                file.Write(MemoryMarshal.AsBytes(array.AsSpan()));
            }
        }

        File.Move(part, path, overwrite: true);
    }

    /// <summary>Puts weights and optimizer back to where they stood.</summary>
    /// <exception cref="BadInputException"><c>training-state</c>: another model's, or cut short.</exception>
    public static void Load(string path, TrainableLlama model, AdamW optimizer)
    {
        BadInputException Bad(string expected, string found) => new(ErrorClasses.TrainingState, path, null, expected, found, "Delete it to begin the stage anew");
        try
        {
            using var file = new BinaryReader(File.OpenRead(path));
            if (file.ReadString() is var magic && magic != Magic)
                throw Bad($"'{Magic}'", $"'{magic}'");
            var steps = file.ReadInt32();
            using var gradless = no_grad();
            foreach (var (name, target) in All(model, optimizer))
            {
                var (found, count) = (file.ReadString(), file.ReadInt32());
                if (found != name || count != target.numel())
                    throw Bad($"{name} of {target.numel()} numbers", $"{found} of {count}");
                var values = new float[count];
                file.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
                using var scope = NewDisposeScope();
                target.copy_(tensor(values).view(target.shape));
            }

            optimizer.Steps = steps;
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            throw Bad("a whole file", "its end");
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> All(TrainableLlama model, AdamW optimizer) =>
        new[] { ("weight", model.Tensors), ("first", optimizer.First), ("second", optimizer.Second) }
            .SelectMany(kind => kind.Item2.Select(one => ($"{kind.Item1} {one.Key}", one.Value)));
}
