using System.ComponentModel.DataAnnotations;
using Interpret.Contracts;

namespace Interpret.GpuWorker;

/// <summary>What a worker of a cluster hosts: the settings <c>Worker:…</c>.</summary>
public sealed record WorkerSettings
{
    public const string Section = "Worker";

    /// <summary>The model's name in studies.</summary>
    [Required(ErrorMessage = "the name of a model in studies")]
    public string Model { get; init; } = "";

    /// <summary>Its folder on this machine: a checkpoint's, or an adapter's.</summary>
    [Required(ErrorMessage = "the folder of its checkpoint")]
    public string Checkpoint { get; init; } = "";

    /// <summary>The folder of the checkpoint that the adapter changes; null: there is none.</summary>
    public string? Base { get; init; }

    /// <summary>How its weights are held.</summary>
    public WeightPrecision Precision { get; init; }

    /// <summary>Whether the weights are loaded before the first unit asks for them; attention and feed-forward units need them never.</summary>
    public bool Preload { get; init; } = true;
}
