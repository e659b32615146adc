using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Reports.Figures;

namespace Interpret.Cli;

/// <summary>Writes a drawing to a file in the format that the file's name asks for.</summary>
internal static class FigureFile
{
    private static readonly string[] Endings = [".svg", ".png", ".pdf"];

    /// <summary>Whether a file's name asks for a drawing.</summary>
    public static bool IsMeant(string? path) => path is not null && Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <param name="path">Ends in <c>.svg</c>, <c>.png</c> or <c>.pdf</c>; null and <c>-</c> are standard output, as SVG.</param>
    /// <exception cref="BadInputException">Another ending.</exception>
    public static async Task WriteAsync(string? path, string svg)
    {
        if (path is null or "-")
        {
            await Screen.WriteAsync(path, svg);
            return;
        }

        var ending = Path.GetExtension(path);
        switch (ending.ToLowerInvariant())
        {
            case ".svg":
                await Screen.WriteAsync(path, svg);
                break;
            case ".png" or ".pdf":
                await OutputFile.WriteAsync(path, SvgConversion.Convert(svg, ending[1..].ToLowerInvariant()));
                break;
            default:
                throw new BadInputException(
                    ErrorClasses.FigureFormat, path, null, "a name that ends in .svg, .png or .pdf", ending == "" ? "none of them" : ending,
                    "With --format, the figure's data is written to any file");
        }
    }
}
