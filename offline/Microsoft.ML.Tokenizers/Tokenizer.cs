using System.Buffers;

namespace Microsoft.ML.Tokenizers;

/// <summary>The base of every tokenizer: derived classes say how to encode a text to tokens and how to decode ids.</summary>
public abstract class Tokenizer
{
    public virtual PreTokenizer? PreTokenizer => null;

    public virtual Normalizer? Normalizer => null;

    public IReadOnlyList<int> EncodeToIds(string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization)).Tokens;
    }

    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(null, text, Settings(considerPreTokenization, considerNormalization)).Tokens;

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        string text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var results = EncodeToTokens(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization));
        normalizedText = results.NormalizedText;
        return results.Tokens;
    }

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        ReadOnlySpan<char> text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        var results = EncodeToTokens(null, text, Settings(considerPreTokenization, considerNormalization));
        normalizedText = results.NormalizedText;
        return results.Tokens;
    }

    public int CountTokens(string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return CountTokens(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization));
    }

    public int CountTokens(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        CountTokens(null, text, Settings(considerPreTokenization, considerNormalization));

    /// <summary>The text of <paramref name="ids"/>, decoded into a buffer that grows until it fits.</summary>
    public virtual string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var all = ids.ToArray();
        for (var length = Math.Max(64, all.Length * 8); ; length = checked(length * 2))
        {
            var buffer = ArrayPool<char>.Shared.Rent(length);
            try
            {
                switch (Decode(all, buffer, out _, out var written))
                {
                    case OperationStatus.Done: return new string(buffer, 0, written);
                    case OperationStatus.DestinationTooSmall: continue;
                    default: throw new ArgumentException("The ids do not all belong to the vocabulary.", nameof(ids));
                }
            }
            finally
            {
                ArrayPool<char>.Shared.Return(buffer);
            }
        }
    }

    public abstract OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten);

    /// <summary><paramref name="text"/> is null when the caller passed a span.</summary>
    protected abstract EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings);

    protected virtual EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var results = EncodeToTokens(text, textSpan, settings);
        return new()
        {
            Tokens = [.. results.Tokens.Select(token => token.Id)],
            NormalizedText = results.NormalizedText,
            CharsConsumed = results.CharsConsumed,
        };
    }

    protected virtual int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <summary>Where in the (normalised) text the first (or, <paramref name="fromEnd"/>, the last) tokens up to the allowed count end (or begin).</summary>
    protected virtual int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount, nameof(settings));
        var whole = settings with { MaxTokenCount = int.MaxValue };
        var results = EncodeToTokens(text, textSpan, whole);
        var tokens = results.Tokens;
        normalizedText = results.NormalizedText;
        tokenCount = Math.Min(settings.MaxTokenCount, tokens.Count);
        if (!fromEnd) return tokenCount == 0 ? 0 : tokens[tokenCount - 1].Offset.End.Value;
        return tokenCount == 0 ? normalizedText?.Length ?? text?.Length ?? textSpan.Length : tokens[^tokenCount].Offset.Start.Value;
    }

    private static EncodeSettings Settings(bool preTokenize, bool normalize) =>
        new() { ConsiderPreTokenization = preTokenize, ConsiderNormalization = normalize };
}
