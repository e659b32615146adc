using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;
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
        var whole = CheckpointOptions.Base();
        var input = new Option<string>("--input")
        {
            Description = "Texts, one a line, or JSON lines with a text each: {\"text\": …}; - for standard input.",
            DefaultValueFactory = _ => "-",
        };
        var format = Formats.TextOrJson();
        var command = new Command("tokenize", "Shows the tokens of texts, with those that the tokenizer puts in front.") { tokenizer, checkpoint, whole, input, format };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(tokenizer) is null == parsed.GetValue(checkpoint) is null)
                parsed.AddError("tokenize: expected either --tokenizer or --checkpoint");
            if (parsed.GetValue(whole) is not null && parsed.GetValue(checkpoint) is null)
                parsed.AddError("--base: expected a --checkpoint that is an adapter of it");
        });
        var templates = new TemplateOptions();
        templates.AddTo(command);
        command.SetAction(parsed =>
        {
            var place = new CheckpointPlace(parsed.GetValue(tokenizer) ?? parsed.GetValue(checkpoint)!, parsed.GetValue(whole));
            var read = TokenizerFormats.Load(place.Tokenizer);
            var template = templates.Read(parsed, place);
            var isJson = parsed.GetValue(format) == "json";
            foreach (var messages in Conversations(parsed.GetValue(input)!, takesTurns: template is not null))
            {
                if (template is not null)
                {
                    Console.Out.WriteLine(Wrapped(template(messages), read, TextInput.Name(parsed.GetValue(input)!), isJson));
                    continue;
                }

                var text = messages[0].Content;
                int[] ids = [.. read.Beginning, .. read.EncodeToIds(text)];
                var pieces = ids.Select(id => read.Readable(read.Piece(id)));
                Console.Out.WriteLine(isJson ? JsonSerializer.Serialize(new { ids, pieces }, Json) : Line(ids, read));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static string Line(IEnumerable<int> ids, ITokenizer tokenizer) => string.Join('|', ids.Select(id =>
        $"{TerminalText.Plain(tokenizer.Readable(tokenizer.Piece(id)).Replace("\n", "", StringComparison.Ordinal))} {id}"));

    /// <summary>
    /// The tokens of a wrapped prompt: in JSON each with whether it is the template's, in text a line for each stretch of the template and of the prompt.
    /// </summary>
    private static string Wrapped(RenderedPrompt prompt, ITokenizer tokenizer, string source, bool isJson)
    {
        var tokens = new RenderedTokens(prompt, tokenizer, source);
        bool[] isTemplate = [.. Enumerable.Repeat(true, tokens.Start), .. tokens.IsTemplate];
        if (isJson)
        {
            var pieces = tokens.Ids.Select(id => tokenizer.Readable(tokenizer.Piece(id)));
            return JsonSerializer.Serialize(new { ids = tokens.Ids, pieces, rendered = prompt.Text, template = isTemplate }, Json);
        }

        var lines = new List<string>();
        for (var from = 0; from < isTemplate.Length;)
        {
            var to = from + isTemplate.Skip(from).TakeWhile(one => one == isTemplate[from]).Count();
            lines.Add($"{(isTemplate[from] ? "template" : "prompt  ")} {Line(tokens.Ids.Take(from..to), tokenizer)}");
            from = to;
        }

        return string.Join('\n', lines);
    }

    private static IEnumerable<IReadOnlyList<ChatMessage>> Conversations(string path, bool takesTurns)
    {
        var all = TextInput.ReadAll(path);
        var lines = (all.EndsWith('\n') ? all[..^1] : all).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        return lines[0].TrimStart().StartsWith('{')
            ? lines.Index().Where(line => line.Item.Length > 0).Select(line => (IReadOnlyList<ChatMessage>)Of(line.Item, path, line.Index + 1, takesTurns))
            : lines.Select(line => (IReadOnlyList<ChatMessage>)[new ChatMessage("user", line)]);
    }

    private static List<ChatMessage> Of(string line, string path, int number, bool takesTurns)
    {
        var expected = takesTurns ? "JSON with a text: {\"text\": …}, or with messages: {\"messages\": [{\"role\": …, \"content\": …}, …]}" : "JSON with a text: {\"text\": …}";
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("text", out var text)
                && text.ValueKind == JsonValueKind.String)
                return [new ChatMessage("user", text.GetString()!)];
            if (takesTurns && document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("messages", out var turns)
                && turns.Deserialize<List<ChatMessage>>(Json) is { Count: > 0 } messages
                && messages.TrueForAll(turn => turn is { Role: not null, Content: not null }))
                return messages;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException(ErrorClasses.InputFormat, TextInput.Name(path), $"line {number}", expected, JsonFlaw.Found(e), inner: e);
        }

        throw new BadInputException(ErrorClasses.InputFormat, TextInput.Name(path), $"line {number}", expected, Quoted.Beginning(line));
    }
}
