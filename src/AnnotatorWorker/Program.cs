using Interpret.AnnotatorWorker;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, 0, builder => builder.AddAnnotator());
