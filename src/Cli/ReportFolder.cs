using System.Globalization;
using System.Text;
using Interpret.Cli.Clients;
using Interpret.Reports;
using Interpret.Reports.Formats;

namespace Interpret.Cli;

/// <summary>Writes everything a study has to say into a folder: each table that it has results for, in each format, its figure, and a page about the study.</summary>
public static class ReportFolder
{
    private static readonly (ReportFormat Format, string Extension)[] Formats =
        [(ReportFormat.Text, "txt"), (ReportFormat.Markdown, "md"), (ReportFormat.Latex, "tex"), (ReportFormat.Csv, "csv"), (ReportFormat.Json, "json")];

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
                if (name == StudyReports.Figure3Name)
                {
                    var file = $"{name}{suffix}.svg";
                    await Screen.WriteAsync(Path.Combine(folder, file), await client.ReportAsync(study, name, pair.Tuned, null, cancel));
                    page.AppendLine(CultureInfo.InvariantCulture, $"![Figure 3](<{file}>)").AppendLine();
                }

                foreach (var (format, extension) in Formats)
                {
                    var text = await client.ReportAsync(study, name, pair.Tuned, format, cancel);
                    await Screen.WriteAsync(Path.Combine(folder, $"{name}{suffix}.{extension}"), text);
                    if (format == ReportFormat.Text)
                        screen.AppendLine(text);
                    if (format == ReportFormat.Markdown)
                        page.AppendLine(text);
                }
            }
        }

        await Screen.WriteAsync(Path.Combine(folder, "report.md"), page.ToString());
        return screen.ToString();
    }
}
