using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Consumers;
using Interpret.Contracts;
using Interpret.WorkUnits;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.AnnotatorWorker;

/// <summary>A worker of a cluster that asks a chat model about concepts. All of them share one quota, so more of them are no faster than it allows.</summary>
public static class AnnotatorWorkerHost
{
    /// <exception cref="BadInputException">A setting is missing or cannot be used: known before anything is taken from the queue.</exception>
    public static void AddAnnotator(this IHostApplicationBuilder builder)
    {
        builder.Services.AddAnnotation(AnnotatorSettings.From(builder.Configuration, Environment.GetEnvironmentVariable)).AddUnitWork();
        builder.AddCluster(
            bus => bus.AddAnnotationConsumer(),
            (context, transport) => transport.ReceiveEndpoint(Queues.Annotate, endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.ConfigureConsumer<AnnotateConceptsConsumer>(context);
            }));
        builder.Services.AddSingleton(new WorkerFacts(Queues.Annotate, "none", () => 0)).AddHostedService<WorkerHeartbeat>();
    }

    /// <summary>What units of annotation are worked with, in a cluster and in one process.</summary>
    public static IServiceCollection AddAnnotation(this IServiceCollection services, AnnotatorSettings settings) => services
        .AddSingleton(settings)
        .AddSingleton<ChatService>()
        .AddSingleton<ChatLedger>()
        .AddSingleton<ChatCalls>()
        .AddSingleton<AnnotationRuns>()
        .AddSingleton<ConceptAnnotator>();

    public static void AddAnnotationConsumer(this IBusRegistrationConfigurator bus) =>
        bus.AddConsumer<AnnotateConceptsConsumer, AnnotateConceptsConsumerDefinition>().ExcludeFromConfigureEndpoints();
}
