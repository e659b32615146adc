using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Datasets;

/// <summary>A row of a dataset as its format gives it; <see cref="DatasetRules"/> says whether it can be used.</summary>
/// <param name="Row">Its line.</param>
/// <param name="Id">As it is written there.</param>
/// <param name="Prompt">The prompt; of a chat, its last user turn.</param>
/// <param name="Reference">The reference response; may be empty.</param>
internal sealed record DatasetRow(int Row, string Id, string Prompt, string Reference)
{
    /// <summary>Where the prompt stands, for errors.</summary>
    public string PromptField { get; init; } = "prompt";

    /// <summary>The marked parts of the prompt.</summary>
    public IReadOnlyList<Mark> Instruction { get; init; } = [];

    public string Context { get; init; } = "";

    /// <summary>Whether the context must be a part of the prompt. In the original's table it is for the reader.</summary>
    public bool QuotesContext { get; init; }

    /// <summary>The marked parts of the context; null: nobody marked any.</summary>
    public IReadOnlyList<Mark>? Evidence { get; init; }

    public IReadOnlyList<ChatMessage>? Messages { get; init; }
}

/// <summary>A marked part of a text: quoted, or where it lies.</summary>
/// <param name="Quote">Null: <paramref name="Span"/> says it.</param>
internal readonly record struct Mark(string? Quote, CharacterSpan Span)
{
    public static Mark Quoting(string text) => new(text, default);

    /// <summary>What is wrong with one that is said by where it lies; null: nothing.</summary>
    public RowFlaw? Flaw(CharacterPlaces text, string errorClass, string field) => Quote is not null || text.Hold(Span) ? null
        : new RowFlaw(errorClass, $"a start and a greater end from 0 to {text.Count}", $"[{Span.Start}, {Span.End}]", field);
}
