
namespace Interpret.Contracts;

/// <summary>Asks a worker to work a unit. The id only: what it is about lies in the database.</summary>
public sealed record WorkUnit(long UnitId);

/// <summary>Work units ended, well or badly; a hint that there is room for others. The rows are the truth.</summary>
public sealed record WorkUnitsEnded;

/// <summary>What orchestrators and workers mean by the messages above.</summary>
public static class Protocol
{
    /// <summary>Goes up when a message's meaning changes; a worker gives back what it may not understand.</summary>
    public const int Version = 2;

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
