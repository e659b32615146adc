using System.Globalization;
using System.Text.Json;
using Interpret.Exchange.Text;
using Spectre.Console;

namespace Interpret.Cli;

/// <summary>Where a command writes: results to standard output as they are, everything else to standard error.</summary>
public static class Screen
{
    /// <summary>Messages and progress.</summary>
    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>Results that are laid out for reading.</summary>
    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (redirected)
            console.Profile.Width = 4096; // a log keeps its lines whole
        return console;
    }

    /// <summary>A time, UTC.</summary>
    /// <param name="milliseconds">Unix milliseconds.</param>
    public static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Writes a result as a line of JSON to standard output.</summary>
    public static Task WriteJsonAsync<T>(T result) => Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));

    /// <summary>Writes a result to a file, or to standard output for <c>-</c> and null.</summary>
    public static Task WriteAsync(string? path, string text)
    {
        var whole = text.EndsWith('\n') ? text : text + "\n";
        return path is null or "-" ? Console.Out.WriteAsync(whole) : OutputFile.WriteAsync(path, writer => writer.Write(whole));
    }

    /// <summary>As <see cref="WriteAsync(string?, string)"/>, of a result that is written bit by bit.</summary>
    public static async Task WriteAsync(string? path, Action<TextWriter> write)
    {
        if (path is not (null or "-"))
        {
            await OutputFile.WriteAsync(path, write);
            return;
        }

        await using var output = new StreamWriter(Console.OpenStandardOutput());
        write(output);
    }

    /// <summary>As <see cref="WriteAsync(string?, string)"/>, of bytes that come bit by bit.</summary>
    public static async Task WriteAsync(string? path, Func<Stream, Task> write)
    {
        if (path is not (null or "-"))
        {
            await OutputFile.WriteAsync(path, write);
            return;
        }

        await using var output = Console.OpenStandardOutput();
        await write(output);
    }
}
