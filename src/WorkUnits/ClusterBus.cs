using Interpret.Contracts;
using Interpret.ServiceDefaults;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.WorkUnits;

/// <summary>RabbitMQ as the services of a cluster use it: <c>ConnectionStrings:Broker</c>.</summary>
public static class ClusterBus
{
    /// <summary>How long a stopping service may finish the unit in hand; longer than a unit takes.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);

    /// <summary>What a service may take beyond that to end.</summary>
    public static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(10);

    /// <param name="builder">The service.</param>
    /// <param name="consumers">Registers its consumers.</param>
    /// <param name="endpoints">Makes its queues.</param>
    /// <param name="migrates">Whether it brings the database's tables up to date; one kind of service does.</param>
    /// <param name="first">Adds what must be done with the database before anything is taken from a queue; null: nothing.</param>
    public static IHostApplicationBuilder AddCluster(
        this IHostApplicationBuilder builder,
        Action<IBusRegistrationConfigurator> consumers,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints,
        bool migrates = false,
        Action<IServiceCollection>? first = null)
    {
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTimeout + StopMargin);
        builder.AddDatabase(migrates);
        builder.Services.AddSingleton(Leases(builder.Configuration)).AddSingleton<UnitLedger>();
        first?.Invoke(builder.Services);
        var broker = Broker(builder.Configuration);
        builder.Services.AddSingleton<UnitQueues>(_ => new BrokerQueues(broker));
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            options.StopTimeout = StopTimeout;
            options.ConsumerStopTimeout = StopTimeout;
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

    private static Uri Broker(IConfiguration configuration)
    {
        const string key = "ConnectionStrings:Broker", expected = "amqp://user:password@host/ or amqps://…";
        return Uri.TryCreate(Cluster.Require(configuration, key, expected), UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" && address.Host.Length > 0
            ? address
            : throw new BadInputException("connection-string", "configuration", key, expected, "something else", "Set the environment variable ConnectionStrings__Broker"); // it may hold a password
    }

    private static UnitLeases Leases(IConfiguration configuration) => new(
        TimeSpan.FromSeconds(configuration.GetValue("Lease:RunningSeconds", UnitLeases.Default.Running.TotalSeconds)),
        TimeSpan.FromSeconds(configuration.GetValue("Lease:QueuedSeconds", UnitLeases.Default.Queued.TotalSeconds)));

    /// <summary>What takes units from a queue and works them, in a cluster and in one process.</summary>
    public static IServiceCollection AddUnitWork(this IServiceCollection services) => services
        .AddSingleton<UnitWork>()
        .AddSingleton<CompletionNotifier>()
        .AddHostedService(provider => provider.GetRequiredService<CompletionNotifier>());
}
