using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Interpret.Contracts;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
using Interpret.Reports.Tables;

namespace Interpret.Unit.Tests.Tables;

public sealed partial class When_a_study_becomes_one_file
{
    private const string Hostile = "<script>alert(1)</script> & \"x\" \uFFFE\u0001";

    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";

    private const string Figure = """
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><pattern id="hatch" /><rect fill="url(#hatch)" width="9" height="9" /></svg>
        """;

    private static readonly Column<(string Group, double Mean)>[] Columns =
    [
        new("group", "group", ColumnKind.Text, row => row.Group),
        new("mean", "mean", ColumnKind.Value, row => row.Mean, "what is usual", BeyondPaper: true),
    ];

    [Fact]
    public void It_is_well_formed_and_no_text_of_others_is_markup()
    {
        var page = XDocument.Parse(Render(Hostile));
        page.DocumentType!.Name.ShouldBe("html");
        page.Descendants(Html + "script").ShouldBeEmpty();
        page.Descendants(Html + "h1").Single().Value.ShouldStartWith("Study <script>alert(1)</script> & \"x\"");
        foreach (var table in page.Descendants(Html + "table").Where(table => (string?)table.Attribute("class") == "report"))
            table.Elements().First().Name.ShouldBe(Html + "caption");
        page.Descendants(Html + "td").ShouldContain(cell => cell.Value == "0.333" && (string?)cell.Attribute("title") == "0.3333333333333333");
        Render(Hostile).ShouldNotContain("<th></th>"); // an element that HTML closes by itself would swallow what follows
        Regex.Matches(Render(Hostile), "<(td|th|dd|dt|div|p|li|code)( [^>]*)?/>").ShouldBeEmpty();
    }

