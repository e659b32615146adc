using Interpret.Contracts;

namespace Interpret.Models.Templates;

/// <summary>
/// A text with <c>{prompt}</c> where the prompt goes and, if it has one, <c>{system}</c> where the system message goes. Its last line end is not part
/// of it.
/// </summary>
internal sealed class PlaceholderTemplate : ITemplate
{
    private const string Prompt = "{prompt}", System = "{system}";

    private readonly string text, source;

    /// <exception cref="BadInputException"><c>template</c>: no place for the prompt, or two of something.</exception>
    public PlaceholderTemplate(string text, string source)
    {
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        this.text = text.EndsWith('\n') ? text[..^1] : text;
        this.source = source;
        if (Count(Prompt) != 1)
            throw Bad($"{Prompt} once, where the prompt goes", Count(Prompt) == 0 ? "none" : $"{Count(Prompt)} of them");
        if (Count(System) > 1)
            throw Bad($"{System} at most once", $"{Count(System)} of them");
    }

    public bool WritesBeginning => false;

    public string Render(IReadOnlyList<ChatMessage> messages, DateOnly? date, bool asksForResponse = true)
    {
        var system = messages is [{ Role: "system" }, ..] ? messages[0].Content : null;
        if (messages.Count != (system is null ? 1 : 2) || messages[^1].Role != "user" || !asksForResponse)
            throw Bad("a prompt and at most a system message", $"the turns {string.Join(", ", messages.Select(message => message.Role))}", "A Jinja template takes any conversation");
        if (system is not null && Count(System) == 0)
            throw Bad($"{System}, where the system message goes", "none", "Leave the system message out, or give it a place");
        var (prompt, place) = (text.IndexOf(Prompt, StringComparison.Ordinal), text.IndexOf(System, StringComparison.Ordinal));
        // What is filled in is not looked at again: a prompt may hold "{system}".
        return place < 0 ? Filled(text, prompt, Prompt, messages[^1].Content)
            : place < prompt ? Filled(text[..prompt], place, System, system ?? "") + messages[^1].Content + text[(prompt + Prompt.Length)..]
            : text[..prompt] + messages[^1].Content + Filled(text[(prompt + Prompt.Length)..], place - prompt - Prompt.Length, System, system ?? "");
    }

    private static string Filled(string text, int at, string name, string content) => text[..at] + content + text[(at + name.Length)..];

    private int Count(string name) => text.AsSpan().Count(name);

    private BadInputException Bad(string expected, string found, string? remedy = null) => new(ErrorClasses.Template, source, null, expected, found, remedy);
}
