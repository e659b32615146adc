using Interpret.Pages.Access;
using Interpret.Pages.Actions;
using Interpret.Pages.Components;
using Interpret.Pages.Globals;
using Interpret.Pages.Live;
using Interpret.Pages.Prompts;
using Interpret.Reports.Http;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Interpret.Pages;

/// <summary>Where pages are.</summary>
/// <param name="HasWorkers">
/// Whether workers say of themselves that they are there, as on a cluster; in the embedded mode commands work, and say nothing.
/// </param>
public sealed record PagesMode(bool HasWorkers);

/// <summary>The pages of a service that has <see cref="Reports.StudyReports"/> and the life of units, and the reports for programs beside them.</summary>
public static class PagesHost
{
    public static IServiceCollection AddPages(this IServiceCollection services, bool hasWorkers = true)
    {
        services.AddSingleton(new PagesMode(hasWorkers));
        services.AddSingleton<PromptQueries>().AddSingleton<ConceptQueries>().AddSingleton<HeadQueries>().AddRazorComponents();
        services.AddHostedService<FirstViews>();
        return services.AddSessions();
    }

    public static void MapPages(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<AccessToken>(); // made before the first caller needs it
        app.Use(PageHeaders.AddAsync);
        app.Use(PageErrors.ShowAsync);
        app.UseAntiforgery();
        app.MapReports();
        app.MapAssets();
        app.MapSessions();
        app.MapActions();
        app.MapLive();
        app.MapPrompts();
        app.MapRazorComponents<App>().ChangesNothing(); // they show, also what was asked for by POST
    }
}
