using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Batches;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.AnnotatorWorker;

/// <summary>A worker of a cluster that asks a chat model about concepts. All of them share one quota, so more of them are no faster than it allows.</summary>
public static class AnnotatorWorkerHost
{
    /// <exception cref="BadInputException">A setting is missing or cannot be used: known before anything is taken from the queue.</exception>
    public static void AddAnnotator(this IHostApplicationBuilder builder)
    {
        var settings = AnnotatorSettings.From(builder.Configuration, Environment.GetEnvironmentVariable);
        builder.AddDatabase().Services.AddWorkUnits().AddAnnotation(settings)
            .AddSingleton<EndpointWatch>().AddHostedService(services => services.GetRequiredService<EndpointWatch>())
            .AddSingleton(services => new WorkerFacts(Endpoint(settings), "none", () => 0)
            {
                Asks = () => services.GetRequiredService<EndpointWatch>().Said,
            });
        builder.AddClusterBus().AddHostedService<WorkerHeartbeat>();
    }

    /// <summary>
    /// The stage that annotates, in a cluster and in one process. Many units at once, since a call is mostly waiting; the quota, not this, says
    /// how much goes out.
    /// </summary>
    public static IServiceCollection AddAnnotation(this IServiceCollection services, AnnotatorSettings settings) => services
        .AddSingleton(settings)
        .AddSingleton<ChatHttp>()
        .AddSingleton<ChatService>()
        .AddSingleton<BatchService>()
        .AddSingleton<BatchRoute>()
        .AddSingleton<SpendLedger>()
        .AddSingleton<ChatLedger>()
        .AddSingleton<ChatCalls>()
        .AddSingleton<AnnotationRuns>()
        .AddSingleton<ConceptAnnotator>()
        .AddSingleton<IStage, AnnotationStage>()
        .AddUnitWork(Endpoint(settings));

    private static UnitEndpoint Endpoint(AnnotatorSettings settings) => new(Queues.Annotate, settings.Units, settings.Units);
}
