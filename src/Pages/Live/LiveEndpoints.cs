using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Interpret.Pages.Access;
using Interpret.Pages.Components;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Pages.Live;

/// <summary>
/// Parts of pages that change while they are looked at, as server-sent events: each is the part as it is now, sent when it is another than before.
/// </summary>
internal static class LiveEndpoints
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>What has not changed is sent again after so long: a connection on which nothing goes is cut by what lies between.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    /// <summary>Making a part may take this share of the time.</summary>
    private const double Share = 0.1;

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        var live = app.MapGroup("/live");
        live.MapGet("/studies", Follow<StudyList>);
        live.MapGet("/study/{study}", Follow<StudyDetails>);
        live.MapGet("/workers", Follow<WorkerList>);
    }

    private static ServerSentEventsResult<string> Follow<TPart>(HttpContext context, IHostApplicationLifetime lifetime)
        where TPart : IComponent => TypedResults.ServerSentEvents(PartsAsync<TPart>(context, lifetime.ApplicationStopping, context.RequestAborted));

    private static async IAsyncEnumerable<SseItem<string>> PartsAsync<TPart>(
        HttpContext context, CancellationToken ending, [EnumeratorCancellation] CancellationToken left)
        where TPart : IComponent
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, left);
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        var parameters = ParameterView.FromDictionary(context.Request.RouteValues.ToDictionary(value => value.Key, value => value.Value));
        var (sent, at) = ("", 0L);
        var caller = AccessRules.CallerOf(context);
        while (!either.IsCancellationRequested && (caller is null || await Sessions.IsGoodAsync(context, caller)))
        {
            var started = clock.GetTimestamp();
            var part = await RenderAsync<TPart>(context.RequestServices, parameters);
            var took = clock.GetElapsedTime(started);
            if (part != sent || clock.GetElapsedTime(at) > Silence)
            {
                (sent, at) = (part, clock.GetTimestamp());
                yield return new(part);
            }

            var pause = took / Share > Pause ? took / Share : Pause;
            await Task.Delay(pause, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<string> RenderAsync<TPart>(IServiceProvider services, ParameterView parameters)
        where TPart : IComponent
    {
        await using var scope = services.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<TPart>(parameters)).ToHtmlString());
    }
}
