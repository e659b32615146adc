using System.Net.Http.Headers;
using Interpret.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Interpret.Orchestrator.Http;

/// <summary>
/// Hands questions for reports to the reports service (<c>Reports:Address</c>) and its answers back: callers need one address, and the service
/// need not be reachable from outside.
/// </summary>
internal static class ReportEndpoints
{
    private const string DefaultAddress = "http://127.0.0.1:8081";

    public static void MapReports(this IEndpointRouteBuilder app, IConfiguration configuration)
    {
        var given = configuration["Reports:Address"] ?? DefaultAddress;
        var reports = HttpAddress.Parse(given)
            ?? throw new BadInputException("address", "configuration", "Reports:Address", "where the reports service answers, as http://host:port", given, "Set the environment variable Reports__Address");
        Task ForwardAsync(HttpContext context, HttpClient client) => ReportEndpoints.ForwardAsync(new Uri(reports, context.Request.GetEncodedPathAndQuery()), context, client);
        app.MapGet("/studies/{study}/reports", ForwardAsync).WithTags("reports").WithName("ListReports").WithSummary("The tables and figures that a study has results for, pair by pair.");
        app.MapGet("/studies/{study}/reports/{name}", ForwardAsync).WithTags("reports").WithName("GetReport")
            .WithSummary("A table or figure: table1, table2, table3, table5, figure3. Query: tuned (the pair's tuned model), format (text, markdown, latex, csv, json).");
    }

    private static async Task ForwardAsync(Uri address, HttpContext context, HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var authorization))
            request.Headers.Authorization = authorization;
        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        }
        catch (HttpRequestException e)
        {
            await Results.Problem($"The reports service at {address.GetLeftPart(UriPartial.Authority)} cannot be reached: {e.Message}", statusCode: StatusCodes.Status502BadGateway).ExecuteAsync(context);
            return;
        }

        using (answer)
        {
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }
}
