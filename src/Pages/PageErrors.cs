using Interpret.Contracts;
using Interpret.Pages.Components;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.Pages;

/// <summary>Bad input is told to people on a page, and to programs as everywhere else.</summary>
internal static class PageErrors
{
    public static async Task ShowAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadInputException e) when (HttpDefaults.IsForPeople(context.Request) && !context.Response.HasStarted)
        {
            context.Response.Clear();
            await using var scope = context.RequestServices.CreateAsyncScope(); // what renders pages does it once a scope
            context.RequestServices = scope.ServiceProvider;
            context.Response.StatusCode = HttpDefaults.StatusOf(e);
            await new RazorComponentResult<App>(new { Trouble = e }).ExecuteAsync(context);
        }
    }
}
