using System.Globalization;
using System.Text;
using Interpret.Cli.Clients;
using Interpret.Reports;
using Interpret.Reports.Formats;

namespace Interpret.Cli;

/// <summary>
/// Writes a folder with each table that a study has results for, in each format, its figures, and a page about the study. Nothing is written before all
/// is made.
/// </summary>
public static class ReportFolder
{
    /// <summary>In bytes: file systems allow 255 for a name.</summary>
    private const int LongestSuffix = 200;

    /// <returns>The tables, as text, for the screen; and the reports that could not be made, each with its reason.</returns>
    public static async Task<(string Tables, IReadOnlyList<string> Failed)> WriteAsync(
        StudyClient client, string study, string folder, CancellationToken cancel)
    {
        var list = await client.ReportsAsync(study, cancel);
        var (screen, page, attempts) = (new StringBuilder(), new StringBuilder(), new ReportAttempts());
        page.AppendLine($"# Study {MarkdownFormat.Escape(study)}").AppendLine();
        page.AppendLine(string.Concat(list.Facts.Select(fact => $"* {MarkdownFormat.Escape(fact)}\n")));
        var files = new List<(string Name, string Text)>();
        foreach (var (pair, suffix) in list.Pairs.Zip(Suffixes(list.Pairs)))
        {
            var heading = $"{pair.Base} (base) and {pair.Tuned} (tuned)";
            screen.AppendLine(CultureInfo.InvariantCulture, $"{study}: {heading}").AppendLine();
            page.AppendLine($"## {MarkdownFormat.Escape(heading)}").AppendLine();
            foreach (var name in pair.Reports)
                await AddAsync(name, suffix, pair.Tuned);
        }

        if (list.Reports.Count > 0)
        {
            screen.AppendLine(CultureInfo.InvariantCulture, $"{study}: all models").AppendLine();
            page.AppendLine("## All models").AppendLine();
        }

        foreach (var name in list.Reports)
            await AddAsync(name, "", null);
        attempts.RequireOne();
        if (list.Facts.Contains(StudyReports.WithoutComparison))
            screen.AppendLine(StudyReports.WithoutComparison).AppendLine();
        files.Add(("report.md", page.ToString()));
        foreach (var (file, text) in files)
            await Screen.WriteAsync(Path.Combine(folder, file), text);
        return (screen.ToString(), attempts.Failed);

        async Task AddAsync(string name, string suffix, string? tuned)
        {
            var figure = StudyReports.All.TryGet(name, out var report) ? report as IDrawnReport : null;
            IReadOnlyList<IReportFormat?> formats = figure is null ? ReportFormats.All : [null, .. ReportFormats.All];
            var (texts, reason) = await attempts.MakeAsync($"{name}{suffix}", () => client.ReportAsync(study, name, tuned, formats, cancel));
            if (texts is null)
            {
                page.AppendLine(MarkdownFormat.Escape($"{name} could not be made: {reason}")).AppendLine();
                return;
            }

            foreach (var (format, text) in formats.Zip(texts))
            {
                var file = $"{name}{suffix}.{format?.Extension ?? IDrawnReport.Extension}";
                files.Add((file, text));
                if (format is null)
                    page.AppendLine(CultureInfo.InvariantCulture, $"![{figure!.Title}](<{Address(file)}>)").AppendLine();
                if (format == ReportFormats.Text)
                    screen.AppendLine(text);
                if (format == ReportFormats.Markdown)
                    page.AppendLine(text);
            }
        }
    }

    /// <summary>A file's name between the angle brackets of a Markdown link.</summary>
    private static string Address(string file) =>
        file.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal).Replace(">", "\\>", StringComparison.Ordinal);

    /// <summary>
    /// What follows a report's name in its files' names: nothing for one pair, else the pair's models, or its number where these would be too long for a
    /// file's name. No two are the same, wherever upper and lower case are: a with b-c and a-b with c are told apart by a number.
    /// </summary>
    public static IReadOnlyList<string> Suffixes(IReadOnlyList<PairReports> pairs)
    {
        if (pairs.Count == 1)
            return [""];
        var (suffixes, taken) = (new List<string>(), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        foreach (var pair in pairs)
        {
            var names = $"-{pair.Base}-{pair.Tuned}";
            if (Encoding.UTF8.GetByteCount(names) > LongestSuffix)
                names = $"-pair-{suffixes.Count + 1}";
            var suffix = names;
            for (var i = 2; !taken.Add(suffix); i++)
                suffix = $"{names}-{i}";
            suffixes.Add(suffix);
        }

        return suffixes;
    }
}
