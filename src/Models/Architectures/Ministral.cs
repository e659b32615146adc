namespace Interpret.Models.Architectures;

/// <summary>
/// Ministral 8B (2024). Like Mistral, except:
/// <c>layer_types</c> says which layers see a window; without it all do.
/// </summary>
public sealed class Ministral : Mistral
{
    public override string Name => "ministral";

    public override IReadOnlyList<string> Architectures => ["MinistralForCausalLM"];

    public override DecoderConfig Config(ConfigReader config)
    {
        var read = CommonKeys.Read(config, Defaults);
        return read with { Positions = CommonKeys.Windows(config, read, CommonKeys.Window(config, 4096), _ => true) };
    }
}
