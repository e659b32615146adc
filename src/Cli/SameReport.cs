using System.Globalization;
using System.Text;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli;

/// <summary>Holds a report's file against what the stored rows give now.</summary>
internal static class SameReport
{
    private const string Changed = "rows, settings or the program's version have changed since, or the file was";

    /// <summary>Says on standard error that they are the same.</summary>
    /// <exception cref="BadInputException"><c>input-missing</c>; <c>report-differs</c>: names the first line that is another.</exception>
    public static async Task RequireAsync(string file, byte[] expected, CancellationToken cancel)
    {
        byte[] found;
        try
        {
            found = await File.ReadAllBytesAsync(file, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.InputMissing, file, null, "a readable file", e.Message, inner: e);
        }

        if (found.AsSpan().SequenceEqual(expected))
        {
            Screen.Error.MarkupLine($"{TerminalText.Escaped(file)}: the same as the stored rows give.");
            return;
        }

        var at = found.AsSpan().CommonPrefixLength(expected);
        if (expected.AsSpan().StartsWith("%PDF"u8))
        {
            throw new BadInputException(
                ErrorClasses.ReportDiffers, file, string.Create(CultureInfo.InvariantCulture, $"byte {at + 1}"), "the bytes that the stored rows give", "others",
                $"As html it says where: {Changed}");
        }

        var line = 1 + found.AsSpan(0, at).Count((byte)'\n');
        throw new BadInputException(
            ErrorClasses.ReportDiffers, file, string.Create(CultureInfo.InvariantCulture, $"line {line}"),
            Quoted.Of(Line(expected, at)), Quoted.Of(Line(found, at)),
            $"{Changed}; the table \"What it was made from\" says which");
    }

    /// <summary>The line of a file that has a place in it, from shortly before that place on.</summary>
    private static string Line(byte[] file, int at)
    {
        const int Before = 30, Most = 80;
        var start = Math.Max(file.AsSpan(0, at).LastIndexOf((byte)'\n') + 1, at - Before);
        var rest = file.AsSpan(start);
        var end = rest.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(rest[..Math.Min(end < 0 ? rest.Length : end, Most)]);
    }
}
