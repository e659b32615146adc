using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>How a checkpoint stretches its rotary embedding beyond the context that it was trained on.</summary>
public abstract record RopeScaling
{
    /// <summary>Positions are divided by the factor.</summary>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>The base grows with the sequence once that is longer than the trained context ("NTK-aware").</summary>
    public sealed record Dynamic(double Factor) : RopeScaling;

    /// <summary>Long wavelengths are divided by the factor, short ones kept, those between interpolated (Llama 3.1).</summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int TrainedContext) : RopeScaling;

    /// <summary>
    /// The same idea with a ramp over the pairs of a head, and what is turned is stretched too (Peng et al. 2023, arXiv 2309.00071).
    /// </summary>
    /// <param name="Factor">Long wavelengths are divided by it.</param>
    /// <param name="Stretch">Turned queries and keys are multiplied by it.</param>
    /// <param name="FastTurns">Pairs that turn so often within the trained context, or oftener, are kept.</param>
    /// <param name="SlowTurns">Pairs that turn so seldom, or seldomer, are divided.</param>
    /// <param name="TrainedContext">Positions.</param>
    /// <param name="WholePairs">The ramp begins and ends at whole pairs.</param>
    public sealed record Yarn(double Factor, double Stretch, double FastTurns, double SlowTurns, int TrainedContext, bool WholePairs) : RopeScaling;

    /// <summary>The scaling that an object of config.json states; null: none.</summary>
    /// <param name="scaling">The object.</param>
    /// <param name="key">Its key, for the refusal of its type.</param>
    /// <param name="config">What holds the object.</param>
    /// <exception cref="BadInputException">A type or a key that is not known: nothing is approximated.</exception>
    internal static RopeScaling? Read(ConfigReader scaling, string key, ConfigReader config)
    {
        const string one = "rope_type", other = "type"; // the newer and the older name of one thing
        if (scaling.Written(one) is { } newer && scaling.Written(other) is { } older && newer != older)
            throw scaling.Disagree(other, newer, older);
        var type = scaling.Written(one) ?? scaling.Written(other);
        if (type is null && scaling.Keys.Any(name => name is not ("rope_theta" or "partial_rotary_factor")))
            throw scaling.Bad(one, "the kind of scaling", "nothing");
        int Context() => scaling.OptionalInteger("original_max_position_embeddings") ?? config.Integer("max_position_embeddings");
        RopeScaling? read;
        string[] keys;
        switch (type)
        {
            case null or "default":
                (read, keys) = (null, ["factor", "original_max_position_embeddings"]); // to Hugging Face's library they say nothing here
                break;
            case "linear":
                (read, keys) = (new Linear(scaling.RequiredNumber("factor")), ["factor", "original_max_position_embeddings"]);
                break;
            case "dynamic":
                (read, keys) = (new Dynamic(scaling.RequiredNumber("factor")), ["factor"]);
                break;
            case "llama3":
                read = new Llama3(
                    scaling.RequiredNumber("factor"), scaling.RequiredNumber("low_freq_factor"), scaling.RequiredNumber("high_freq_factor"),
                    (int)scaling.RequiredNumber("original_max_position_embeddings"));
                keys = ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"];
                break;
            case "yarn":
                var factor = scaling.RequiredNumber("factor");
                read = new Yarn(
                    factor, YarnStretch(scaling, factor), scaling.Number("beta_fast") ?? 32, scaling.Number("beta_slow") ?? 1, Context(),
                    scaling.OptionalFlag("truncate") ?? true);
                keys = ["factor", "attention_factor", "mscale", "mscale_all_dim", "beta_fast", "beta_slow", "original_max_position_embeddings", "truncate", "finetuned"];
                break;
            default:
                throw config.Bad(
                    key, "default, linear, dynamic, llama3 or yarn", type, ErrorClasses.ArchitectureUnknown,
                    "Scores by other frequencies than the model was trained with would be wrong, so nothing is computed");
        }

        if (scaling.Keys.FirstOrDefault(name => name is not (one or other or "rope_theta" or "partial_rotary_factor") && !keys.Contains(name)) is { } unknown)
        {
            throw scaling.Bad(
                unknown, $"what {type ?? "default"} scaling has: {string.Join(", ", keys)}", scaling.Written(unknown)!, ErrorClasses.ArchitectureUnknown);
        }

        return read;
    }

    /// <summary>YaRN's temperature, as a factor of turned queries and of turned keys: 0.1 ln(factor) + 1, unless the file says otherwise.</summary>
    private static double YarnStretch(ConfigReader scaling, double factor)
    {
        double Of(double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
        if (scaling.Number("attention_factor") is { } stated)
            return stated;
        return scaling.Number("mscale") is { } scale && scaling.Number("mscale_all_dim") is { } all ? Of(scale) / Of(all) : Of(1);
    }
}
