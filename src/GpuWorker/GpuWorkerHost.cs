using Interpret.Contracts;
using Interpret.GpuWorker.Stages;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.GpuWorker;

/// <summary>
/// A worker of a cluster: hosts one model, <c>Worker:Model</c> with its checkpoint in <c>Worker:Checkpoint</c>, and takes from that model's
/// queue only. More of the same worker is all that scaling takes.
/// </summary>
public static class GpuWorkerHost
{
    /// <summary>The stages that explain a model, in a cluster and in one process.</summary>
    /// <param name="services">The process.</param>
    /// <param name="models">The models whose queues it takes from.</param>
    public static IServiceCollection AddExplanation(this IServiceCollection services, IEnumerable<string> models) => services
        .AddSingleton<Checkpoints>()
        .AddSingleton<ModelHost>()
        .AddSingleton<VocabularyHost>()
        .AddSingleton<IStage, AttributionStage>()
        .AddSingleton<IStage, AttentionStage>()
        .AddSingleton<IStage, FeedForwardStage>()
        .AddSingleton<IStage, FaithfulnessStage>()
        .AddSingleton<IStage, ContrastTokensStage>()
        .AddSingleton<IStage, ContrastScoresStage>()
        .AddUnitWork(models.Select(UnitEndpoint.OfModel));

    /// <exception cref="BadInputException">A setting is missing, or the checkpoint cannot be used: known before anything is taken from a queue.</exception>
    public static void AddGpuWorker(this IHostApplicationBuilder builder)
    {
        var settings = builder.AddSettings<WorkerSettings>(WorkerSettings.Section);
        var (model, checkpoint) = (settings.Model, new CheckpointPlace(settings.Checkpoint, settings.Base, settings.Precision));
        var facts = CheckpointHash.Facts(checkpoint);
        builder.AddDatabase(connections: 4).Services.AddWorkUnits().AddExplanation([model])
            .AddSingleton(new HostedModel(model, checkpoint, facts.ContentHash))
            .AddHostedService<ModelWarmup>()
            .AddSingleton(new WorkerFacts(UnitEndpoint.OfModel(model), DeviceMemory.Names(), DeviceMemory.Free)
            {
                Model = model,
                ContentHash = facts.ContentHash,
                Remarks = facts.Remarks,
                Layers = facts.Layers,
                Heads = facts.Heads,
                Speed = DeviceSpeed.Measure(),
            });
        builder.AddClusterBus().AddHostedService<WorkerHeartbeat>();
    }
}
