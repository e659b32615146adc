using System.Net.Http.Headers;
using Interpret.Contracts;

namespace Interpret.WorkUnits;

/// <summary>Finds out, before anything is asked, whether an endpoint is a rehearsal.</summary>
public static class EndpointProbe
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Asks for its list of models, without a key: a service that wants one is no rehearsal. Only the mark is looked at, and nobody is
    /// followed elsewhere: whoever may queue passes learns nothing else of what the asking machine can reach.
    /// </summary>
    /// <exception cref="HttpRequestException">Nobody answers there.</exception>
    public static async Task<bool> IsRehearsalAsync(Uri endpoint, CancellationToken cancel = default)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = RequestTimeout };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ChatEndpoint.Normal(endpoint) + "/models"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("interpret", null));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            return response.Headers.Contains(RehearsalMark.Header);
        }
        catch (TaskCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new HttpRequestException($"{endpoint} does not answer in {RequestTimeout.TotalSeconds:F0} s", e);
        }
    }
}
