using System.Globalization;
using System.Text;
using Interpret.Reports;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Cli;

/// <summary>Writes everything a study has to say into a folder: each table that it has results for, in each format, its figure, and a page about the study.</summary>
public static class ReportFolder
{
    private static readonly (ReportFormat Format, string Extension)[] Formats =
        [(ReportFormat.Text, "txt"), (ReportFormat.Markdown, "md"), (ReportFormat.Latex, "tex"), (ReportFormat.Csv, "csv"), (ReportFormat.Json, "json")];

    /// <returns>The tables, as text, for the screen.</returns>
    public static async Task<string> WriteAsync(SqliteStorage storage, string study, string folder, CancellationToken cancel)
    {
        var reports = new StudyReports(storage);
        var pairs = await reports.PairsAsync(study, cancel);
        var (screen, page) = (new StringBuilder(), new StringBuilder());
        page.AppendLine($"# Study {study}").AppendLine().AppendLine(await FactsAsync(storage, study, cancel));
        foreach (var pair in pairs)
        {
            var suffix = pairs.Count > 1 ? $"-{pair.Base}-{pair.Tuned}" : "";
            var heading = $"{pair.Base} (base) and {pair.Tuned} (tuned)";
            screen.AppendLine(CultureInfo.InvariantCulture, $"{study}: {heading}").AppendLine();
            page.AppendLine($"## {heading}").AppendLine();
            foreach (var name in await reports.AvailableAsync(study, pair, cancel))
            {
                var figure = name == StudyReports.Figure3Name ? await reports.Figure3Async(study, pair, cancel) : null;
                var table = figure?.ToReport() ?? await reports.TableAsync(study, name, pair, cancel);
                foreach (var (format, extension) in Formats)
                    await Screen.WriteAsync(Path.Combine(folder, $"{name}{suffix}.{extension}"), table.Render(format));
                screen.AppendLine(table.Render(ReportFormat.Text));
                if (figure is not null)
                {
                    var file = $"{name}{suffix}.svg";
                    await Screen.WriteAsync(Path.Combine(folder, file), Figure3Svg.Render(figure));
                    page.AppendLine(CultureInfo.InvariantCulture, $"![{table.Title}](<{file}>)").AppendLine();
                }

                page.AppendLine(table.Render(ReportFormat.Markdown));
            }
        }

        await Screen.WriteAsync(Path.Combine(folder, "report.md"), page.ToString());
        return screen.ToString();
    }

    private static async Task<string> FactsAsync(SqliteStorage storage, string study, CancellationToken cancel)
    {
        await using var context = await storage.CreateDbContextAsync(cancel);
        var text = new StringBuilder();
        foreach (var model in await context.Models.AsNoTracking().Where(m => m.StudyId == study).OrderBy(m => m.Position).ToListAsync(cancel))
            text.AppendLine($"* {model.Role}: {model.Name}{(model.Size is null ? "" : $" {model.Size}")}{(model.Checkpoint is null ? " (imported)" : "")}");
        var prompts = await context.Prompts.CountAsync(p => p.StudyId == study, cancel);
        var ratings = await context.Ratings.CountAsync(r => r.StudyId == study, cancel);
        text.AppendLine($"* {prompts} prompts, {ratings} ratings");
        var words = await context.Vocabulary.CountAsync(v => v.StudyId == study, cancel);
        if (words > 0)
            text.AppendLine($"* {words} vocabulary words, {await context.Vocabulary.CountAsync(v => v.StudyId == study && v.Vector != null, cancel)} with a static word vector");
        var units = await context.WorkUnits.Where(u => u.StudyId == study).GroupBy(u => new { u.Status, u.ErrorClass })
            .Select(g => new { g.Key.Status, g.Key.ErrorClass, Count = g.Count() }).ToListAsync(cancel);
        text.AppendLine($"* {units.Where(u => u.Status == UnitStatus.Done).Sum(u => u.Count)} units done");
        foreach (var group in units.Where(u => u.Status == UnitStatus.Parked).OrderBy(u => u.ErrorClass, StringComparer.Ordinal))
            text.AppendLine($"* {group.Count} parked: {group.ErrorClass}");
        return text.ToString();
    }
}
