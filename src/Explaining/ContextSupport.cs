namespace Interpret.Explaining;

/// <summary>A sentence of a context, and how much a response leans on it.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Lean">Its score over the mean score of all tokens of the prompt: 1 is as much as on the prompt on average.</param>
/// <param name="Rank">Its place by that, from 1; equal ones by position.</param>
public sealed record LeantSentence(string Text, double Lean, int Rank);

/// <summary>A sentence of a context that supports one of a response.</summary>
/// <param name="Sentence">Its place in the context, from 0.</param>
/// <param name="Lean">As of <see cref="LeantSentence"/>, of the tokens of that sentence of the response alone.</param>
public sealed record Support(int Sentence, double Lean);

/// <summary>A sentence of a response.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Support">The sentences of the context on which it leans more than on the prompt on average, the strongest first; none where there is none.</param>
public sealed record ResponseSentence(string Text, IReadOnlyList<Support> Support);

/// <summary>Which sentences of a context a response leans on, altogether and sentence by sentence.</summary>
/// <param name="Context">The context's sentences, in its order.</param>
/// <param name="Response">The response's.</param>
public sealed record ContextSupport(IReadOnlyList<LeantSentence> Context, IReadOnlyList<ResponseSentence> Response)
{
    /// <param name="context">The context, a part of the prompt that was explained.</param>
    /// <param name="explanation">The explanation; without a response token nothing leans on anything.</param>
    /// <param name="ranking">By what sentences are scored.</param>
    /// <param name="settings">L, b and p, for rankings by density.</param>
    /// <returns>Null: the prompt's tokens do not hold the context, letter by letter.</returns>
    public static ContextSupport? Of(string context, InputExplanation explanation, SentenceRanking ranking, DensitySettings settings)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentNullException.ThrowIfNull(ranking);
        if (ContextSentences.Of(context, explanation.Input) is not { } sentences) return null;
        var columns = explanation.Output.Count;
        if (columns == 0)
            return new([.. sentences.Sentences.Select((range, i) => new LeantSentence(context[range].Trim(), 0, i + 1))], []);

        var leans = Leans(0..columns);
        int[] order = [.. Enumerable.Range(0, leans.Length).OrderByDescending(i => leans[i])]; // stable: equal ones stay by position
        var texts = sentences.Sentences.Select((range, i) => new LeantSentence(context[range].Trim(), leans[i], Array.IndexOf(order, i) + 1));
        var parts = ContextSentences.Of(explanation.Response, explanation.Output);
        return new([.. texts], parts is null ? [Part(explanation.Response, 0..columns)]
            : [.. parts.Sentences.Zip(parts.Tokens, (range, tokens) => Part(explanation.Response[range].Trim(), tokens))]);

        ResponseSentence Part(string text, Range tokens) => new(
            text,
            [.. Leans(tokens).Select((lean, i) => new Support(i, lean)).Where(one => one.Lean > 1).OrderByDescending(one => one.Lean)]);

        // Of some of the response's tokens: the mean over each sentence's tokens, by that over all of the prompt's.
        double[] Leans(Range tokens)
        {
            var (start, count) = tokens.GetOffsetAndLength(columns);
            if (count == 0) return new double[sentences.Sentences.Count];
            var rows = explanation.Input.Count;
            var scores = new float[rows * count];
            for (var i = 0; i < rows; i++) explanation.Scores.AsSpan((i * columns) + start, count).CopyTo(scores.AsSpan(i * count));
            var whole = sentences with { Sentences = [.. sentences.Sentences, 0..context.Length], Tokens = [.. sentences.Tokens, 0..rows] };
            var found = ranking.Of(new RankedCase(whole, scores, count, settings));
            return [.. found[..^1].Select(score => found[^1] > 0 ? score / found[^1] : 0)];
        }
    }
}
