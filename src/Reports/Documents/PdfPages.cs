using System.Globalization;
using Interpret.Reports.Figures;
using SkiaSharp;
using Svg.Skia;

namespace Interpret.Reports.Documents;

/// <summary>The pages of a PDF, filled from top to bottom: A4, turned. Lengths are points, y grows downwards.</summary>
internal sealed class PdfPages : IDisposable
{
    private const float Width = 842, Height = 595, Margin = 42, LineSpacing = 1.35f;

    /// <summary>Letters of a table, and what stands between its columns, by the size of the letters.</summary>
    private const float TableSize = 7.5f, SmallestTableSize = 5.5f, GapShare = 1.6f;

    /// <summary>What a column of texts is broken to.</summary>
    private const float LongestText = 320;

    private readonly MemoryStream bytes = new();
    private readonly SKDocument document;
    private readonly SKPaint ink = new() { Color = SKColors.Black, IsAntialias = true };
    private readonly SKPaint rule = new() { Color = new SKColor(0xB0, 0xB5, 0xBB), StrokeWidth = 0.5f };
    private readonly string footer;
    private SKCanvas? page;
    private int number;
    private float y;

    /// <param name="title">Of the document.</param>
    /// <param name="footer">Stands under every page, before its number.</param>
    public PdfPages(string title, string footer)
    {
        this.footer = footer;
        // No dates: the same content is to be the same bytes.
        document = SKDocument.CreatePdf(bytes, new SKDocumentPdfMetadata { Title = title, Creator = "Interpret", RasterDpi = 72, EncodingQuality = 101 });
    }

    private static float Room => Width - (2 * Margin);

    /// <summary>Ends the document.</summary>
    public byte[] ToArray()
    {
        EndPage();
        document.Close();
        return bytes.ToArray();
    }

    /// <summary>Text, broken into lines of the page's width.</summary>
    /// <param name="size">Of its letters.</param>
    /// <param name="before">Room above it.</param>
    /// <param name="keep">Room that must be left on the page below it, else it begins the next.</param>
    public void Text(string text, float size = 9, bool bold = false, float before = 4, float keep = 0)
    {
        using var font = Font(size, bold);
        y += page is null ? 0 : before;
        foreach (var line in Lines(text, font, Room))
        {
            Need((size * LineSpacing) + keep);
            keep = 0;
            y += size * LineSpacing;
            page!.DrawText(line, Margin, y, SKTextAlign.Left, font, ink);
        }
    }

    /// <summary>A drawing, as large as it is, or as the page allows.</summary>
    public void Drawing(string svg)
    {
        using var drawing = new SKSvg();
        drawing.Settings.TypefaceProviders!.Insert(0, new CarriedFonts());
        if (drawing.FromSvg(svg) is not { } picture) return;
        var bounds = picture.CullRect;
        var scale = Math.Min(1, Math.Min(Room / bounds.Width, (Height - (2 * Margin) - 40) / bounds.Height));
        Need(bounds.Height * scale);
        page!.Save();
        page.Translate(Margin, y + 4);
        page.Scale(scale);
        page.DrawPicture(picture, -bounds.Left, -bounds.Top);
        page.Restore();
        y += (bounds.Height * scale) + 8;
    }

