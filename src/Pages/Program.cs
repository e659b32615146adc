using Interpret.Pages;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, ReportsHost.Port, builder => builder.AddReports(), app => app.MapPages());
