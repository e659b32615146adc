using System.CommandLine;
using Interpret.Models.Checkpoints;

namespace Interpret.Cli.Commands;

/// <summary>The options of commands that read one model: its checkpoint, or an adapter with its base.</summary>
internal sealed class CheckpointOptions(string description = "Folder with config.json, weights and tokenizer, or a LoRA adapter's.")
{
    private readonly Option<string> checkpoint = new("--checkpoint") { Description = description, Required = true };

    private readonly Option<string?> whole = Base();

    /// <summary>The option that names an adapter's base.</summary>
    public static Option<string?> Base(string description = "The checkpoint that the adapter changes; only where --checkpoint is an adapter.") =>
        new("--base") { Description = description };

    /// <summary>A folder among others, of which only adapters have the base.</summary>
    public static CheckpointPlace AdapterOrWhole(string folder, string? whole) => new(folder, CheckpointPlace.IsAdapter(folder) ? whole : null);

    public void AddTo(Command command)
    {
        command.Options.Insert(0, checkpoint);
        command.Options.Insert(1, whole);
    }

    public CheckpointPlace Read(ParseResult parsed) => new(parsed.GetValue(checkpoint)!, parsed.GetValue(whole));
}
