using Interpret.AnnotatorWorker;
using Interpret.GpuWorker;
using Interpret.Orchestrator;
using Interpret.Pages;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Interpret.Unit.Tests.Services;

/// <summary>A PostgreSQL as it comes has a hundred connections for all services together.</summary>
public sealed class When_services_share_a_database
{
    private static readonly (string Name, Action<WebApplicationBuilder> Add)[] Services =
    [
        ("orchestrator", builder => builder.AddOrchestrator()), ("annotator", builder => builder.AddAnnotator()), ("reports", builder => builder.AddReports()),
        ("GPU worker", builder => builder.AddGpuWorker()),
    ];

    [Fact]
    public void Each_takes_as_many_connections_as_the_operations_guide_says_and_tells_whose_they_are()
    {
        var guide = File.ReadLines(Path.Combine(SourceTree.Root, "docs", "operations.md"))
            .SkipWhile(line => line != "| service | connections at most, each |").Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .SelectMany(cells => cells[1].Split(", ").Select(name => $"{name} {cells[2]}")).ToList();
        Services.Select(service => $"{service.Name} {Connection(service.Add, "Host=db").MaxPoolSize}").ToList().ShouldBe(guide, ignoreOrder: true);
        foreach (var (name, add) in Services)
            Connection(add, "Host=db").ApplicationName.ShouldBe($"host-of-tests {Environment.MachineName}:{Environment.ProcessId}", name);
    }

    [Fact]
    public void What_the_connection_string_says_goes_before()
    {
        foreach (var (_, add) in Services)
        {
            var connection = Connection(add, "Host=db;Maximum Pool Size=3;Application Name=mine;Options=-c jit=on");
            (connection.MaxPoolSize, connection.ApplicationName, connection.Options).ShouldBe((3, "mine", "-c jit=on"));
        }
    }

    private static NpgsqlConnectionStringBuilder Connection(Action<WebApplicationBuilder> add, string connection)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "host-of-tests" });
        builder.Configuration["ConnectionStrings:Database"] = connection;
        builder.Configuration["ConnectionStrings:Broker"] = "amqp://127.0.0.1/";
        builder.Configuration["Worker:Model"] = "base";
        builder.Configuration["Worker:Checkpoint"] = Path.Combine(SourceTree.Root, "tests", "data", "random-pair", "checkpoints", "base-tiny");
        builder.Configuration["Annotator:Endpoint"] = "http://127.0.0.1:1/v1";
        add(builder);
        using var services = builder.Services.BuildServiceProvider();
        using var context = services.GetRequiredService<PostgresStorage>().CreateDbContext();
        return new NpgsqlConnectionStringBuilder(context.Database.GetConnectionString());
    }
}
