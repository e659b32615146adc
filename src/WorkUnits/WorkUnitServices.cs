using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.WorkUnits;

/// <summary>The parts of a process that deals with work units: in a cluster (RabbitMQ, PostgreSQL), or alone (in memory, SQLite).</summary>
public static class WorkUnitServices
{
    /// <summary>The life of units: policy, ledger, queries.</summary>
    public static IServiceCollection AddWorkUnits(this IServiceCollection services)
    {
        services.AddSettings<UnitPolicy>(UnitPolicy.Section).Configure<IConfiguration>(BindFormerNames);
        return services
            .AddSingleton<UnitLedger>()
            .AddSingleton<StudyOperations>()
            .AddSingleton<AnnotationOperations>()
            .AddSingleton<StudyQueries>();
    }

    /// <summary>What publishes units.</summary>
    public static IServiceCollection AddDispatch(this IServiceCollection services, DispatchOptions options) =>
        services.AddSingleton(options).AddSingleton<UnitSchedule>().AddSingleton<UnitDispatcher>();

    /// <summary>What takes units from queues and works them, each by the <see cref="IStage"/> of its name.</summary>
    public static IServiceCollection AddUnitWork(this IServiceCollection services, params IEnumerable<UnitEndpoint> queues)
    {
        foreach (var queue in queues)
            services.AddSingleton(queue);
        services.TryAddSingleton<UnitContexts>();
        services.TryAddSingleton<UnitWork>();
        services.TryAddSingleton<CompletionNotifier>();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IHostedService, CompletionNotifier>(provider => provider.GetRequiredService<CompletionNotifier>()));
        return services;
    }

    /// <summary>The bus of a cluster, <c>ConnectionStrings:Broker</c>, and what of this process goes on after it has started.</summary>
    public static IServiceCollection AddClusterBus(this IHostApplicationBuilder builder)
    {
        var broker = Address(builder.AddSettings<BrokerSettings>("ConnectionStrings"));
        builder.Services.AddOptions<HostOptions>().Configure<UnitPolicy>((options, policy) => options.ShutdownTimeout = policy.StopTimeout + policy.StopMargin);
        builder.Services.AddOptions<MassTransitHostOptions>()
            .Configure<UnitPolicy>((options, policy) => (options.StopTimeout, options.ConsumerStopTimeout) = (policy.StopTimeout, policy.StopTimeout));
        builder.Services.AddSingleton<UnitQueues>(services => new BrokerQueues(broker, services.GetRequiredService<UnitPolicy>()));
        builder.Logging.AddFilter("MassTransit", LogLevel.Error); // BrokerWatch tells of the broker
        builder.Services.AddHostedService<BrokerWatch>().AddHealthChecks().AddCheck<BrokerCheck>("broker", tags: [HttpDefaults.Ready]);
        return builder.Services.AddBus(bus => bus.UsingRabbitMq((context, transport) =>
        {
            transport.Host(broker, host => host.OnRefreshConnectionFactory = _ => BrokerAccess.RequireAsync(broker));
            AddQueues(context, transport);
        }));
    }

    /// <summary>A bus within this process, and what goes on after it has started.</summary>
    public static IServiceCollection AddEmbeddedBus(this IServiceCollection services)
    {
        services.AddOptions<MassTransitHostOptions>().Configure<UnitPolicy>((options, policy) =>
            (options.WaitUntilStarted, options.StopTimeout, options.ConsumerStopTimeout) = (true, policy.StopTimeout, policy.InterruptTimeout));
        return services.AddSingleton<UnitQueues, EmbeddedQueues>().AddBus(bus => bus.UsingInMemory(AddQueues));
    }

    private static IServiceCollection AddBus(this IServiceCollection services, Action<IBusRegistrationConfigurator> transport)
    {
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.ConfigureHealthCheckOptions(check =>
            {
                // BrokerCheck says what that means to this service. Without any tag it would have those of what a ready service needs.
                check.Tags.Clear();
                check.Tags.Add("bus");
            });
            bus.AddConsumer<WorkUnitConsumer>();
            bus.AddConsumer<WorkUnitsEndedConsumer>();
            transport(bus);
        });
        if (services.Any(service => service.ServiceType == typeof(UnitDispatcher)))
            services.AddHostedService(provider => provider.GetRequiredService<UnitDispatcher>());
        return services;
    }

    /// <summary>
    /// The queues that this process takes from. Retries live in the database, not on the queue: what a message is tried again for is only that
    /// the ledger itself could not write, and after that the lease runs out.
    /// </summary>
    private static void AddQueues(IBusRegistrationContext context, IReceiveConfigurator transport)
    {
        var policy = context.GetRequiredService<UnitPolicy>();
        foreach (var queue in context.GetServices<UnitEndpoint>())
        {
            transport.ReceiveEndpoint(queue.Name, endpoint =>
            {
                (endpoint as IRabbitMqReceiveEndpointConfigurator)?.SetQuorumQueue();
                (endpoint.ConcurrentMessageLimit, endpoint.PrefetchCount) = (queue.Concurrent, queue.Prefetch);
                endpoint.UseMessageRetry(retry => retry.Intervals(policy.MessageRetryDelays()));
                endpoint.ConfigureConsumer<WorkUnitConsumer>(context);
            });
        }

        if (context.GetService<DispatchOptions>() is null) // not the dispatcher: it needs the bus that is being made
            return;
        transport.ReceiveEndpoint(Queues.Progress, endpoint =>
        {
            (endpoint as IRabbitMqReceiveEndpointConfigurator)?.SetQuorumQueue();
            endpoint.ConfigureConsumer<WorkUnitsEndedConsumer>(context);
        });
    }

    /// <summary>Settings that had names of their own before there was one policy go on to be read.</summary>
    private static void BindFormerNames(UnitPolicy policy, IConfiguration settings)
    {
        var (lease, dispatch) = (Settings.Read<FormerLease>(settings, "Lease"), Settings.Read<FormerDispatch>(settings, "Orchestrator"));
        KeyValuePair<string, string?>[] former =
        [
            new(nameof(UnitPolicy.RunningLease), Time(lease.RunningSeconds)),
            new(nameof(UnitPolicy.QueuedLease), Time(lease.QueuedSeconds)),
            new(nameof(UnitPolicy.MaxInFlight), dispatch.Ahead?.ToString(CultureInfo.InvariantCulture)),
        ];
        new ConfigurationBuilder().AddInMemoryCollection(former.Where(setting => setting.Value is not null)).Build().Bind(policy);

        static string? Time(double? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given).ToString() : null;
    }

    private sealed record FormerLease
    {
        [Range(1.0, 3600)]
        public double? RunningSeconds { get; init; }

        [Range(1.0, 86_400)]
        public double? QueuedSeconds { get; init; }
    }

    private sealed record FormerDispatch
    {
        [Range(1, 100_000)]
        public int? Ahead { get; init; }
    }

    private sealed record BrokerSettings
    {
        public const string Form = "amqp://user:password@host/ or amqps://…";

        [Required(ErrorMessage = Form)]
        public string Broker { get; init; } = "";
    }

    private static Uri Address(BrokerSettings settings) =>
        Uri.TryCreate(settings.Broker, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" && address.Host.Length > 0
            ? address
            : throw new BadInputException(
                ErrorClasses.ConnectionString, "configuration", "ConnectionStrings:Broker", BrokerSettings.Form, "something else",
                "Set the environment variable ConnectionStrings__Broker"); // it may hold a password
}
