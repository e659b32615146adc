using Interpret.Contracts;
using SkiaSharp;
using Svg.Skia;

namespace Interpret.Reports.Figures;

/// <summary>Makes PNG and PDF files of drawings. Their letters come from fonts that are carried along: a machine need not have any.</summary>
public static class SvgConversion
{
    /// <summary>Pixels per user unit of a PNG: sharp in print at the width of a column.</summary>
    private const float Zoom = 3;

    /// <param name="svg">The drawing.</param>
    /// <param name="format"><c>png</c> or <c>pdf</c>.</param>
    public static byte[] Convert(string svg, string format)
    {
        using var drawing = new SKSvg();
        drawing.Settings.TypefaceProviders!.Insert(0, new CarriedFonts());
        if (drawing.FromSvg(svg) is not { } picture)
            throw new BadInputException(ErrorClasses.Drawing, format.ToUpperInvariant(), null, "an SVG drawing", "something else");
        using var bytes = new MemoryStream();
        var drawn = format == "pdf"
            ? picture.ToPdf(bytes, SKColors.White, 1, 1)
            : picture.ToImage(
                bytes, SKColors.White, SKEncodedImageFormat.Png, quality: 100, Zoom, Zoom, SKColorType.Rgba8888, SKAlphaType.Premul, drawing.Settings.Srgb);
        return drawn ? bytes.ToArray() : throw new InvalidOperationException($"no {format} came of a drawing");
    }
}
