using Interpret.Contracts;
using Interpret.GpuWorker.Consumers;
using Interpret.GpuWorker.Model;
using Interpret.ServiceDefaults;
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
        var hosted = new HostedModel(Cluster.Require(builder.Configuration, "Worker:Model", "a value"), Cluster.Require(builder.Configuration, "Worker:Checkpoint", "a value"));
        _ = ModelFiles.Open(hosted.Checkpoint);
        builder.Services.AddModelWork(hosted).AddUnitWork();
        builder.AddCluster(
            bus => bus.AddUnitConsumers(),
            (context, transport) => transport.ReceiveEndpoint(Queues.Explain(hosted.Model), endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.ConfigureUnitConsumers(context);
            }));
    }
}
