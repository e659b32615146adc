using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates.Jinja;
using Interpret.Models.Tokenizers;

namespace Interpret.Models.Templates;

/// <summary>How prompts are wrapped for a model: by the template of its checkpoint, or by one from a file. Thread-safe.</summary>
public sealed class ChatTemplate
{
    private const string Key = "chat_template";
    private const string JinjaFile = Key + TemplateSettings.JinjaExtension, JsonFile = Key + ".json";
    private const string DefaultName = "default";
    private const long LongestFile = 4_000_000;

    private readonly ITemplate template;
    private readonly string source;
    private readonly IReadOnlyDictionary<string, string> specialTokens;

    private ChatTemplate(ITemplate template, string source, IReadOnlyDictionary<string, string> specialTokens) =>
        (this.template, this.source, this.specialTokens) = (template, source, specialTokens);

    /// <summary>Files of a checkpoint that say how prompts are wrapped, beside the tokenizer's settings.</summary>
    public static IReadOnlyList<string> Files { get; } = [JinjaFile, JsonFile, Tokenizers.SpecialTokens.Map];

    /// <param name="settings">The template.</param>
    /// <param name="place">The checkpoint's folder, or its tokenizer file; an adapter without a template of its own has its base's.</param>
    /// <exception cref="BadInputException"><c>template-missing</c>: the checkpoint has none; <c>template</c>: something in it is not known, with its line.</exception>
    public static ChatTemplate Of(TemplateSettings settings, CheckpointPlace place)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var tokens = Tokenizers.SpecialTokens.Of(Folder(place.Tokenizer));
        if (settings.Text is null)
        {
            var own = Folder(place.Directory);
            var (text, file) = OfCheckpoint(own) ?? (place.Base is { } whole ? OfCheckpoint(whole) : null) ?? throw new BadInputException(
                ErrorClasses.TemplateMissing, own, null, $"a chat template: {Key} in {TokenizerFormats.Settings}, or {JinjaFile}", "none",
                "A pre-trained model has none: leave the template out, or give a file with {prompt}");
            return new ChatTemplate(new JinjaChat(JinjaTemplate.Read(text, file), tokens), file, tokens);
        }

