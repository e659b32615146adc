using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Interpret.Reports.Formats;
using static Interpret.Reports.Documents.Html;

namespace Interpret.Reports.Documents;

/// <summary>One HTML file that stands alone: it fetches nothing, runs nothing, and follows the reader's choice of light or dark.</summary>
public sealed class HtmlDocument : IDocumentFormat
{
    private const string Style = """

        :root { color-scheme: light; --page: #fff; --text: #1b1f24; --quiet: #4d5660; --line: #d5dae0; --link: #14539a;
          --warn: #7a4300; --warn-back: #fdeccf }
        @media (prefers-color-scheme: dark) {
          :root { color-scheme: dark; --page: #14171b; --text: #e6e9ed; --quiet: #a9b3be; --line: #39424d; --link: #8dbcf5;
            --warn: #f6c677; --warn-back: #43300f }
        }
        body { margin: 0 auto; max-width: 80rem; padding: 1rem 1.5rem 3rem; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif }
        h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1.05rem; margin: 2rem 0 .5rem }
        a { color: var(--link) } a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums }
        caption { text-align: left; padding-bottom: .5rem; max-width: 60rem }
        th, td { text-align: left; padding: .25rem 1.1rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; font-weight: normal }
        thead th { color: var(--quiet); font-size: .85rem; vertical-align: bottom; border-bottom-color: var(--quiet) }
        .report td, .report th { white-space: nowrap }
        .n, .report .n { text-align: right }
        .scroll { overflow-x: auto }
        .small { font-size: .9rem; color: var(--quiet) }
        .warning { background: var(--warn-back); color: var(--warn); padding: .5rem .75rem; border-radius: .35rem }
        .drawing { background: #fff; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1rem; display: inline-block;
          max-width: 100%; box-sizing: border-box } .drawing svg { max-width: 100%; height: auto }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem } dd { margin: 0 }
        code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
        @media print {
          body { max-width: none; padding: 0; font-size: 9pt } .scroll { overflow: visible } nav { display: none }
          .report td, .report th { padding-right: .5rem }
        }

        """;

    /// <summary>Nothing is fetched, nothing runs, and no style counts but the page's own, which the policy knows by its hash.</summary>
    private static readonly string OwnPolicy =
        $"default-src 'none'; style-src 'sha256-{Html.Hash(Style)}'; base-uri 'none'; form-action 'none'";

    public string Name => "html";
    public string Extension => "html";
    public string MediaType => "text/html; charset=utf-8";
    public string Policy => $"{OwnPolicy}; frame-ancestors 'none'";

    public byte[] Render(StudyDocument document)
    {
        var sections = document.Sections.SelectMany((section, i) => Section(section, i)).ToList();
        var body = Lines(
        [
            Element("h1", $"Study {document.Study}"),
            document.HasRehearsal ? Element("p", At("class", "warning"), StudyDocument.RehearsalWarning) : null,
            Element("ul", Lines(document.Facts.Select(fact => Element("li", fact)))),
            Contents(document),
            .. sections,
            Element("h2", At("id", "lineage"), "What it was made from"),
            Element("p", StudyDocument.LineageNote),
            Scrolled("What it was made from", Table(
                ["what", "hash", "of"], document.Lineage.Select(one => (IReadOnlyList<object>)[one.What, Element("code", one.Hash), one.Meaning]))),
            Element("h2", At("id", "settings"), "Settings"),
            Scrolled("Settings", Table(["setting", "value"], document.Settings.Select(one => (IReadOnlyList<object>)[Element("code", one.Name), one.Value]))),
        ]);
        return Encoding.UTF8.GetBytes(Page($"Study {document.Study}", Style, OwnPolicy, [Element("main", body)]));
    }

    private static XElement Contents(StudyDocument document) => Element(
        "nav", At("aria-label", "Contents"), Element("ul", Lines(
        [
            .. document.Sections.Select((section, i) => Element(
                "li", section.Heading, ": ", section.Reports.SelectMany(report => new object[]
                {
                    Element("a", At("href", $"#{Id(i, report)}"), report.Table.Title), " ",
                }))),
            Element("li", Element("a", At("href", "#lineage"), "What it was made from"), ", ", Element("a", At("href", "#settings"), "settings")),
        ])));

    private static IEnumerable<XElement> Section(DocumentSection section, int number)
    {
        yield return Element("h2", section.Heading);
        foreach (var report in section.Reports)
        {
            var (id, table) = (Id(number, report), report.Table);
            yield return Element("h3", At("id", id), table.Title);
            if (report.Failure is { } failure)
            {
                yield return Element("p", At("class", "warning"), failure);
                continue;
            }

            if (report.Drawing is { } drawing)
                yield return Element("figure", At("class", "drawing"), Html.Drawing(drawing, id));
            yield return Scrolled(table.Title, Table(table));
            if (table.Footnote is { } note) yield return Element("p", At("class", "small"), note);
            if (table.Legends.Any())
            {
                yield return Element("dl", At("class", "small"), Lines(
                    table.Legends.SelectMany(legend => new[] { Element("dt", legend.Headers), Element("dd", legend.Meaning) })));
            }
        }
    }

    private static string Id(int section, DocumentReport report) => string.Create(CultureInfo.InvariantCulture, $"{report.Name}-{section + 1}");

    /// <summary>Wide tables are moved within their frame, by keyboard too.</summary>
    private static XElement Scrolled(string name, XElement table) =>
        Element("div", At("class", "scroll"), At("role", "region"), At("tabindex", "0"), At("aria-label", name), table);

    private static XElement Table(ReportTable table) => Element(
        "table", At("class", "report"), Lines(
            Element("caption", table.Caption),
            Element("thead", Element("tr", table.Flat.Select(column => Element("th", At("scope", "col"), Aligned(column), column.Header)))),
            Element("tbody", Lines(table.Rows.Select(row => Element("tr", table.Flat.Select((column, i) => i == 0 && column.IsText
                ? Element("th", At("scope", "row"), column.Readable(row))
                : Element("td", Aligned(column), Exact(column, row), column.Readable(row)))))))));

    private static XAttribute? Aligned(FlatColumn column) => column.IsText ? null : At("class", "n");

    /// <summary>Under the pointer stands a number in full.</summary>
    private static XAttribute? Exact(FlatColumn column, IReadOnlyList<ReportCell> row) =>
        !column.IsText && column.Exact(row) is { Length: > 0 } exact && exact != column.Readable(row) ? At("title", exact) : null;

    private static XElement Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<object>> rows) => Element(
        "table", Lines(
            Element("thead", Element("tr", headers.Select(header => Element("th", At("scope", "col"), header)))),
            Element("tbody", Lines(rows.Select(row => Element("tr", row.Select((cell, i) => i == 0
                ? Element("th", At("scope", "row"), cell) : Element("td", cell))))))));
}
