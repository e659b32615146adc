using Interpret.AnnotatorWorker;
using Interpret.ServiceDefaults;

return await Cluster.RunServiceAsync(args, builder => builder.AddAnnotator());
