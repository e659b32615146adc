using System.Diagnostics.Metrics;
using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.ServiceDefaults;

/// <summary>What services measure of their own work. Nothing is kept, and next to nothing spent, where nobody collects.</summary>
public static class Metrics
{
    /// <summary>The meter's name.</summary>
    public const string Meter = "Interpret";

    private static readonly Meter Own = new(Meter);

    private static readonly Counter<long> Ended =
        Own.CreateCounter<long>("interpret.units.ended", "{unit}", "Units that this process ended, by what became of them.");

    private static readonly Histogram<double> Duration = Own.CreateHistogram(
        "interpret.unit.duration", "s", "How long the units took that this process did.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300, 600],
        });

    private static readonly Counter<long> Tokens =
        Own.CreateCounter<long>("interpret.attribution.tokens", "{token}", "Tokens of attributed prompts and of their responses.");

    private static readonly Counter<double> Operations = Own.CreateCounter<double>(
        "interpret.attribution.operations", "{operation}", "Floating-point operations of attribution, by the products with the model's weights.");

    private static readonly Gauge<long> FreeMemory = Own.CreateGauge<long>("interpret.device.memory.free", "By", "Memory free on this worker's devices.");

    private static readonly Gauge<double> Loading = Own.CreateGauge<double>("interpret.model.load", "s", "How long loading the model's weights took.");

    private static readonly Counter<long> Calls = Own.CreateCounter<long>("interpret.chat.calls", "{call}", "Calls of the chat model, by what became of them.");

    private static readonly Counter<long> ChatTokens =
        Own.CreateCounter<long>("interpret.chat.tokens", "{token}", "Tokens sent to and answered by the chat model.");

    private static readonly Counter<double> Cost = Own.CreateCounter<double>("interpret.chat.cost", "usd", "What calls of the chat model cost.");

    private static readonly Gauge<double> Quota =
        Own.CreateGauge<double>("interpret.chat.quota.used", "1", "Share of a quota of the chat model's service that is used up.");

    private static readonly Gauge<double> Limit =
        Own.CreateGauge<double>("interpret.chat.quota.limit", "", "What the chat model's service lets through in a minute, all annotators together.");

    /// <summary>A unit's time in this process is over.</summary>
    /// <param name="outcome">The unit's status now, in the words of <see cref="UnitStatus"/>.</param>
    public static void UnitEnded(WorkUnitRow unit, string outcome, TimeSpan took)
    {
        Ended.Add(1, new("stage", unit.Stage), new("model", unit.Model), new("outcome", outcome));
        if (outcome == UnitOutcome.Done)
            Duration.Record(took.TotalSeconds, new("stage", unit.Stage), new("model", unit.Model));
    }

    /// <summary>A prompt was attributed.</summary>
    /// <param name="operations">Floating-point operations.</param>
    public static void Attributed(string model, int promptTokens, int responseTokens, double operations)
    {
        Tokens.Add(promptTokens, new("model", model), new("kind", "prompt"));
        Tokens.Add(responseTokens, new("model", model), new("kind", "response"));
        Operations.Add(operations, new KeyValuePair<string, object?>("model", model));
    }

    /// <param name="bytes">Free on this worker's devices, all together.</param>
    public static void MemoryFree(long bytes) => FreeMemory.Record(bytes);

    /// <param name="checkpoint">Its folder's name.</param>
    public static void ModelLoaded(string checkpoint, double seconds) => Loading.Record(seconds, new KeyValuePair<string, object?>("checkpoint", checkpoint));

    /// <summary>A call of the chat model came to an end.</summary>
    /// <param name="model">The chat model.</param>
    /// <param name="outcome"><c>answered</c>, <c>ledger</c> (asked before, nothing was sent), or an error class; few different ones.</param>
    /// <param name="inputTokens">As the service counted them; 0 where it did not say.</param>
    /// <param name="outputTokens">As the service counted them; 0 where it did not say.</param>
    /// <param name="usd">What it cost.</param>
    public static void Called(string model, string outcome, int inputTokens = 0, int outputTokens = 0, double usd = 0)
    {
        Calls.Add(1, new("model", model), new("outcome", outcome));
        ChatTokens.Add(inputTokens, new("model", model), new("kind", "input"));
        ChatTokens.Add(outputTokens, new("model", model), new("kind", "output"));
        Cost.Add(usd, new KeyValuePair<string, object?>("model", model));
    }

    /// <param name="quota"><c>requests-per-minute</c> or <c>tokens-per-minute</c>.</param>
    /// <param name="limit">What the service lets through.</param>
    public static void QuotaLimit(string quota, double limit) => Limit.Record(limit, new KeyValuePair<string, object?>("quota", quota));

    /// <param name="quota"><c>requests-per-day</c> or <c>spend</c>.</param>
    /// <param name="used">Share of it that is used up, from 0 to 1.</param>
    public static void QuotaUsed(string quota, double used) => Quota.Record(used, new KeyValuePair<string, object?>("quota", quota));

    /// <summary>Has values looked up when somebody collects.</summary>
    public static void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        Own.CreateObservableGauge(name, values, unit, description);
}
