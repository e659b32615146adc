namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>A token that a tokenizer has beside its vocabulary's merges.</summary>
/// <param name="Content">Its writing.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether it is left out of decoded text.</param>
/// <param name="TakesLeft">Whether blanks before it are part of it.</param>
/// <param name="TakesRight">Whether blanks behind it are part of it.</param>
/// <param name="Normalized">Whether it is looked for in normalised text.</param>
internal sealed record AddedToken(string Content, int Id, bool Special, bool TakesLeft, bool TakesRight, bool Normalized);

/// <summary>Finds added tokens in a text: the leftmost, and of those the longest.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, AddedToken> byText = new(StringComparer.Ordinal);
    private readonly PrefixMatcher matcher;

    /// <param name="tokens">In file order: of equal contents a special one counts, else the first.</param>
    /// <param name="written">How a content is written in the texts that are searched.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens, Func<string, string> written)
    {
        foreach (var token in tokens.OrderByDescending(token => token.Special))
        {
            if (written(token.Content) is { Length: > 0 } text)
                byText.TryAdd(text, token);
        }

        matcher = new PrefixMatcher(byText.Keys);
    }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => byText.Count == 0;

    /// <summary>Gives the tokens found and what lies between them, in order.</summary>
    /// <param name="text">The text.</param>
    /// <param name="found">Takes the tokens.</param>
    /// <param name="between">Takes the stretches.</param>
    /// <param name="plain">Parts in which a special token is text like any other, from a character to before one; null: none.</param>
    public void Split(string text, Action<AddedToken> found, Action<string> between, IReadOnlyList<(int From, int To)>? plain = null)
    {
        var done = 0;
        for (var at = 0; at < text.Length && !IsEmpty;)
        {
            var length = matcher.Match(text.AsSpan(at));
            var token = length == 0 ? null : byText[text.Substring(at, length)];
            var (start, end) = (at, at + length);
            if (token is null || (token.Special && plain?.Any(part => end > part.From && start < part.To) == true))
            {
                at++;
                continue;
            }

            while (token.TakesLeft && start > done && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.TakesRight && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > done)
                between(text[done..start]);
            found(token);
            (done, at) = (end, end);
        }

        if (done < text.Length)
            between(done == 0 ? text : text[done..]);
    }
}
