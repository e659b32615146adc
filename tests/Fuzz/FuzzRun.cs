using Interpret.Contracts;

namespace Interpret.Fuzz;

/// <summary>Gives readers damaged inputs and holds them to their word: success or the project's own error, and memory in proportion to the input.</summary>
public static class FuzzRun
{
    /// <summary>Bytes that may be allocated, freed in between or not, for each byte of input, and of any input.</summary>
    public const int Factor = 50;

    public const long Free = 4 << 20;

    /// <param name="target">The reader.</param>
    /// <param name="seed">Another seed, other inputs.</param>
    /// <param name="count">How many.</param>
    /// <param name="folder">Where inputs are put; one that fails stays there.</param>
    /// <exception cref="FuzzException">The reader did something else than reading or refusing.</exception>
    public static void Of(FuzzTarget target, int seed, int count, string folder)
    {
        var damage = new Damage(new Random(seed));
        Directory.CreateDirectory(folder);
        foreach (var (name, bytes) in target.Beside) File.WriteAllBytes(Path.Combine(folder, name), bytes);
        var path = Path.Combine(folder, target.File);
        foreach (var good in target.Seeds) Try(target, good, path); // what is made once is made before anything is counted
        for (var i = 0; i < count; i++)
        {
            var input = damage.Of(target.Seeds);
            if (Try(target, input, path) is not { } wrong) continue;
            throw new FuzzException($"{target.Name}, seed {seed}, input {i} of {input.Length} bytes: {wrong}; the input is {path}");
        }
    }

    /// <returns>What the reader did wrong; null: nothing.</returns>
    private static string? Try(FuzzTarget target, byte[] input, string path)
    {
        File.WriteAllBytes(path, input);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Read(path);
        }
        catch (BadInputException e)
        {
            if (e.Message.Length > 5000) return $"a message of {e.Message.Length} characters";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}";
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= (Factor * (long)input.Length) + Free ? null : $"{allocated:N0} bytes allocated";
    }
}

/// <summary>A reader did something else than reading or refusing.</summary>
public sealed class FuzzException(string message) : Exception(message);
