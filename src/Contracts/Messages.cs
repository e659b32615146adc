
namespace Interpret.Contracts;

/// <summary>Asks the worker that hosts <paramref name="Model"/> to attribute one prompt. Ids only: the data lies in the database.</summary>
public sealed record ExplainPrompt(long UnitId, string Study, string Model);

/// <summary>Asks the worker that hosts <paramref name="Model"/> to read out a range of heads of one layer.</summary>
public sealed record ExplainHeads(long UnitId, string Study, string Model);

/// <summary>Asks the worker that hosts <paramref name="Model"/> to read out one feed-forward layer.</summary>
public sealed record ExplainLayer(long UnitId, string Study, string Model);

/// <summary>Asks an annotator to annotate a batch of concepts in one pass.</summary>
public sealed record AnnotateConcepts(long UnitId, string Study, string Model);

/// <summary>Work units ended; a hint to whoever plans or shows progress. The rows are the truth.</summary>
public sealed record WorkUnitsEnded(IReadOnlyList<WorkUnitEnded> Units);

/// <summary>A work unit ended: done, parked, or waiting to be tried again.</summary>
public sealed record WorkUnitEnded(long UnitId, string Study, string Stage, string Model, string Status);

/// <summary>What orchestrators and workers mean by the messages above.</summary>
public static class Protocol
{
    /// <summary>Goes up when a message's meaning changes; a worker gives back what it may not understand.</summary>
    public const int Version = 1;

    /// <summary>The message header that holds it.</summary>
    public const string Header = "Interpret-Protocol";
}

/// <summary>Names of queues.</summary>
public static class Queues
{
    /// <summary>The queue of the workers that host a model.</summary>
    public static string Explain(string model) => ExplainPrefix + model;

    /// <summary>What the name of every such queue begins with.</summary>
    public const string ExplainPrefix = "explain-";

    /// <summary>The queue of the annotators.</summary>
    public const string Annotate = "annotate";

    public const string Progress = "orchestrator-progress";
}
