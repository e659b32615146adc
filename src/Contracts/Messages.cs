namespace Interpret.Contracts;

/// <summary>Asks the worker that hosts <paramref name="Model"/> to attribute one prompt. Ids only: the data lies in the database.</summary>
public sealed record ExplainPrompt(long UnitId, string Study, string Model);

/// <summary>Asks the worker that hosts <paramref name="Model"/> to read out a range of heads of one layer.</summary>
public sealed record ExplainHeads(long UnitId, string Study, string Model);

/// <summary>Asks the worker that hosts <paramref name="Model"/> to read out one feed-forward layer.</summary>
public sealed record ExplainLayer(long UnitId, string Study, string Model);

/// <summary>A work unit ended, well or parked; a hint to whoever plans or shows progress. The rows are the truth.</summary>
public sealed record WorkUnitEnded(long UnitId, string Study, string Stage, string Model, string Status);

/// <summary>Names of queues.</summary>
public static class Queues
{
    /// <summary>The queue of the workers that host a model.</summary>
    public static string Explain(string model) => $"explain-{model}";

    public const string Progress = "orchestrator-progress";
}
