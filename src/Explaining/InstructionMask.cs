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

    /// <summary>
    /// Marks, for each span, the tokens that hold a character of the first place in the prompt where it stands, less those at its edges that
    /// <see cref="ITokenizer.IsSpanEdge"/> names: the same tokens as by the other rule, in a prompt that stands inside a template.
    /// </summary>
    /// <param name="prompt">The prompt's own text, as its tokens spell it.</param>
    /// <param name="spans">Parts of <paramref name="prompt"/>; empty ones mark nothing.</param>
    /// <param name="tokens">// (n): the id of each token, and which characters of the prompt it holds; null where it is the template's.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>// (n): true for an instruction token.</returns>
    /// <exception cref="BadInputException"><c>span-not-in-prompt</c>, or <c>span-tokens-not-in-prompt</c>: nothing but edges.</exception>
    public static bool[] Of(string prompt, IEnumerable<string> spans, IReadOnlyList<(int Id, (int From, int To)? Place)> tokens, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(spans);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var mask = new bool[tokens.Count];
        foreach (var span in spans.Where(span => span.Length > 0))
        {
            var start = prompt.IndexOf(span, StringComparison.Ordinal);
            if (start < 0) throw NotFound(ErrorClasses.SpanNotInPrompt, "a part of the prompt", span);
            var held = tokens.Index().Where(token => token.Item.Place is { } place && place.From < start + span.Length && place.To > start)
                .SkipWhile(token => tokenizer.IsSpanEdge(token.Item.Id)).Select(token => token.Index).ToList();
            while (held.Count > 0 && tokenizer.IsSpanEdge(tokens[held[^1]].Id)) held.RemoveAt(held.Count - 1);
            if (held.Count == 0) throw NotFound(ErrorClasses.SpanTokensNotInPrompt, "tokens of the prompt that hold the span", span);
            foreach (var i in held) mask[i] = true;
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
