using Interpret.ServiceDefaults;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>Says in the log when the broker goes and when it is back; MassTransit would write a stack for every try.</summary>
internal sealed class BrokerWatch(IBusControl bus, ILogger<BrokerWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new OutageLog(log, "reaching the broker");
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var health = bus.CheckHealth();
            if (health.Status == BusHealthStatus.Healthy)
                outage.Succeeded();
            else if (health.Exception is not null)
                outage.Failed(health.Exception);
        }
    }
}
