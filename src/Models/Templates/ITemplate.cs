using Interpret.Contracts;

namespace Interpret.Models.Templates;

/// <summary>A kind of template: what it makes of a conversation.</summary>
internal interface ITemplate
{
    /// <summary>Whether the template writes the token that texts begin with itself; else the tokenizer puts it there.</summary>
    bool WritesBeginning { get; }

    /// <param name="messages">The conversation.</param>
    /// <param name="date">The day that it takes place; null: none is said.</param>
    /// <param name="asksForResponse">Whether the text ends where the assistant's next turn begins.</param>
    /// <exception cref="BadInputException"><c>template</c>: it has no place for the conversation, or refuses it.</exception>
    string Render(IReadOnlyList<ChatMessage> messages, DateOnly? date, bool asksForResponse = true);
}
