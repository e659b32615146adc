namespace Interpret.Exchange.Text;

/// <summary>Writes files that are there when they are whole, and never before.</summary>
public static class OutputFile
{
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
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        await write(temporary);
        File.Move(temporary, path, overwrite: true);
    }
}
