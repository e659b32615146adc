using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Interpret.ServiceDefaults;

/// <summary>Wires the embedded database and what every service does with it.</summary>
public static class EmbeddedStorage
{
    public static IServiceCollection AddEmbeddedStorage(this IServiceCollection services, SqliteStorage storage)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton<IDbContextFactory<InterpretContext>>(storage)
            .AddSingleton<UnitLedger>();
    }
}
