using System.CommandLine;
using Interpret.Bench;

var root = new RootCommand("Measures Interpret against named baselines, in one run on one machine. Run in Release.")
{
    AttributionBenchmark.Create(),
    GenerationBenchmark.Create(),
    PrecisionBenchmark.Create(),
    MemoryBenchmark.Create(),
    TokenizerBenchmark.Create(),
    AttentionBenchmark.Create(),
    FeedForwardBenchmark.Create(),
    PipelineBenchmark.Create(),
    ReportsBenchmark.Create(),
    PagesBenchmark.Create(),
    AnnotatorBenchmark.Create(),
    MicroBenchmarks.Create(),
};
return await root.Parse(args).InvokeAsync();
