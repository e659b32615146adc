using System.Globalization;
using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Models.Templates.Jinja;

namespace Interpret.Models.Templates;

/// <summary>A template in Jinja's language, given what Hugging Face's <c>apply_chat_template</c> gives it.</summary>
/// <param name="template">The template.</param>
/// <param name="specialTokens">The writing of special tokens by their names, such as <c>bos_token</c>.</param>
internal sealed class JinjaChat(JinjaTemplate template, IReadOnlyDictionary<string, string> specialTokens) : ITemplate
{
    public bool WritesBeginning => true;

    /// <inheritdoc />
    /// <remarks>
    /// A date that is given is <c>date_string</c> too, written as templates write it; where none is given that is not there, so that theirs holds.
    /// </remarks>
    public string Render(IReadOnlyList<ChatMessage> messages, DateOnly? date, bool asksForResponse = true)
    {
        var variables = new JsonObject
        {
            ["messages"] = new JsonArray([.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
            ["add_generation_prompt"] = asksForResponse,
            ["tools"] = null,
            ["documents"] = null,
        };
        foreach (var (name, writing) in specialTokens)
            variables[name] = writing;
        if (date is { } day)
            variables["date_string"] = day.ToString("dd MMM yyyy", CultureInfo.InvariantCulture);
        return template.Render(variables, date ?? TemplateSettings.DefaultDate);
    }
}
