using Interpret.GpuWorker;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, builder => builder.AddGpuWorker());
