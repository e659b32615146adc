using Interpret.Reports;
using Interpret.WorkUnits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Pages;

/// <summary>
/// Asks for what the first pages show once the service has started: else who opens the first waits until .NET and Entity Framework have compiled what reads it.
/// </summary>
internal sealed class FirstViews(StudyQueries queries, StudyReports reports, ILogger<FirstViews> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the service's start does not wait for it
        try
        {
            var studies = await queries.OverviewsAsync(null, cancel: stoppingToken);
            await queries.WorkersAsync(cancel: stoppingToken);
            if (studies.Count == 0) return;
            var list = await reports.ListAsync(studies[0].Study, stoppingToken);
            foreach (var pair in list.Pairs.Take(1))
            {
                foreach (var name in pair.Reports.Intersect(["table1", "table2"], StringComparer.Ordinal))
                    await reports.ReportAsync(list.Study, name, pair.Tuned, stoppingToken);
            }
        }
        catch (Exception e) // also that the service ends before it has begun, which is told of what ends it
        {
            log.LogDebug(e, "What the first pages show could not be read"); // the page that shows it says so
        }
    }
}
