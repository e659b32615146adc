using System.CommandLine;
using System.Globalization;
using Interpret.Cli.Clients;
using Interpret.Models.Checkpoints;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret models</c>: what a cluster knows of models, so that a study may name them before a worker is there.</summary>
public static class ModelsCommand
{
    public static Command Create()
    {
        var format = Formats.TextOrJson();
        var command = new Command("models", "Lists the models that a cluster's studies may name without bringing their checkpoint.") { format, Add(), Remove() };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = HttpStudyClient.Of(parsed, "models");
            var models = await client.ModelsAsync(cancel);
            if (parsed.GetValue(format) == "json")
            {
                await Screen.WriteJsonAsync(models);
                return ExitCodes.Done;
            }

            var table = new Table().RoundedBorder().AddColumns("model", "layers", "heads", "checkpoint", "known by");
            foreach (var model in models)
            {
                table.AddRow(new[]
                {
                    model.Name, model.Layers.ToString(CultureInfo.InvariantCulture), model.Heads.ToString(CultureInfo.InvariantCulture),
                    model.ContentHash, model.Registered ? "registration" : "a worker",
                }.Select(TerminalText.Escaped).ToArray());
            }

            Screen.Output.Write(table);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "The model's name in studies." };
        var checkpoint = new CheckpointOptions("The folder of its checkpoint on this machine; nothing of it is sent but layers, heads and hash.");
        var command = new Command("add", "Registers a model: studies may name it before a worker that hosts it is there.") { name };
        checkpoint.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var facts = CheckpointHash.Facts(checkpoint.Read(parsed));
            SubmissionText.TellNotes(facts.Remarks);
            using var client = HttpStudyClient.Of(parsed, "models add");
            await client.RegisterModelAsync(parsed.GetValue(name)!, facts, cancel);
            Screen.Error.MarkupLine(
                $"{TerminalText.Escaped(parsed.GetValue(name)!)}: {facts.Layers} layers of {facts.Heads} heads, checkpoint {TerminalText.Escaped(facts.ContentHash ?? "")}.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Remove()
    {
        var name = new Argument<string>("name") { Description = "The model's name in studies." };
        var command = new Command("remove", "Forgets a model; studies that were submitted keep what they were planned with.") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = HttpStudyClient.Of(parsed, "models remove");
            await client.ForgetModelAsync(parsed.GetValue(name)!, cancel);
            return ExitCodes.Done;
        });
        return command;
    }
}
