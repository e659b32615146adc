using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Interpret.Models.Checkpoints;
using Interpret.Models.Parity;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret check</c>: whether this program runs a checkpoint as another one does, with a certificate that says how near.</summary>
public static class CheckCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "A checkpoint's folder, or a LoRA adapter's." };
        var reference = new Option<string>("--reference")
        {
            Description = "What another program computed of it, as samples/parity/reference.py writes it.",
            Required = true,
        };
        var whole = CheckpointOptions.Base("The checkpoint that the adapter changes; only where the first is an adapter.");
        var format = Formats.TextOrJson();
        var command = new Command("check", "Compares token ids, hidden states, logits and generated ids of a checkpoint with those of another program.")
        {
            checkpoint, whole, reference, format,
        };
        command.SetAction((parsed, cancel) => Task.Run(
            () => Run(
                new CheckpointPlace(parsed.GetValue(checkpoint)!, parsed.GetValue(whole)), parsed.GetValue(reference)!, parsed.GetValue(format) == "json", cancel),
            cancel));
        return command;
    }

    private static int Run(CheckpointPlace place, string reference, bool isJson, CancellationToken cancel)
    {
        var expected = ReferenceCase.Read(reference);
        var files = ModelFiles.Open(place);
        var hash = CheckpointHash.Of(files.Checkpoint);
        using var model = files.Load();
        List<ParityOfCase> cases = [.. expected.Select(one => ParityCheck.Run(files, model, one, cancel))];
        var certificate = new
        {
            checkpoint = hash,
            reference = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(reference))),
            family = files.Checkpoint.Family.Name,
            alike = cases.TrueForAll(one => one.Alike),
            allowed = ParityOfCase.Allowed,
            worst = cases.Max(one => one.Logits),
            cases,
        };
        if (isJson)
            Console.Out.WriteLine(JsonSerializer.Serialize(certificate, ExplainCommand.Readable));
        else
            Console.Out.Write(Text(certificate.checkpoint, certificate.reference, certificate.family, cases));
        return certificate.alike ? ExitCodes.Done : ExitCodes.Parked;
    }

    private static string Text(string checkpoint, string reference, string family, List<ParityOfCase> cases)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"checkpoint  {checkpoint}  ({family})\nreference   {reference}\n\n");
        foreach (var (i, one) in cases.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"case {i + 1}: {Tokens("token ids", one.Tokens, one.TokensDiffer)}");
            if (one.Layers.Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"; hidden states {one.Layers.Max():E1}");
            if (one.FirstDivergingLayer is { } place)
                text.Append(place == 0 ? ", which differ before the first layer" : $", which first differ after layer {place - 1}");
            if (one.Logits is { } logits)
                text.Append(CultureInfo.InvariantCulture, $"; logits {logits:E1}");
            if (one.Greedy > 0)
                text.Append("; ").Append(Tokens("generated ids", one.Greedy, one.GreedyDiffer));
            text.Append('\n');
        }

        text.Append('\n');
        if (cases.Max(one => one.Logits) is { } worst)
            text.Append(CultureInfo.InvariantCulture, $"worst difference of logits: {worst:E1} of the largest; {ParityOfCase.Allowed:E0} is allowed\n");
        return text.Append(cases.TrueForAll(one => one.Alike) ? "This program runs the checkpoint as the reference does.\n"
                : "This program does NOT run the checkpoint as the reference does.\n").ToString();
    }

    private static string Tokens(string what, int count, int? differ) => differ is { } at
        ? string.Create(CultureInfo.InvariantCulture, $"{what} differ from number {at} on (of {count})")
        : string.Create(CultureInfo.InvariantCulture, $"{count} {what} the same");
}
