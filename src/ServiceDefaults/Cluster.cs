using Interpret.Contracts;
using Interpret.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.ServiceDefaults;

/// <summary>
/// What every service of a cluster has: PostgreSQL, RabbitMQ, logs. Settings come the usual .NET way, by environment or appsettings, under
/// the same names in every service: <c>ConnectionStrings:Database</c> and <c>ConnectionStrings:Broker</c>.
/// </summary>
public static class Cluster
{
    /// <summary>How long a stopping service may finish the unit in hand; longer than a unit takes.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    /// <param name="builder">The service.</param>
    /// <param name="consumers">Registers its consumers.</param>
    /// <param name="endpoints">Makes its queues.</param>
    public static IHostApplicationBuilder AddCluster(
        this IHostApplicationBuilder builder,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints)
    {
        builder.Logging.ClearProviders().AddSimpleConsole(options => options.SingleLine = true);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Grace + TimeSpan.FromSeconds(10));
        builder.Services.AddStorage(new PostgresStorage(Require(builder.Configuration, "ConnectionStrings:Database", "Host=…;Username=…;Password=…;Database=…")));
        builder.Services.AddHostedService<DatabaseUpgrade>(); // before the bus: consumers need the tables
        var broker = new Uri(Require(builder.Configuration, "ConnectionStrings:Broker", "amqp://user:password@host/"));
        builder.Services.AddSingleton<UnitQueues>(_ => new BrokerQueues(broker));
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            options.StopTimeout = Grace;
            options.ConsumerStopTimeout = Grace;
        });
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            consumers(bus);
            bus.UsingRabbitMq((context, transport) =>
            {
                transport.Host(broker);
                endpoints(context, transport);
            });
        });
        return builder;
    }

    /// <summary>A database, and what every service does with it.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, InterpretStorage storage)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(storage)
            .AddSingleton<IDbContextFactory<InterpretContext>>(storage)
            .AddSingleton<UnitLedger>();
    }

    /// <summary>What takes units from a queue and works them, in a cluster and in one process.</summary>
    public static IServiceCollection AddUnitWork(this IServiceCollection services) => services
        .AddSingleton<UnitWork>()
        .AddSingleton<EndedHints>()
        .AddHostedService(provider => provider.GetRequiredService<EndedHints>());

    /// <summary>A setting that a service cannot do without.</summary>
    /// <exception cref="BadInputException"><c>setting-missing</c>.</exception>
    public static string Require(IConfiguration configuration, string key, string expected) => configuration[key] is { Length: > 0 } value
        ? value
        : throw new BadInputException("setting-missing", "configuration", key, expected, "nothing", $"Set the environment variable {key.Replace(":", "__")}");

    /// <summary>Runs a service until it is told to end.</summary>
    /// <returns>The exit code: 0, or 3 when a setting or file cannot be used, which standard error then names.</returns>
    public static async Task<int> RunServiceAsync(string[] arguments, Action<IHostApplicationBuilder> add)
    {
        try
        {
            var builder = Host.CreateApplicationBuilder(arguments);
            add(builder);
            await builder.Build().RunAsync();
            return 0;
        }
        catch (BadInputException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message} [{e.ErrorClass}]");
            return 3;
        }
    }

    /// <summary>Brings the database up to date when a service starts, and waits for one that is not up yet.</summary>
    private sealed class DatabaseUpgrade(InterpretStorage storage, ILogger<DatabaseUpgrade> log) : IHostedService
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                try
                {
                    await storage.MigrateAsync(cancellationToken);
                    return;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    log.LogWarning("the database cannot be used yet, trying again in {Pause} s: {Error}", Pause.TotalSeconds, e.Message);
                    await Task.Delay(Pause, cancellationToken);
                }
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
