using System.Globalization;
using Interpret.Contracts;
using Interpret.Pages.Components;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
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
            RequireReadable(context);
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

    /// <summary>Refuses what the address of a page says and the page could not read: rendering would fail for it.</summary>
    private static void RequireReadable(HttpContext context)
    {
        var asked = context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type.GetProperties() ?? [];
        foreach (var property in asked.Where(property => property.IsDefined(typeof(SupplyParameterFromQueryAttribute), inherit: true)))
        {
            foreach (var value in context.Request.Query[property.Name])
            {
                var (isReadable, expected) = property.PropertyType switch
                {
                    var type when type == typeof(int) => (int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _), "a whole number"),
                    var type when type == typeof(long) => (long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _), "a whole number"),
                    var type when type == typeof(bool) => (bool.TryParse(value, out _), "true or false"),
                    _ => (true, ""),
                };
                if (!isReadable)
                    throw new BadInputException(ErrorClasses.BadNumber, "address", property.Name.ToLowerInvariant(), expected, Quoted.Of(value ?? ""));
            }
        }
    }
}
