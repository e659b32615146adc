namespace Interpret.Models.Architectures;

/// <summary>
/// Mistral 7B (Jiang et al. 2023), Nemo. Like LLaMA, except:
/// its architecture has a name of its own in config.json;
/// all layers see a window of <c>sliding_window</c> positions, where that is not null (versions 0.2 and later).
/// </summary>
public class Mistral : Llama
{
    public override string Name => "mistral";

    public override IReadOnlyList<string> Architectures => ["MistralForCausalLM"];

    private protected override ConfigDefaults Defaults => new() { ContextLength = 4096 * 32 };

    public override DecoderConfig Config(ConfigReader config)
    {
        var read = base.Config(config);
        var window = CommonKeys.Window(config, 4096);
        var positions = CommonKeys.Windows(config, read, window, _ => true);
        if (positions is not [var all] || all.Window != window)
            throw config.Disagree("layer_types", $"{(window is null ? CommonKeys.Full : CommonKeys.Sliding)} everywhere, as this architecture has it", "another kind");
        return read with { Positions = positions };
    }
}
