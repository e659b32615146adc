using Interpret.Contracts;

namespace Interpret.Reports.Formats;

/// <summary>A format in which tables are written: the same in every culture, each text ending in a line end.</summary>
public interface IReportFormat : IKind
{
    /// <summary>How the names of its files end, without the dot.</summary>
    string Extension { get; }

    /// <summary>What it is over HTTP.</summary>
    string MediaType { get; }

    /// <summary>The table in this format.</summary>
    string Render(ReportTable table);

    /// <summary>Several tables as one text.</summary>
    /// <param name="tables">The names of the reports with their texts.</param>
    string Join(IEnumerable<(string Report, string Text)> tables) => string.Join("\n\n", tables.Select(table => table.Text.TrimEnd('\n')));
}

/// <summary>The formats in which tables are written.</summary>
public static class ReportFormats
{
    /// <summary>What is written unless something else is asked for.</summary>
    public static IReportFormat Text { get; } = new TextFormat();

    /// <summary>As <see cref="Text"/>, with all columns.</summary>
    public static IReportFormat TextAll { get; } = new TextAllFormat();

    /// <summary>What the page about a study is written in.</summary>
    public static IReportFormat Markdown { get; } = new MarkdownFormat();

    /// <summary>All, in the order in which they are named.</summary>
    public static Kinds<IReportFormat> All { get; } =
        new("format", Text, TextAll, Markdown, new LatexFormat(), new LatexAllFormat(), new CsvFormat(), new JsonFormat());
}
