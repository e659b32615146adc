using System.ComponentModel;
using System.Diagnostics;
using Interpret.Contracts;

namespace Interpret.Reports.Figures;

/// <summary>Makes PNG and PDF files of drawings, by the program <c>rsvg-convert</c>.</summary>
public static class SvgConversion
{
    private const string Program = "rsvg-convert";

    /// <summary>Pixels per user unit of a PNG: sharp in print at the width of a column.</summary>
    private const string Zoom = "3";

    /// <param name="svg">The drawing.</param>
    /// <param name="format"><c>png</c> or <c>pdf</c>.</param>
    /// <exception cref="BadInputException"><c>tool-missing</c>: the program is not installed; <c>tool-failed</c>: it would not.</exception>
    public static async Task<byte[]> ConvertAsync(string svg, string format, CancellationToken cancel = default)
    {
        var start = new ProcessStartInfo(Program, ["--format", format, .. format == "png" ? (string[])["--zoom", Zoom] : []])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
        };
        using var process = Started(start, format);
        using var bytes = new MemoryStream();
        var output = process.StandardOutput.BaseStream.CopyToAsync(bytes, cancel);
        var error = process.StandardError.ReadToEndAsync(cancel);
        await process.StandardInput.WriteAsync(svg.AsMemory(), cancel);
        process.StandardInput.Close();
        await output;
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0 ? bytes.ToArray() : throw new BadInputException("tool-failed", Program, null, $"a {format.ToUpperInvariant()} file", (await error).Trim());
    }

    private static Process Started(ProcessStartInfo start, string format)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new BadInputException(
                "tool-missing", format.ToUpperInvariant(), null, $"the program {Program}", "none on the PATH", "Install it (Debian, Ubuntu: apt-get install librsvg2-bin), or write SVG", e);
        }
    }
}
