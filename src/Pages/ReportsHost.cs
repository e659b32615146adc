using Interpret.Reports;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.Pages;

/// <summary>
/// The reports of a cluster, for programs and as pages. All that it knows is in the database, so as many may run as are asked, in any order: what a page
/// does to a study is a change of rows, which the orchestrator finds when it next looks.
/// </summary>
public static class ReportsHost
{
    /// <summary>Where it listens on loopback.</summary>
    public const int Port = 8081;

    public static void AddReports(this IHostApplicationBuilder builder)
    {
        builder.AddDatabase(connections: 6);
        builder.Services.AddSingleton<StudyReports>().AddWorkUnits().AddPages();
    }
}
