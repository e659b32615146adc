using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Models.Tokenizers;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret tokenize</c>: the ids and pieces of texts, as a checkpoint's model gets them.</summary>
public static class TokenizeCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var tokenizer = new Option<string?>("--tokenizer") { Description = "A folder with tokenizer.model or tokenizer.json, or the file." };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A checkpoint's folder." };
        var input = new Option<string>("--input")
        {
            Description = "Texts, one a line, or JSON lines with a text each: {\"text\": …}; - for standard input.",
            DefaultValueFactory = _ => "-",
        };
        var format = Formats.TextOrJson();
        var command = new Command("tokenize", "Shows the tokens of texts, with those that the tokenizer puts in front.") { tokenizer, checkpoint, input, format };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(tokenizer) is null == parsed.GetValue(checkpoint) is null)
                parsed.AddError("tokenize: expected either --tokenizer or --checkpoint");
        });
        command.SetAction(parsed =>
        {
            var read = TokenizerFormats.Load(parsed.GetValue(tokenizer) ?? parsed.GetValue(checkpoint)!);
            var isJson = parsed.GetValue(format) == "json";
            foreach (var text in Texts(parsed.GetValue(input)!))
            {
                int[] ids = [.. read.Beginning, .. read.EncodeToIds(text)];
                var pieces = ids.Select(id => read.Readable(read.Piece(id)));
                Console.Out.WriteLine(isJson ? JsonSerializer.Serialize(new { ids, pieces }, Json)
                    : string.Join('|', ids.Zip(pieces, (id, piece) => $"{TerminalText.Plain(piece.Replace("\n", "", StringComparison.Ordinal))} {id}")));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<string> Texts(string path)
    {
        var all = TextInput.ReadAll(path);
        var lines = (all.EndsWith('\n') ? all[..^1] : all).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        return lines[0].TrimStart().StartsWith('{')
            ? lines.Index().Where(line => line.Item.Length > 0).Select(line => TextOf(line.Item, path, line.Index + 1))
            : lines;
    }

    private static string TextOf(string line, string path, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("text", out var text)
                && text.ValueKind == JsonValueKind.String)
                return text.GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException(ErrorClasses.InputFormat, TextInput.Name(path), $"line {number}", "JSON with a text: {\"text\": …}", e.Message, inner: e);
        }

        throw new BadInputException(ErrorClasses.InputFormat, TextInput.Name(path), $"line {number}", "JSON with a text: {\"text\": …}", Quoted.Beginning(line));
    }
}