        return new ChatTemplate(
            settings.Name.EndsWith(TemplateSettings.JinjaExtension, StringComparison.OrdinalIgnoreCase)
                ? new JinjaChat(JinjaTemplate.Read(settings.Text, settings.Name), tokens)
                : new PlaceholderTemplate(settings.Text, settings.Name),
            settings.Name, tokens);
    }

    private static string Folder(string path) => Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>
    /// The text of a folder's own template, and where it stands: in a file of its own, which counts first, or in the settings. Null: it has none.
    /// </summary>
    private static (string Text, string File)? OfCheckpoint(string directory)
    {
        var own = Path.Combine(directory, JinjaFile);
        if (File.Exists(own))
            return (Read(own), own);
        foreach (var file in new[] { TokenizerFormats.Settings, JsonFile }.Select(name => Path.Combine(directory, name)).Where(File.Exists))
        {
            if (CheckpointJson.Read(file, ErrorClasses.ConfigMalformed, root => Text(root, file)) is { } text)
                return (text, $"{file}: {Key}");
        }

        return null;
    }

    private static string Read(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            return length <= LongestFile ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file)).TrimStart('\uFEFF')
                : throw new BadInputException(ErrorClasses.Template, file, null, $"at most {LongestFile:N0} bytes", $"{length:N0}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInputException(ErrorClasses.Template, file, null, "a readable text in UTF-8", e.Message, inner: e);
        }
    }

    // A text, or several with a name each, of which "default" is for conversations.
    private static string? Text(JsonElement root, string file)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Key, out var template) || template.ValueKind == JsonValueKind.Null)
            return null;
        if (template.ValueKind == JsonValueKind.String)
            return template.GetString();
        if (template.ValueKind != JsonValueKind.Array)
            throw new BadInputException(ErrorClasses.ConfigMalformed, file, Key, "a text, or a list of templates with names", Quoted.Beginning(template.GetRawText()));
        var names = new List<string>();
        foreach (var one in template.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                || !one.TryGetProperty("template", out var text) || text.ValueKind != JsonValueKind.String)
                throw new BadInputException(ErrorClasses.ConfigMalformed, file, Key, "templates with name and template", Quoted.Beginning(one.GetRawText()));
            if (name.ValueEquals(DefaultName))
                return text.GetString();
            names.Add(name.GetString()!);
        }

        throw new BadInputException(
            ErrorClasses.TemplateMissing, file, Key, $"a template named {DefaultName}", names.Count == 0 ? "none" : Quoted.List(names),
            "Write the one that is meant into a file that ends in .jinja");
    }

    /// <summary>Wraps a conversation whose last turn is the prompt, and finds the prompt's own text in it.</summary>
    /// <param name="messages">The turns; the last is the user's.</param>
    /// <param name="date">The day that it takes place; null: <see cref="TemplateSettings.DefaultDate"/>, if the template has none of its own.</param>
    /// <exception cref="BadInputException">
    /// <c>template</c>: the template refuses the conversation, leaves out its system message, or changes the prompt, so that its text cannot be told
    /// from the template's.
    /// </exception>
    public RenderedPrompt Render(IReadOnlyList<ChatMessage> messages, DateOnly? date = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count == 0 || messages[^1].Role != "user")
            throw Bad("a conversation that ends with the user's turn", messages.Count == 0 ? "none" : messages[^1].Role);
        var text = template.Render(messages, date);
        // Rendered with a sign in the prompt's place, the text around it shows.
        var sign = "prompt0Q";
        while (text.Contains(sign, StringComparison.Ordinal))
            sign += "0Q";
        var around = template.Render([.. messages.SkipLast(1), new ChatMessage("user", sign)], date);
        var start = around.IndexOf(sign, StringComparison.Ordinal);
        if (start < 0)
            throw Bad("a template that puts the prompt in", "one that leaves it out or changes it");
        if (around.IndexOf(sign, start + 1, StringComparison.Ordinal) >= 0)
            throw Bad("a template that puts the prompt in once", "one that does so twice");
        var behind = around.AsSpan(start + sign.Length);
        var length = text.Length - start - behind.Length;
        if (length < 0 || !text.AsSpan(0, start).SequenceEqual(around.AsSpan(0, start)) || !text.AsSpan(start + length).SequenceEqual(behind)
            || !IsPrompt(text.AsSpan(start, length), messages[^1].Content))
            throw Bad("a template that puts every prompt in as it is", $"one that changes {Quoted.Of(messages[^1].Content)}", "Its tokens could not be told from the template's");
        foreach (var message in messages.SkipLast(1).Where(message => message.Role == "system"))
        {
            if (!text.Contains(PythonText.Strip(message.Content, null), StringComparison.Ordinal))
                throw Bad("a template that puts the system message in", "one that leaves it out or changes it", "Leave the system message out");
        }

        return new RenderedPrompt(text, start, length, Lead(messages, date, text), template.WritesBeginning, specialTokens);
    }

    private static bool IsPrompt(ReadOnlySpan<char> own, string prompt) => own.SequenceEqual(prompt) || own.SequenceEqual(PythonText.Strip(prompt, null));

    /// <summary>The blanks that the template writes before what an assistant says; anything else than blanks is the response's own.</summary>
    private string Lead(IReadOnlyList<ChatMessage> messages, DateOnly? date, string rendered)
    {
        var sign = "response0Q";
        while (rendered.Contains(sign, StringComparison.Ordinal))
            sign += "0Q";
        try
        {
            var answered = template.Render([.. messages, new ChatMessage("assistant", sign)], date, asksForResponse: false);
            var end = answered.IndexOf(sign, StringComparison.Ordinal);
            return end >= rendered.Length && answered.StartsWith(rendered, StringComparison.Ordinal) && answered[rendered.Length..end] is var lead
                && lead.All(PythonText.IsBlank) ? lead : "";
        }
        catch (BadInputException)
        {
            return ""; // a template without a place for a response writes nothing before it
        }
    }

    private BadInputException Bad(string expected, string found, string? remedy = null) => new(ErrorClasses.Template, source, null, expected, found, remedy);
}
