using Interpret.Contracts;

namespace Interpret.Models.Checkpoints;

/// <summary>Well-known checkpoints that are not of the kind that is read: told by the names of their tensors and files, with what to do about them.</summary>
internal static class OtherCheckpoints
{
    private const string Full = "the weights of a model in F32, F16 or BF16";
    private const string Adapter = "an adapter (LoRA or the like), which only changes another model";

    /// <summary>Prefixes that trainers put before every name.</summary>
    private static readonly string[] Prefixes = ["module.", "_orig_mod.", "model.", "base_model.model.", "transformer.", "language_model."];

    /// <summary>What the tensors are, where one that is expected is not as it should be or one is there that should not; null: nothing known.</summary>
    /// <param name="directory">The checkpoint.</param>
    /// <param name="name">The tensor at fault.</param>
    /// <param name="tensors">All that are there.</param>
    public static BadInputException? Instead(string directory, string name, IReadOnlyDictionary<string, TensorLocation> tensors)
    {
        foreach (var tensor in tensors.Values)
        {
            if (tensor.Name.Contains(".lora_A.", StringComparison.Ordinal) || tensor.Name.Contains(".lora_B.", StringComparison.Ordinal))
                return Bad(tensor.File, tensor.Name, Adapter, "Merge it into that model (peft's merge_and_unload) and save the result");
            if (Quantisation(tensor) is { } method) return Bad(tensor.File, tensor.Name, $"a checkpoint quantised by {method}", "Take the model's unquantised checkpoint");
        }

        foreach (var prefix in Prefixes)
        {
            if (tensors.TryGetValue(prefix + name, out var moved) && !tensors.ContainsKey(name))
                return Bad(
                    moved.File, moved.Name, $"names that begin with \"{prefix}\"",
                    "Save the state_dict() of the model itself, not of what wraps it");
        }

        const string Usual = "model.";
        return name.StartsWith(Usual, StringComparison.Ordinal) && !tensors.ContainsKey(name) && tensors.TryGetValue(name[Usual.Length..], out var bare)
            ? Bad(bare.File, bare.Name, $"names without \"{Usual}\" before them", "Save the whole model with its head, not its inner part")
            : null;
    }

    /// <summary>What a folder is that holds no weights of a model; null: nothing known.</summary>
    public static BadInputException? WithoutWeights(string directory) =>
        !CheckpointPlace.IsAdapter(directory) ? null : Bad(
            directory, null, Adapter, "Name that model: \"base\" in a study file, --base on the command line, Worker__Base of a worker"
            + (LoraConfig.BaseName(directory) is { } name ? $"; the adapter calls it {Quoted.Beginning(name)}" : ""));

    /// <summary>The folder of the whole model; refuses an adapter that stands there.</summary>
    /// <exception cref="BadInputException"><c>checkpoint-kind</c>.</exception>
    public static string RequireWhole(CheckpointPlace place)
    {
        if (File.Exists(Path.Combine(place.Whole, CheckpointPlace.ConfigFile)) || WithoutWeights(place.Whole) is not { } adapter)
            return place.Whole;
        throw place.Base is null ? adapter : new BadInputException(
            ErrorClasses.CheckpointKind, place.Whole, null, "the whole model that an adapter changes", "an adapter", "Merge that one into its own base first");
    }

    private static string? Quantisation(TensorLocation tensor)
    {
        if (tensor.DType.StartsWith("F8", StringComparison.Ordinal) || Ends(".weight_scale_inv")) return "FP8";
        if (Ends(".qweight") || Ends(".qzeros") || Ends(".g_idx")) return "GPTQ or AWQ";
        if (Ends(".SCB") || Ends(".weight.absmax") || Ends(".weight_format") || tensor.Name.Contains(".quant_state.", StringComparison.Ordinal)) return "bitsandbytes";
        return Ends(".weight_packed") ? "compressed-tensors" : null;

        bool Ends(string suffix) => tensor.Name.EndsWith(suffix, StringComparison.Ordinal);
    }

    private static BadInputException Bad(string file, string? tensor, string found, string remedy) => new(
        ErrorClasses.CheckpointKind, file, tensor is null ? null : $"tensor {Quoted.Beginning(tensor)}", Full, found, remedy);
}
