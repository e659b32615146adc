using Interpret.Orchestrator;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, builder => builder.AddOrchestrator());
