using System.Text;
using Interpret.Contracts;
using Interpret.Models.Tokenizers;

namespace Interpret.Models.Templates;

/// <summary>
/// The tokens of a wrapped prompt: its own and the template's. Special tokens in the template's text become their ids, as in Hugging Face's
/// <c>apply_chat_template</c>; in the prompt's own text they are text, so that no prompt can write a turn that nobody took.
/// </summary>
public sealed class RenderedTokens
{
    private readonly RenderedPrompt prompt;
    private readonly ITokenizer tokenizer;
    private readonly string source;

    /// <param name="prompt">The wrapped prompt.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="source">The case's name, for errors.</param>
    /// <exception cref="BadInputException">
    /// <c>bos-twice</c>; <c>template-tokens</c>: the tokens do not spell the text, so that the prompt's own cannot be told from the template's.
    /// </exception>
    public RenderedTokens(RenderedPrompt prompt, ITokenizer tokenizer, string source)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        (this.prompt, this.tokenizer, this.source) = (prompt, tokenizer, source);
        var ids = tokenizer.EncodeRendered(prompt.Text, [(prompt.Start, prompt.Start + prompt.Length)]);
        var beginning = tokenizer.Beginning;
        var isThere = beginning.Count > 0 && ids.Take(beginning.Count).SequenceEqual(beginning);
        Added = isThere || prompt.WritesBeginning ? 0 : beginning.Count;
        Start = isThere ? beginning.Count : Added;
        Ids = Added == 0 ? ids : [.. beginning, .. ids];
        RequireOneBeginning();
        Places = Find(ids).Skip(isThere ? beginning.Count : 0).ToList();
        IsTemplate = [.. Places.Select(place => place is null)];
    }

    /// <summary>What the model reads.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>How many of them are the tokens that every text begins with: they have no row.</summary>
    public int Start { get; }

    /// <summary>n: the tokens behind these.</summary>
    public int Count => Ids.Count - Start;

    /// <summary>(n) Which characters of <see cref="Text"/> each token holds; null for tokens that are the template's alone.</summary>
    public IReadOnlyList<(int From, int To)?> Places { get; }

    /// <summary>(n) true for tokens that are the template's alone.</summary>
    public bool[] IsTemplate { get; }

    /// <summary>The prompt's own text as its tokens spell it.</summary>
    public string Text => Spelled(prompt.Prompt);

    /// <summary>Ids that end a response beside those of the model's configuration: that of the checkpoint's end token.</summary>
    public IReadOnlyList<int> Ends => prompt.SpecialTokens.TryGetValue(SpecialTokens.End, out var end) && tokenizer.TryGetId(end, out var id) ? [id] : [];

    private int Added { get; }

    /// <summary>What the model reads with a response behind it.</summary>
    /// <exception cref="BadInputException"><c>prompt-not-prefix</c>: the response changes the prompt's last tokens.</exception>
    public IReadOnlyList<int> With(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (response.Length == 0)
            return Ids;
        var text = prompt.Text + prompt.Lead + response;
        var joint = tokenizer.EncodeRendered(text, [(prompt.Start, prompt.Start + prompt.Length), (prompt.Text.Length, text.Length)]);
        IReadOnlyList<int> all = Added == 0 ? joint : [.. tokenizer.Beginning, .. joint];
        if (all.Take(Ids.Count).SequenceEqual(Ids))
            return all;
        var at = all.Zip(Ids).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new BadInputException(
            ErrorClasses.PromptNotPrefix, source, $"token {at}", $"the wrapped prompt's own tokens when joined with its response ('{tokenizer.Piece(Ids[at])}')",
            at < all.Count ? $"'{tokenizer.Piece(all[at])}'" : "the end");
    }

    private void RequireOneBeginning()
    {
        var bos = prompt.SpecialTokens.TryGetValue(SpecialTokens.Beginning, out var written) && tokenizer.TryGetId(written, out var id) ? id : tokenizer.BosId;
        if (bos is { } one && Ids.Count > 1 && Ids[0] == one && Ids[1] == one)
            throw new BadInputException(
                ErrorClasses.BosTwice, source, "the wrapped prompt", $"{tokenizer.Piece(one)} once at its beginning", "twice",
                "The template must not write it a second time");
    }

    // The tokens spell the text from its beginning to its end; where each lies, the bytes tell.
    private List<(int From, int To)?> Find(IReadOnlyList<int> ids)
    {
        var (before, own, behind) = (Spelled(prompt.Text[..prompt.Start]), Text, Spelled(prompt.Text[(prompt.Start + prompt.Length)..]));
        if (before + own + behind != Spelled(prompt.Text))
            throw Untold("a prompt that stays apart from the template when its characters are composed", "one that does not");
        var text = Encoding.UTF8.GetBytes(before + own + behind);
        var (start, end) = (Encoding.UTF8.GetByteCount(before), Encoding.UTF8.GetByteCount(before) + Encoding.UTF8.GetByteCount(own));
        var at = 0;
        var places = new List<(int From, int To)?>(ids.Count);
        foreach (var id in ids)
        {
            ReadOnlySpan<byte> bytes = tokenizer.Bytes(id);
            while (!text.AsSpan(at).StartsWith(bytes))
            {
                if (bytes.Length > 0 && bytes[0] == ' ')
                    bytes = bytes[1..]; // the space that tokenizers put in front of a stretch
                else if (at < text.Length && text[at] <= ' ' && !(at >= start && at < end))
                    at++; // blanks that a special token takes with it
                else
                    throw Untold($"the text of token {Quoted.Of(tokenizer.Piece(id))}", Quoted.Of(Encoding.UTF8.GetString(text.AsSpan(at))));
            }

            var (from, to) = (Math.Max(at, start), Math.Min(at + bytes.Length, end));
            places.Add(from < to ? (Characters(text, start, from, down: true), Characters(text, start, to, down: false)) : null);
            at += bytes.Length;
        }

        return at == text.Length || text.AsSpan(at).IndexOfAnyExceptInRange((byte)0, (byte)' ') < 0 ? places
            : throw Untold("tokens up to the end of the text", Quoted.Of(Encoding.UTF8.GetString(text.AsSpan(at))));
    }

    /// <summary>Characters between two places; within one, those to its beginning or to its end.</summary>
    private static int Characters(byte[] text, int start, int end, bool down)
    {
        while (end > start && end < text.Length && (text[end] & 0xC0) == 0x80)
            end += down ? -1 : 1;
        return Encoding.UTF8.GetCharCount(text, start, end - start);
    }

    private string Spelled(string text) => tokenizer.Spelled(text);

    private BadInputException Untold(string expected, string found) => new(
        ErrorClasses.TemplateTokens, source, "the wrapped prompt's tokens", expected, found, "The prompt's tokens cannot be told from the template's");
}
