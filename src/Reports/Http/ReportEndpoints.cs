using Interpret.Contracts;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Reports.Http;

/// <summary>What the reports service answers over HTTP.</summary>
public static class ReportEndpoints
{
    public static void MapReports(this IEndpointRouteBuilder app)
    {
        app.MapGet("/studies/{study}/reports", (string study, StudyReports reports, CancellationToken cancel) => reports.ListAsync(study, cancel));
        app.MapGet(
            "/studies/{study}/reports/{name}",
            async (string study, string name, string? tuned, string? format, StudyReports reports, HttpContext context, CancellationToken cancel) =>
            {
                if (format is not null && DocumentFormats.All.TryGet(format.ToLowerInvariant(), out var document))
                {
                    var made = await reports.DocumentAsync(study, name, tuned, cancel);
                    context.Response.Headers.ContentSecurityPolicy = document.Policy;
                    if (made.Failed.Count > 0)
                        context.Response.Headers[StudyDocument.FailedHeader] = string.Join(',', made.Failed.Select(Uri.EscapeDataString));
                    return Results.Bytes(document.Render(made), document.MediaType);
                }

                var asked = Format(format);
                var type = asked is null && StudyReports.All.TryGet(name, out var report) && report is IDrawnReport
                    ? IDrawnReport.MediaType
                    : (asked ?? ReportFormats.Text).MediaType;
                return Results.Text((await reports.RenderAsync(study, name, tuned, [asked], cancel))[0], type);
            });
    }

    private static IReportFormat? Format(string? name) => name is null ? null
        : ReportFormats.All.TryGet(name.ToLowerInvariant(), out var format) ? format
        : throw new BadInputException(
            ErrorClasses.FormatUnknown, "request", "format", string.Join(", ", ReportFormats.All.Names.Concat(DocumentFormats.All.Names)), name);
}
