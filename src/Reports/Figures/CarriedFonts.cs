using SkiaSharp;
using Svg.Skia.TypefaceProviders;

namespace Interpret.Reports.Figures;

/// <summary>One family for every name: DejaVu Sans, upright.</summary>
internal sealed class CarriedFonts : ITypefaceProvider
{
    public static SKTypeface Regular { get; } = Load("DejaVuSans.ttf");

    public static SKTypeface Bold { get; } = Load("DejaVuSans-Bold.ttf");

    public SKTypeface FromFamilyName(string fontFamily, SKFontStyleWeight fontWeight, SKFontStyleWidth fontWidth, SKFontStyleSlant fontStyle) =>
        fontWeight >= SKFontStyleWeight.SemiBold ? Bold : Regular;

    private static SKTypeface Load(string name) => SKTypeface.FromStream(typeof(CarriedFonts).Assembly.GetManifestResourceStream($"fonts/{name}")!);
}
