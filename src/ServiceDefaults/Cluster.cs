using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Interpret.ServiceDefaults;

/// <summary>
/// What every service of a cluster has: PostgreSQL, telemetry, HTTP. Settings come the usual .NET way, by environment or appsettings, under
/// the same names in every service: <c>ConnectionStrings:Database</c> and <c>ConnectionStrings:Broker</c>.
/// </summary>
public static class Cluster
{
    /// <summary>What every service of a cluster has, with a broker or without: PostgreSQL and its time.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="connections">How many connections to the database it has at most; docs/operations.md adds them up.</param>
    /// <param name="migrates">Whether it brings the database's tables up to date; one kind of service does.</param>
    public static IHostApplicationBuilder AddDatabase(
        this IHostApplicationBuilder builder, int connections = PostgresStorage.UsualConnections, bool migrates = false)
    {
        var storage = new PostgresStorage(
            builder.AddSettings<DatabaseSettings>("ConnectionStrings").Database, connections, $"{builder.Environment.ApplicationName} {Telemetry.Instance}");
        var clock = new DatabaseClock(storage);
        builder.Services.AddSingleton<ServiceFault>().AddSingleton(storage).AddSingleton(clock).AddSingleton<TimeProvider>(clock).AddStorage(storage);
        // What is added here starts before the bus: consumers need the tables.
        builder.Services.AddSingleton(new DatabaseReady.Options(migrates)).AddHostedService<DatabaseReady>();
        return builder;
    }

    /// <summary>A database, and what every service does with it.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, InterpretStorage storage)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(storage)
            .AddSingleton<IDbContextFactory<InterpretContext>>(storage)
            .AddSingleton<AnnotationQueries>();
    }

    private sealed record DatabaseSettings
    {
        [Required(ErrorMessage = PostgresStorage.Format)]
        public string Database { get; init; } = "";
    }

    private sealed record SecretSettings
    {
        [Folder(ErrorMessage = "a folder that is there")]
        public string? Folder { get; init; }
    }

    [AttributeUsage(AttributeTargets.Property)]
    private sealed class FolderAttribute : ValidationAttribute
    {
        public override bool IsValid(object? value) => value is null or "" || Directory.Exists((string)value);
    }

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
            if (Settings.Read<SecretSettings>(builder.Configuration, "Secrets").Folder is { Length: > 0 } secrets)
                builder.Configuration.AddKeyPerFile(Path.GetFullPath(secrets), optional: false); // a file per setting, as containers are given their secrets
            builder.AddTelemetry();
            builder.AddHttp(port);
            add(builder);
            await using var app = builder.Build();
            app.UseTelemetry();
            app.UseHttp();
            map?.Invoke(app);
            var (own, ending) = (app.Services.GetService<ServiceFault>(), app.Lifetime.ApplicationStopping);
            try
            {
                await app.RunAsync();
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // told to end while it waited for what it needs to start
            }

            return own?.Cause is { } fault ? await RefuseAsync(fault) : 0;
        }
        catch (Exception e) when (e is BadInputException or OptionsValidationException || IsTaken(e))
        {
            return await RefuseAsync(e);
        }
    }

    /// <summary>Whether a service failed to start because it cannot listen where it is told to.</summary>
    private static bool IsTaken(Exception error) => error is IOException && error.GetBaseException() is SocketException;

    private static async Task<int> RefuseAsync(Exception fault)
    {
        var said = fault switch
        {
            BadInputException bad => $"{bad.Message} [{bad.ErrorClass}]",
            OptionsValidationException => $"configuration: {fault.Message} [{ErrorClasses.SettingBad}]",
            _ when IsTaken(fault) => $"{fault.Message} Set the environment variable {HttpSettings.Section}__Address to another address [{ErrorClasses.SettingBad}]",
            _ => fault.Message,
        };
#pragma warning disable RS0030 // there is no log yet, or none any more
        await Console.Error.WriteLineAsync($"error: {said}");
#pragma warning restore RS0030
        return 3;
    }
}
