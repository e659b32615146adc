using Microsoft.AspNetCore.Http;

namespace Interpret.Pages;

/// <summary>
/// What every answer tells browsers: nothing is fetched from elsewhere, nothing runs that is not a file of this service, no other page frames it.
/// </summary>
internal static class PageHeaders
{
    /// <summary>No exception for scripts or styles within a page: there are none.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = Policy; // a document has its own
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
