using Interpret.Contracts;
using Interpret.Reports.Formats;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Reports.Http;

/// <summary>What the reports service answers over HTTP.</summary>
internal static class ReportEndpoints
{
    public static void MapStudyReports(this IEndpointRouteBuilder app)
    {
        app.MapGet("/studies/{study}/reports", (string study, StudyReports reports, CancellationToken cancel) => reports.ListAsync(study, cancel));
        app.MapGet("/studies/{study}/reports/{name}", async (string study, string name, string? tuned, string? format, StudyReports reports, CancellationToken cancel) =>
        {
            var asked = Format(format);
            return Results.Text(await reports.RenderAsync(study, name, tuned, asked, cancel), Type(asked, name));
        });
    }

    private static ReportFormat? Format(string? name) => name is null ? null
        : Enum.TryParse<ReportFormat>(name, ignoreCase: true, out var format) && Enum.IsDefined(format) ? format
        : throw new BadInputException("format-unknown", "request", "format", string.Join(", ", Enum.GetNames<ReportFormat>()).ToLowerInvariant(), name);

    private static string Type(ReportFormat? format, string name) => format switch
    {
        null when name == StudyReports.Figure3Name => "image/svg+xml",
        ReportFormat.Json => "application/json",
        ReportFormat.Csv => "text/csv",
        ReportFormat.Markdown => "text/markdown",
        ReportFormat.Latex => "application/x-latex",
        _ => "text/plain",
    };
}
