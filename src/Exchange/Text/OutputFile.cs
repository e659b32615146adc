using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>Writes files that are there when they are whole, and never before.</summary>
public static class OutputFile
{
    private const string Remedy = "Name another place with --out";

    /// <summary>Refuses a folder that cannot be one, before there is anything to write to it.</summary>
    /// <exception cref="BadInputException"><c>output-place</c>.</exception>
    public static void RequireFolder(string path)
    {
        for (var place = Path.GetFullPath(path); place is not null; place = Path.GetDirectoryName(place))
        {
            if (File.Exists(place)) throw new BadInputException(ErrorClasses.OutputPlace, path, null, "a folder to write to", $"the file {place}", Remedy);
        }
    }

    /// <summary>Refuses a file that cannot be one, before there is anything to write to it.</summary>
    /// <param name="path">Null and <c>-</c> are standard output.</param>
    /// <exception cref="BadInputException"><c>output-place</c>.</exception>
    public static void RequireFile(string? path)
    {
        if (path is null or "-") return;
        if (Directory.Exists(path)) throw new BadInputException(ErrorClasses.OutputPlace, path, null, "a file to write", "a folder", Remedy);
        RequireFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes a file bit by bit.</summary>
    public static Task WriteAsync(string path, Action<TextWriter> write) => ReplaceAsync(path, async temporary =>
    {
        await using var file = new StreamWriter(temporary);
        write(file);
    });

    /// <summary>Writes a file of bytes.</summary>
    public static Task WriteAsync(string path, byte[] bytes) => ReplaceAsync(path, temporary => File.WriteAllBytesAsync(temporary, bytes));

    /// <summary>Writes a file of bytes bit by bit.</summary>
    public static Task WriteAsync(string path, Func<Stream, Task> write) => ReplaceAsync(path, async temporary =>
    {
        await using var file = File.Create(temporary);
        await write(file);
    });

    private static async Task ReplaceAsync(string path, Func<string, Task> write)
    {
        RequireFile(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            await write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
