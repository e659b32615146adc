namespace Interpret.Explaining;

/// <summary>A prompt as the model reads it, with the response if that is given.</summary>
public sealed class ReadPrompt
{
    /// <param name="id">The case's name, for errors.</param>
    /// <param name="response">As given; null: to be generated.</param>
    /// <param name="ids">BOS where there is one, and its tokens.</param>
    /// <param name="start">How many of them are BOS.</param>
    /// <param name="instruction">(n) true for tokens of the instruction.</param>
    /// <param name="with">The ids with a response behind them.</param>
    internal ReadPrompt(
        string id, string? response, IReadOnlyList<int> ids, int start, bool[] instruction, Func<string, IReadOnlyList<int>> with) =>
        (Id, Response, Ids, Start, Instruction, With) = (id, response, ids, start, instruction, with);

    internal string Id { get; }

    internal string? Response { get; }

    internal IReadOnlyList<int> Ids { get; }

    internal int Start { get; }

    /// <summary>n, without BOS.</summary>
    internal int Tokens => Ids.Count - Start;

    internal bool[] Instruction { get; }

    internal Func<string, IReadOnlyList<int>> With { get; }

    internal string? Rendered { get; init; }

    internal bool[]? IsTemplate { get; init; }

    /// <summary>What ends a response beside the checkpoint's own ends.</summary>
    internal IReadOnlyList<int> Ends { get; init; } = [];
}