    [Fact]
    public void It_fetches_and_runs_nothing_and_its_policy_allows_its_own_style_alone()
    {
        var page = XDocument.Parse(Render("s"));
        var policy = page.Descendants(Html + "meta").Single(one => (string?)one.Attribute("http-equiv") == "Content-Security-Policy");
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(page.Descendants(Html + "style").Single().Value)));
        ((string?)policy.Attribute("content")).ShouldBe($"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
        page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "style" && !attribute.Value.StartsWith('#'))
            .ShouldBeEmpty();
        Elsewhere().Matches(Render("s")).Select(match => match.Value).Distinct().ShouldBe(["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"]);
    }

    [Fact]
    public void Its_links_lead_somewhere_and_two_figures_do_not_share_a_pattern()
    {
        var page = XDocument.Parse(Render("s"));
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        ids.ShouldBeUnique();
        page.Descendants(Html + "a").Select(link => ((string)link.Attribute("href")!)[1..]).ShouldBeSubsetOf(ids);
        page.Descendants().Attributes("fill").Select(fill => fill.Value).ShouldBe(["url(#figure3-1-hatch)", "url(#figure3-2-hatch)"]);
        ids.ShouldContain("figure3-2-hatch");
    }

    [Fact]
    public void A_rehearsal_is_said_first() => Render("s", rehearsal: true).ShouldContain("class=\"warning\">Some of this comes from a rehearsal");

    [Fact]
    public void Settings_say_what_the_file_says_without_where_files_lie()
    {
        var study = new StudyDefinition(
            "s", [new("llama", "7B", ModelRole.Base, "/models/llama") { Template = new("chat.jinja", new string('x', 200)) }], "/data/set.tsv", null, null, null,
            new AttributionSettings(Levels: 12), new AttentionSettings(), new FeedForwardSettings(), new AnnotationSettings())
        { Verbs = new([.. Enumerable.Range(0, 20).Select(i => $"verb{i}")], ["be", "do"]) };
        var settings = StudySetting.Of(study.ToJson()).ToDictionary(one => one.Name, one => one.Value);
        settings["models.llama.checkpoint"].ShouldBe("llama");
        settings["models.llama.template.text"].ShouldMatch("^SHA-256 [0-9a-f]{64}$");
        (settings["dataset"], settings["attribution.levels"], settings["verbs.general"]).ShouldBe(("set.tsv", "12", "be, do"));
        settings["verbs.instruction"].ShouldStartWith("20 entries, SHA-256 ");
        settings["annotation.endpoint"].ShouldBe("https://api.openai.com/v1");
        settings.Keys.ShouldNotContain("name");
    }

    [Fact]
    public void As_a_PDF_it_is_the_same_bytes_each_time_and_long_tables_take_several_pages()
    {
        var file = new PdfDocument().Render(Document(Hostile));
        Encoding.ASCII.GetString(file, 0, 5).ShouldBe("%PDF-");
        new PdfDocument().Render(Document(Hostile)).ShouldBe(file);
        Encoding.Latin1.GetString(file).ShouldNotContain("/CreationDate");
        Pages(file).ShouldBe(2);

        var rows = Enumerable.Range(0, 200).Select(i => ($"group {i}", i / 7.0));
        var columns = Enumerable.Range(0, 60).Select(i => new Column<(string, double)>($"c{i}", $"column {i}", ColumnKind.Value, row => row.Item2));
        Pages(Pdf(ReportTable.Of("long", "Many rows.", Columns, rows))).ShouldBe(5);
        Pages(Pdf(ReportTable.Of("wide", "Many columns.", [Columns[0], .. columns], [("a", 1.0)]))).ShouldBe(1);
        Pages(Pdf(ReportTable.Of("both", "Many of both.", [Columns[0], .. columns], rows))).ShouldBeGreaterThan(20);
    }

    /// <summary>Numbers of the length that real ones have: beside its first column, a part that is continued below would have a few alone.</summary>
    [Fact]
    public void Tables_of_the_paper_s_columns_fit_across_a_page_of_a_PDF()
    {
        var random = new Random(1);
        var narrow = Pages(Pdf(ReportTable.Of("narrow", "As many rows.", [Columns[0]], Enumerable.Range(0, 201).Select(i => ($"self-instruct-{i:000}", 1.0)))));
        narrow.ShouldBeGreaterThan(2);
        ScoredCase[] Cases(double more) => [.. from @group in Enumerable.Range(0, 200) from i in Enumerable.Range(0, 10)
                                               select new ScoredCase($"self-instruct-{@group:000}_{i}", random.NextDouble() + more, 9)];
        var rated = Cases(0).Select(one => new RatedCase(one.Id, one.Score, 9, random.Next(1, 3)));
        foreach (var table in new[] { Table1.Of(Table1.From(rated)), Table2.Of(Table2.From(Cases(0), Cases(0.001))) })
            Pages(Pdf(table)).ShouldBeLessThanOrEqualTo(narrow + 1, table.Title); // and one for the meaning of its columns
    }

    [Fact]
    public void A_report_that_could_not_be_made_says_so_in_its_place()
    {
        var table = ReportTable.Of("Table 1", "A table.", Columns, [("a", 1.0)]);
        var document = new StudyDocument("s", [], [new("pair", [DocumentReport.Without("table3", $"rows of {Hostile}"), new("table1", table, null)])], [], []);
        var page = XDocument.Parse(Encoding.UTF8.GetString(new HtmlDocument().Render(document)));
        var heading = page.Descendants(Html + "h3").Single(one => one.Value == "table3");
        var said = heading.ElementsAfterSelf().First();
        (said.Name, (string?)said.Attribute("class")).ShouldBe((Html + "p", "warning"));
        said.Value.ShouldStartWith("table3 could not be made: rows of <script>alert(1)</script>");
        page.Descendants(Html + "table").Count(one => (string?)one.Attribute("class") == "report").ShouldBe(1);
        Pages(new PdfDocument().Render(document)).ShouldBe(1);
    }

    private static byte[] Pdf(ReportTable table) => new PdfDocument().Render(new("s", [], [new("all", [new("table1", table, null)])], [], []));

    private static int Pages(byte[] pdf) => Regex.Count(Encoding.Latin1.GetString(pdf), "/Type /Page[^s]");

    private static string Render(string text, bool rehearsal = false) => Encoding.UTF8.GetString(new HtmlDocument().Render(Document(text, rehearsal)));

    private static StudyDocument Document(string text, bool rehearsal = false)
    {
        var table = ReportTable.Of(text, $"A table of {text}.", Columns, [(text, 1 / 3.0)], rehearsal);
        DocumentSection Section(string heading) => new(heading, [new("table1", table, null), new("figure3", table, Figure)]);
        return new(text, [text], [Section("first"), Section("second")], [new("study", text, "of all")], [new("attribution.levels", text)]);
    }

    [GeneratedRegex("(https?:)?//[^\"'\\s<]+")]
    private static partial Regex Elsewhere();
}
