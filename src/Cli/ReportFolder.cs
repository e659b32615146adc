using System.Globalization;
using System.Text;
using Interpret.Cli.Clients;
using Interpret.Reports;
using Interpret.Reports.Formats;

namespace Interpret.Cli;

/// <summary>Writes a folder with each table that a study has results for, in each format, its figures, and a page about the study.</summary>
public static class ReportFolder
{
    /// <returns>The tables, as text, for the screen.</returns>
    public static async Task<string> WriteAsync(StudyClient client, string study, string folder, CancellationToken cancel)
    {
        var list = await client.ReportsAsync(study, cancel);
        var (screen, page) = (new StringBuilder(), new StringBuilder());
        page.AppendLine($"# Study {study}").AppendLine().AppendLine(string.Concat(list.Facts.Select(fact => $"* {fact}\n")));
        foreach (var pair in list.Pairs)
        {
            var suffix = list.Pairs.Count > 1 ? $"-{pair.Base}-{pair.Tuned}" : "";
            var heading = $"{pair.Base} (base) and {pair.Tuned} (tuned)";
            screen.AppendLine(CultureInfo.InvariantCulture, $"{study}: {heading}").AppendLine();
            page.AppendLine($"## {heading}").AppendLine();
            foreach (var name in pair.Reports)
            {
                var figure = StudyReports.All.TryGet(name, out var report) ? report as IDrawnReport : null;
                IReadOnlyList<IReportFormat?> formats = figure is null ? ReportFormats.All : [null, .. ReportFormats.All];
                foreach (var (format, text) in formats.Zip(await client.ReportAsync(study, name, pair.Tuned, formats, cancel)))
                {
                    var file = $"{name}{suffix}.{format?.Extension ?? IDrawnReport.Extension}";
                    await Screen.WriteAsync(Path.Combine(folder, file), text);
                    if (format is null)
                        page.AppendLine(CultureInfo.InvariantCulture, $"![{figure!.Title}](<{file}>)").AppendLine();
                    if (format == ReportFormats.Text)
                        screen.AppendLine(text);
                    if (format == ReportFormats.Markdown)
                        page.AppendLine(text);
                }
            }
        }

        await Screen.WriteAsync(Path.Combine(folder, "report.md"), page.ToString());
        return screen.ToString();
    }
}
