using Interpret.AnnotatorWorker;
using Interpret.GpuWorker;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Interpret.Cli.Embedded;

/// <summary>Every service in one process: the bus in memory, the database a file, one worker that hosts the models in turn.</summary>
public static class EmbeddedHost
{
    /// <param name="storage">The database.</param>
    /// <param name="study">The study to work on.</param>
    /// <param name="models">Its models that can be hosted.</param>
    /// <param name="queue">Only units for this queue; null: all.</param>
    /// <param name="annotator">How chat models are asked; null: as the environment says.</param>
    public static IHost Create(InterpretStorage storage, string study, IReadOnlyList<string> models, string? queue = null, AnnotatorSettings? annotator = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "interpret" });
        builder.Logging.AddConsoleFormatter<LogLines, ConsoleFormatterOptions>();
        builder.Logging.AddConsole(options =>
        {
            options.FormatterName = LogLines.FormatterName;
            options.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        // What the ledger warns of stands in the progress and in `failures`; what a chat service does wrong, only here.
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddFilter("Interpret.AnnotatorWorker", LogLevel.Warning);
        builder.Services.AddStorage(storage).AddWorkUnits().AddExplanation(models)
            .AddAnnotation(
                annotator ?? AnnotatorSettings.From(new ConfigurationBuilder().AddEnvironmentVariables().Build(), Environment.GetEnvironmentVariable))
            .AddDispatch(new DispatchOptions(MaxInFlight: 16, OneModelAtATime: true, Study: study, Queue: queue))
            .AddEmbeddedBus();
        return builder.Build();
    }
}
