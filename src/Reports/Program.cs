using Interpret.Reports;
using Interpret.Reports.Http;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, ReportsHost.Port, builder => builder.AddReports(), app => app.MapReports());
