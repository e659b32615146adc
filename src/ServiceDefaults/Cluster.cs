using Interpret.Contracts;
using Interpret.Storage;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Interpret.ServiceDefaults;

/// <summary>
/// What every service of a cluster has: PostgreSQL, RabbitMQ, telemetry. Settings come the usual .NET way, by environment or appsettings, under
/// the same names in every service: <c>ConnectionStrings:Database</c> and <c>ConnectionStrings:Broker</c>.
/// </summary>
public static class Cluster
{
    /// <summary>How long a stopping service may finish the unit in hand; longer than a unit takes.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    /// <summary>What a service may take beyond that to end.</summary>
    public static readonly TimeSpan LastWord = TimeSpan.FromSeconds(10);

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
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Grace + LastWord);
        builder.AddDatabase(migrates);
        first?.Invoke(builder.Services);
        var broker = Broker(builder.Configuration);
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

    /// <summary>What every service of a cluster has, with a broker or without: PostgreSQL and its time.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="migrates">Whether it brings the database's tables up to date; one kind of service does.</param>
    public static IHostApplicationBuilder AddDatabase(this IHostApplicationBuilder builder, bool migrates = false)
    {
        var storage = new PostgresStorage(Require(builder.Configuration, "ConnectionStrings:Database", PostgresStorage.Format));
        var clock = new DatabaseClock(storage);
        builder.Services.AddSingleton(storage).AddSingleton(clock).AddSingleton<TimeProvider>(clock).AddSingleton(Leases(builder.Configuration)).AddStorage(storage);
        // What is added here starts before the bus: consumers need the tables.
        builder.Services.AddSingleton(new DatabaseReady.Options(migrates)).AddHostedService<DatabaseReady>();
        return builder;
    }

    private static Uri Broker(IConfiguration configuration)
    {
        const string key = "ConnectionStrings:Broker", expected = "amqp://user:password@host/ or amqps://…";
        return Uri.TryCreate(Require(configuration, key, expected), UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" && address.Host.Length > 0
            ? address
            : throw new BadInputException("connection-string", "configuration", key, expected, "something else", "Set the environment variable ConnectionStrings__Broker"); // it may hold a password
    }

    private static UnitLeases Leases(IConfiguration configuration) => new(
        TimeSpan.FromSeconds(configuration.GetValue("Lease:RunningSeconds", UnitLeases.Default.Running.TotalSeconds)),
        TimeSpan.FromSeconds(configuration.GetValue("Lease:QueuedSeconds", UnitLeases.Default.Queued.TotalSeconds)));

    /// <summary>A database, and what every service does with it.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, InterpretStorage storage)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(storage)
            .AddSingleton<IDbContextFactory<InterpretContext>>(storage)
            .AddSingleton<UnitLedger>()
            .AddSingleton<StudyQueries>()
            .AddSingleton<AnnotationQueries>();
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
    /// <param name="arguments">The command line's; settings may stand there too, secrets may not.</param>
    /// <param name="port">Where it answers on loopback, unless <c>Http:Address</c> is set; 0: wherever is free.</param>
    /// <param name="add">Adds what it consists of.</param>
    /// <param name="map">Adds what it answers, beside health; null: nothing.</param>
    public static async Task<int> RunServiceAsync(string[] arguments, int port, Action<WebApplicationBuilder> add, Action<WebApplication>? map = null)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(arguments);
            if (builder.Configuration["Secrets:Folder"] is { Length: > 0 } secrets)
                builder.Configuration.AddKeyPerFile(secrets, optional: false); // a file per setting, as containers are given their secrets
            builder.AddTelemetry();
            builder.AddHttp(port);
            add(builder);
            await using var app = builder.Build();
            app.UseTelemetry();
            app.UseHttp();
            map?.Invoke(app);
            await app.RunAsync();
            return 0;
        }
        catch (BadInputException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message} [{e.ErrorClass}]");
            return 3;
        }
    }
}
