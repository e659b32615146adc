using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>Models of one architecture: turns its config.json and its tensors' names into the one form that everything else reads.</summary>
public interface IFamily : IKind
{
    /// <summary>As <c>architectures</c> of config.json names it, such as <c>LlamaForCausalLM</c>.</summary>
    IReadOnlyList<string> Architectures { get; }

    /// <exception cref="BadInputException">Names the key that is wrong, or that says what this form cannot express.</exception>
    DecoderConfig Config(ConfigReader config);

    /// <summary>Where a slot's numbers lie.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="layer">From 0; says nothing for a slot of the model.</param>
    /// <param name="config">The model.</param>
    /// <returns>Null: the family has no such tensor.</returns>
    TensorSource? Find(Slot slot, int layer, DecoderConfig config);
}
