using Interpret.Contracts;
using Interpret.Models.Tokenizers;

namespace Interpret.Models.Checkpoints;

/// <summary>Where a model lies: the folder of a checkpoint, or that of an adapter with the folder of the checkpoint that it changes.</summary>
/// <param name="Directory">The checkpoint's folder, or the adapter's.</param>
/// <param name="Base">The folder of the checkpoint that the adapter changes; null: <paramref name="Directory"/> is a checkpoint.</param>
/// <param name="Precision">How its weights are held.</param>
public sealed record CheckpointPlace(string Directory, string? Base = null, WeightPrecision Precision = WeightPrecision.Automatic)
{
    /// <summary>The folder with config.json and the weights of a whole model.</summary>
    public string Whole => Base ?? Directory;

    /// <summary>The folder, or the file, that the tokenizer is read from: an adapter's own, if it has one, else its base's.</summary>
    /// <exception cref="BadInputException"><c>checkpoint-kind</c>: an adapter without a tokenizer, and its base is not named.</exception>
    public string Tokenizer
    {
        get
        {
            if (TokenizerFormats.All.Any(format => File.Exists(Path.Combine(Directory, format.FileName))))
                return Directory;
            if (Base is null && OtherCheckpoints.WithoutWeights(Directory) is { } adapter && !File.Exists(Path.Combine(Directory, ConfigFile)))
                throw adapter;
            return Whole;
        }
    }

    /// <summary>What describes the architecture of a whole model.</summary>
    internal const string ConfigFile = "config.json";

    /// <summary>Whether a folder holds an adapter, of whatever kind.</summary>
    public static bool IsAdapter(string directory) => File.Exists(Path.Combine(directory, LoraConfig.FileName));

    /// <summary>Where a study says that one of its models lies; null: it says nothing, the model's explanations are imported.</summary>
    public static CheckpointPlace? Of(StudyModel model) => model.Checkpoint is { } checkpoint ? new(checkpoint, model.Base, model.Precision) : null;

    public static implicit operator CheckpointPlace(string directory) => new(directory);
}
