using System.Text.Json.Serialization;

namespace Interpret.Contracts;

/// <summary>How prompts are wrapped for a model; where there are no settings, they are not.</summary>
/// <param name="Name"><see cref="Checkpoint"/>, or the name of the file that the text was read from.</param>
/// <param name="Text">The template's text; null: the checkpoint's own is used.</param>
public sealed record TemplateSettings(string Name, string? Text)
{
    /// <summary>How study files and commands say that a prompt goes in as it is.</summary>
    public const string None = "none";

    /// <summary>How they say that the checkpoint's own template wraps it.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>What a template's file ends in when it is in Jinja's language; any other has <c>{prompt}</c> and <c>{system}</c>.</summary>
    public const string JinjaExtension = ".jinja";

    /// <summary>What a date in a template says where neither study nor command gives one: the day that Llama 3's own template falls back to.</summary>
    public static DateOnly DefaultDate { get; } = new(2024, 7, 26);

    /// <summary>The file that the text was read from, if any; it goes with a submission.</summary>
    [JsonIgnore]
    public string? File { get; init; }

    /// <summary>That file as the study names it.</summary>
    [JsonIgnore]
    public string? Given { get; init; }
}
