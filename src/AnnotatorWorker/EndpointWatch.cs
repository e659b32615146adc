using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.AnnotatorWorker;

/// <summary>
/// Knows whether the service that this annotator is set to is a rehearsal, so that its heartbeat can say so: passes are queued by those who may be
/// unable to reach it. One that nobody named is the usual service, and not asked.
/// </summary>
internal sealed class EndpointWatch(AnnotatorSettings settings, TimeProvider clock, ILogger<EndpointWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private volatile string? said = settings.EndpointGiven ? null : settings.Endpoint;

    /// <summary>What it knows; null: nothing yet.</summary>
    public string? Said => said;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => !settings.EndpointGiven ? Task.CompletedTask
        : new OutageLog(log, $"reaching {settings.Endpoint}").EveryAsync(Interval, clock, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken cancel) =>
        said = ChatEndpoint.Described(settings.Endpoint, await EndpointProbe.IsRehearsalAsync(new Uri(settings.Endpoint), cancel));
}
