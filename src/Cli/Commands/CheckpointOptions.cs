using System.CommandLine;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;

namespace Interpret.Cli.Commands;

/// <summary>The options of commands that read one model: its checkpoint, or an adapter with its base.</summary>
internal sealed class CheckpointOptions(string description = "Folder with config.json, weights and tokenizer, or a LoRA adapter's.")
{
    private readonly Option<string> checkpoint = new("--checkpoint") { Description = description, Required = true };

    private readonly Option<string?> whole = Base();

    private readonly Option<string> precision = Held();

    /// <summary>The option that names an adapter's base.</summary>
    public static Option<string?> Base(string description = "The checkpoint that the adapter changes; only where --checkpoint is an adapter.") =>
        new("--base") { Description = description };

    /// <summary>The option that says how weights are held.</summary>
    private static Option<string> Held()
    {
        var option = new Option<string>("--precision")
        {
            Description = "How its weights are held: as float32, as the checkpoint has them, rounded, or automatic: float32 where that fits into memory.",
            DefaultValueFactory = _ => "automatic",
        };
        option.AcceptOnlyFromAmong([.. WeightPrecisions.ByName.Keys]);
        return option;
    }

    /// <summary>A folder among others, of which only adapters have the base.</summary>
    public static CheckpointPlace AdapterOrWhole(string folder, string? whole) => new(folder, CheckpointPlace.IsAdapter(folder) ? whole : null);

    public void AddTo(Command command)
    {
        command.Options.Insert(0, checkpoint);
        command.Options.Insert(1, whole);
        command.Options.Add(precision);
    }

    public CheckpointPlace Read(ParseResult parsed) => new(
        parsed.GetValue(checkpoint)!, parsed.GetValue(whole), WeightPrecisions.ByName[parsed.GetValue(precision)!]);

    /// <summary>As the other, with a second model beside: the base is that of whichever is an adapter, the precision both's.</summary>
    public (CheckpointPlace Place, CheckpointPlace? Other) Read(ParseResult parsed, string? other)
    {
        var place = Read(parsed);
        if (other is null)
            return (place, null);
        var second = AdapterOrWhole(other, place.Base) with { Precision = place.Precision };
        return (second.Base is null ? place : AdapterOrWhole(place.Directory, place.Base) with { Precision = place.Precision }, second);
    }
}
