using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Interpret.WorkUnits;

/// <summary>
/// Whether the broker can be used. Whoever takes units from queues is not ready without it; an orchestrator answers and plans all the same, and says that
/// nothing is handed out.
/// </summary>
/// <param name="bus">The bus.</param>
/// <param name="queues">What this service takes from.</param>
internal sealed class BrokerCheck(IBusControl bus, IEnumerable<UnitEndpoint> queues) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = bus.CheckHealth();
        return Task.FromResult(health.Status == BusHealthStatus.Healthy ? HealthCheckResult.Healthy()
            : new HealthCheckResult(
                queues.Any() ? HealthStatus.Unhealthy : HealthStatus.Degraded, health.Exception?.GetBaseException().Message ?? health.Description));
    }
}
