namespace Interpret.Reports.Documents;

/// <summary>A PDF of A4 pages, turned: made without a browser, its letters carried along.</summary>
public sealed class PdfDocument : IDocumentFormat
{
    public string Name => "pdf";
    public string Extension => "pdf";
    public string MediaType => "application/pdf";

    public byte[] Render(StudyDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        using var pages = new PdfPages($"Study {document.Study}", $"Study {document.Study}");
        pages.Text($"Study {document.Study}", 18, bold: true);
        if (document.HasRehearsal) pages.Text(StudyDocument.RehearsalWarning, 10, bold: true);
        foreach (var fact in document.Facts) pages.Text($"•  {fact}");
        foreach (var section in document.Sections)
        {
            pages.Text(section.Heading, 14, bold: true, before: 20, keep: 80);
            foreach (var report in section.Reports) Write(pages, report);
        }

        pages.Text("What it was made from", 14, bold: true, before: 20, keep: 80);
        pages.Text(StudyDocument.LineageNote);
        pages.Table(["what", "hash", "of"], [true, true, true], [.. document.Lineage.Select(one => (string[])[one.What, one.Hash, one.Meaning])]);
        pages.Text("Settings", 14, bold: true, before: 20, keep: 80);
        pages.Table(["setting", "value"], [true, true], [.. document.Settings.Select(one => (string[])[one.Name, one.Value])]);
        return pages.ToArray();
    }

    private static void Write(PdfPages pages, DocumentReport report)
    {
        var table = report.Table;
        pages.Text(table.Title, 11, bold: true, before: 14, keep: 60);
        if (report.Failure is { } failure)
        {
            pages.Text(failure);
            return;
        }

        pages.Text(table.Caption);
        if (report.Drawing is { } drawing) pages.Drawing(drawing);
        pages.Table(
            [.. table.Flat.Select(column => column.Header)], [.. table.Flat.Select(column => column.IsText)],
            [.. table.Rows.Select(row => table.Flat.Select(column => column.Readable(row)).ToArray())]);
        if (table.Footnote is { } note) pages.Text(note, 7.5f);
        foreach (var (_, headers, meaning) in table.Legends) pages.Text($"{headers}: {meaning}", 7.5f, before: 0);
    }
}
