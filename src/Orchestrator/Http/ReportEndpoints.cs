using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Interpret.Orchestrator.Http;

/// <summary>
/// Hands questions for reports to the reports service (<c>Reports:Address</c>) and its answers back: callers need one address, and the service
/// need not be reachable from outside.
/// </summary>
internal static class ReportEndpoints
{
    private const string DefaultAddress = "http://127.0.0.1:8081";

    public static void MapReports(this IEndpointRouteBuilder app, ReportsSettings settings)
    {
        var reports = new Uri(settings.Address is { Length: > 0 } given ? given : DefaultAddress).GetLeftPart(UriPartial.Authority);
        var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current), // the trace leads through this service
        });
        app.MapGet("/studies/{study}/reports", ForwardAsync).WithTags("reports").WithName("ListReports")
            .WithSummary("The tables and figures that a study has results for, pair by pair.");
        app.MapGet("/studies/{study}/reports/{name}", ForwardAsync).WithTags("reports").WithName("GetReport")
            .WithSummary(
                "A table or figure, by a name that the list of reports has. "
                + "Query: tuned (the pair's tuned model), format (an unknown one is answered with the known ones).");

        async Task ForwardAsync(HttpContext context, IHttpForwarder forwarder)
        {
            var error = await forwarder.SendAsync(context, reports, client, ForwarderRequestConfig.Empty, UseItsOwnHost);
            if (error == ForwarderError.None || context.Response.HasStarted || context.GetForwarderErrorFeature()?.Exception is not { } e)
                return;
            await Results.Problem($"The reports service at {reports} cannot be reached: {e.Message}", statusCode: context.Response.StatusCode)
                .ExecuteAsync(context);
        }
    }

    // Else the service is asked under the name that the caller used, and may not know it.
    private static ValueTask UseItsOwnHost(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.Host = null;
        return ValueTask.CompletedTask;
    }
}
