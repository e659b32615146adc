using Interpret.Orchestrator;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, OrchestratorHost.Port, builder => builder.AddOrchestrator(), app => app.MapOrchestrator());