    /// <summary>
    /// A table. Where its columns are wider than the page, its letters are smaller; where they would be too small to be read, it is continued below, with its
    /// first columns again.
    /// </summary>
    /// <param name="headers">Of the columns.</param>
    /// <param name="isText">Which columns hold words.</param>
    public void Table(IReadOnlyList<string> headers, IReadOnlyList<bool> isText, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = Widths(TableSize);
        var size = TableSize * Math.Min(1, Room / (widths.Sum() - (TableSize * GapShare)));
        if (size < SmallestTableSize) size = TableSize;
        else widths = Widths(size);
        var gap = size * GapShare;
        using SKFont font = Font(size, bold: false), heading = Font(size, bold: true);
        var keys = Math.Max(1, isText.TakeWhile(text => text).Count());
        if (keys == headers.Count) keys = 1;
        for (var next = 0; next < headers.Count;)
        {
            List<int> shown = next == 0 ? [] : [.. Enumerable.Range(0, keys)];
            do shown.Add(next++);
            while (next < headers.Count && shown.Sum(i => widths[i]) + widths[next] <= Room + gap + 1);
            Part(shown);
            y += 6;
        }

        float[] Widths(float letters)
        {
            using SKFont plain = Font(letters, bold: false), bold = Font(letters, bold: true);
            return [.. headers.Select((header, i) => Math.Min(
                isText[i] ? LongestText : float.MaxValue,
                rows.Select(row => plain.MeasureText(row[i])).Append(bold.MeasureText(header)).Max()) + (letters * GapShare))];
        }

        void Part(List<int> shown)
        {
            Need(3 * size * LineSpacing);
            Row(headers, heading, shown);
            Rule();
            foreach (var row in rows)
            {
                var height = Cells(row, shown).Max(cell => cell.Count) * size * LineSpacing;
                if (y + height > Height - Margin)
                {
                    EndPage();
                    Need(0);
                    Row(headers, heading, shown);
                    Rule();
                }

                Row(row, font, shown);
            }

            Rule();
        }

        IEnumerable<List<string>> Cells(IReadOnlyList<string> row, List<int> shown) => shown.Select(i => Lines(row[i], font, Math.Min(widths[i] - gap, Room)));

        void Row(IReadOnlyList<string> row, SKFont with, List<int> shown)
        {
            var (x, lines) = (Margin, 1);
            foreach (var i in shown)
            {
                var cell = Lines(row[i], with, Math.Min(widths[i] - gap, Room));
                lines = Math.Max(lines, cell.Count);
                for (var line = 0; line < cell.Count; line++)
                {
                    var at = y + ((line + 1) * size * LineSpacing);
                    if (isText[i]) page!.DrawText(cell[line], x, at, SKTextAlign.Left, with, ink);
                    else page!.DrawText(cell[line], x + widths[i] - gap, at, SKTextAlign.Right, with, ink);
                }

                x += widths[i];
            }

            y += lines * size * LineSpacing;
        }
    }

    public void Dispose()
    {
        ink.Dispose();
        rule.Dispose();
        document.Dispose();
        bytes.Dispose();
    }

    private void Rule()
    {
        y += 2.5f;
        page!.DrawLine(Margin, y, Width - Margin, y, rule);
        y += 1;
    }

    /// <summary>Begins a page where there is none or too little room is left.</summary>
    private void Need(float height)
    {
        if (page is not null && y + height <= Height - Margin) return;
        EndPage();
        page = document.BeginPage(Width, Height);
        number++;
        y = Margin;
    }

    private void EndPage()
    {
        if (page is null) return;
        using var font = Font(7, bold: false);
        page.DrawText(footer, Margin, Height - 20, SKTextAlign.Left, font, ink);
        page.DrawText(number.ToString(CultureInfo.InvariantCulture), Width - Margin, Height - 20, SKTextAlign.Right, font, ink);
        document.EndPage();
        page = null;
    }

    private static SKFont Font(float size, bool bold) => new(bold ? CarriedFonts.Bold : CarriedFonts.Regular, size) { Subpixel = true };

    /// <summary>A text in lines no wider than some width: broken at blanks, and within a word that alone is wider.</summary>
    private static List<string> Lines(string text, SKFont font, float width)
    {
        var (lines, line) = (new List<string>(), "");
        foreach (var word in text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (font.MeasureText(longer) <= width + 0.01f)
            {
                line = longer;
                continue;
            }

            if (line.Length > 0) lines.Add(line);
            line = word;
            while (font.MeasureText(line) > width + 0.01f)
            {
                var fits = Math.Max(1, font.BreakText(line, width));
                if (fits < line.Length && char.IsHighSurrogate(line[fits - 1])) fits = Math.Max(2, fits - 1);
                if (fits >= line.Length) break;
                lines.Add(line[..fits]);
                line = line[fits..];
            }
        }

        return [.. lines, line];
    }
}
