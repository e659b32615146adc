using Interpret.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.Reports;

/// <summary>The reports of a cluster: reads the database and nothing else, so as many may run as are asked.</summary>
public static class ReportsHost
{
    /// <summary>Where it listens on loopback.</summary>
    public const int Port = 8081;

    public static void AddReports(this IHostApplicationBuilder builder)
    {
        builder.AddDatabase(connections: 6);
        builder.Services.AddSingleton<StudyReports>();
    }
}
