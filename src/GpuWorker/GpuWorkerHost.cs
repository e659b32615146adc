using Interpret.Contracts;
using Interpret.GpuWorker.Consumers;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interpret.GpuWorker;

/// <summary>
/// A worker of a cluster: hosts one model, <c>Worker:Model</c> with its checkpoint in <c>Worker:Checkpoint</c>, and takes from that model's
/// queue only. More of the same worker is all that scaling takes.
/// </summary>
public static class GpuWorkerHost
{
    /// <exception cref="BadInputException">A setting is missing, or the checkpoint cannot be used: known before anything is taken from a queue.</exception>
    public static void AddGpuWorker(this IHostApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        var (model, checkpoint) = (Cluster.Require(settings, "Worker:Model", "a value"), Cluster.Require(settings, "Worker:Checkpoint", "a value"));
        var facts = CheckpointHash.Facts(checkpoint);
        var hosted = new HostedModel(model, checkpoint, facts.ContentHash);
        builder.Services.AddModelWork(hosted).AddUnitWork();
        builder.Services.AddSingleton(new WarmupOptions(settings.GetValue("Worker:Preload", true)));
        builder.Services.AddSingleton(new WorkerFacts(Queues.Explain(model), DeviceMemory.Names(), DeviceMemory.Free)
        {
            Model = model,
            ContentHash = facts.ContentHash,
            Layers = facts.Layers,
            Heads = facts.Heads,
            Speed = DeviceSpeed.Measure(),
        });
        builder.AddCluster(
            bus => bus.AddUnitConsumers(),
            (context, transport) => transport.ReceiveEndpoint(Queues.Explain(model), endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.ConfigureUnitConsumers(context);
            }),
            first: services => services.AddHostedService<ModelWarmup>());
        builder.Services.AddHostedService<WorkerHeartbeat>();
    }
}
