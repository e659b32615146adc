namespace Interpret.Models.Architectures;

/// <summary>
/// Mistral 7B (Jiang et al. 2023). Like LLaMA, except:
/// its architecture has a name of its own in config.json;
/// its first version sees a sliding window of positions, <c>sliding_window</c>, which <see cref="Llama"/> reads as well, for checkpoints that were renamed.
/// </summary>
public sealed class Mistral : Llama
{
    public override string Name => "mistral";

    public override IReadOnlyList<string> Architectures => ["MistralForCausalLM"];
}
