using Interpret.Contracts;
using Interpret.Models.Tokenizers;

namespace Interpret.Explaining;

/// <summary>Which tokens of a prompt belong to its instruction (the original's mask; input of the score of a case).</summary>
public static class InstructionMask
{
    /// <summary>Marks, for each span, the first place in the prompt's tokens where the span's tokens stand.</summary>
    /// <param name="prompt">The prompt, as the model reads it.</param>
    /// <param name="spans">Parts of <paramref name="prompt"/>; empty ones mark nothing.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>// (n): true for an instruction token, over the prompt's n tokens without BOS.</returns>
    /// <exception cref="BadInputException">
    /// <c>span-not-in-prompt</c>: a span is no part of the prompt; <c>span-tokens-not-in-prompt</c>: it is, but its tokens are not a run of the prompt's.
    /// </exception>
    public static bool[] Of(string prompt, IEnumerable<string> spans, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(spans);
        ArgumentNullException.ThrowIfNull(tokenizer);
        int[] ids = [.. tokenizer.EncodeToIds(prompt)];
        var mask = new bool[ids.Length];
        foreach (var span in spans.Where(span => span.Length > 0))
        {
            var tokens = SpanTokens(prompt, span, tokenizer);
            var start = ids.AsSpan().IndexOf(tokens);
            if (start < 0) throw NotFound(ErrorClasses.SpanTokensNotInPrompt, "the span's tokens among the prompt's", span);
            mask.AsSpan(start, tokens.Length).Fill(true);
        }

        return mask;
    }

    private static ReadOnlySpan<int> SpanTokens(string prompt, string span, ITokenizer tokenizer)
    {
        var at = prompt.IndexOf(span, StringComparison.Ordinal);
        if (at < 0) throw NotFound(ErrorClasses.SpanNotInPrompt, "a part of the prompt", span);

        // At the very start the original looks at the first character itself.
        var afterNewline = prompt[Math.Max(at - 1, 0)] == '\n';
        var tokens = tokenizer.EncodeToIds(afterNewline ? "\n" + span : span);
        var from = 0;
        var to = tokens.Count;
        while (from < to && tokenizer.IsSpanEdge(tokens[from])) from++;
        while (to > from && tokenizer.IsSpanEdge(tokens[to - 1])) to--;
        return tokens.Take(from..to).ToArray();
    }

    private static BadInputException NotFound(string errorClass, string expected, string span) =>
        new(errorClass, "instruction mask", null, expected, $"\"{span}\"", "The dataset's fourth column must quote its prompt");
}
