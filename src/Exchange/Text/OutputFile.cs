namespace Interpret.Exchange.Text;

/// <summary>Writes files that are there when they are whole, and never before.</summary>
public static class OutputFile
{
    /// <summary>Writes a file bit by bit.</summary>
    public static Task WriteAsync(string path, Action<TextWriter> write) => WriteAsync(path, async temporary =>
    {
        await using var file = new StreamWriter(temporary);
        write(file);
    });

    /// <summary>Writes a file of bytes.</summary>
    public static Task WriteAsync(string path, byte[] bytes) => WriteAsync(path, temporary => File.WriteAllBytesAsync(temporary, bytes));

    private static async Task WriteAsync(string path, Func<string, Task> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        await write(temporary);
        File.Move(temporary, path, overwrite: true);
    }
}
