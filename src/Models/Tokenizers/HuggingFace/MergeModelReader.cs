using System.Text;
using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>Reads the model of a <c>tokenizer.json</c> bit by bit: it holds hundreds of thousands of tokens and merges.</summary>
internal sealed class MergeModelReader
{
    /// <summary>The vocabulary.</summary>
    public TokenTable Tokens { get; } = new();

    /// <summary>Pairs of tokens and what they make, the least rank first.</summary>
    public List<(int Left, int Right, int Merged)> Merges { get; } = new(1 << 18);

    /// <summary>Everything else, as text; null is empty.</summary>
    public Dictionary<string, string> Options { get; } = new(StringComparer.Ordinal);

    private byte[] text = []; // of a token, or of two right behind each other

    /// <param name="reader">Before the model.</param>
    public static MergeModelReader Read(ref Utf8JsonReader reader)
    {
        var model = new MergeModelReader();
        var later = reader;
        var isLater = false;
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
        {
            switch (reader.GetString()!)
            {
                case "vocab":
                    model.ReadIds(ref reader);
                    break;
                case "merges" when model.Tokens.Count == 0: // they are read by the ids of tokens, which are still to come
                    later = reader;
                    isLater = true;
                    reader.Read();
                    reader.Skip();
                    break;
                case "merges":
                    model.ReadMerges(ref reader);
                    break;
                case var option:
                    model.Options[option] = JsonElement.ParseValue(ref reader).ToString();
                    break;
            }
        }

        if (isLater)
            model.ReadMerges(ref later);
        return model;
    }

    private void ReadIds(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("model.vocab is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var length = Append(ref reader, 0);
            reader.Read();
            var id = reader.GetInt32();
            if (id is < 0 or > MostTokens)
                throw new JsonException($"model.vocab: an id of {id}");
            Tokens.Add(text.AsSpan(0, length), id);
        }
    }

    /// <summary>Ids beyond this mean a damaged file: tables are as long as the largest.</summary>
    private const int MostTokens = 10_000_000;

    /// <summary>
    /// Each is a text with a blank between the two, or a list of the two. What they name is looked up by other threads while the next ones are read:
    /// there are more than a million names, and tokens are all over memory.
    /// </summary>
    private void ReadMerges(ref Utf8JsonReader reader)
    {
        var (batch, found) = (new MergeBatch(Tokens), new List<Task<List<(int, int, int)>>>());
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int left, both;
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                reader.Read();
                left = Append(ref reader, 0);
                reader.Read();
                both = Append(ref reader, left);
                reader.Read();
                if (reader.TokenType != JsonTokenType.EndArray)
                    throw new JsonException("model.merges: a merge of more than two tokens");
            }
            else
            {
                both = Append(ref reader, 0) - 1;
                left = text.AsSpan(0, both + 1).IndexOf((byte)' ');
                if (left <= 0)
                    throw new JsonException("model.merges: a merge without a blank between its tokens");
                text.AsSpan(left + 1, both - left).CopyTo(text.AsSpan(left));
            }

            batch.Add(text.AsSpan(0, both), left);
            if (batch.IsFull)
            {
                found.Add(Task.Run(batch.LookUp));
                batch = new MergeBatch(Tokens);
            }
        }

        found.Add(Task.Run(batch.LookUp));
        foreach (var one in found)
            Merges.AddRange(one.GetAwaiter().GetResult());
    }

    /// <summary>Copies the UTF-8 that the reader is at.</summary>
    /// <returns>Where it ends.</returns>
    private int Append(ref Utf8JsonReader reader, int at)
    {
        var most = at + reader.ValueSpan.Length;
        if (text.Length < most)
            Array.Resize(ref text, 2 * most);
        return at + reader.CopyString(text.AsSpan(at));
    }

    /// <summary>Merges that follow each other.</summary>
    /// <param name="tokens">The vocabulary, to which nothing is added any more.</param>
    private sealed class MergeBatch(TokenTable tokens)
    {
        private const int Most = 1 << 14;

        private readonly List<(int Middle, int End)> merges = new(Most);
        private byte[] texts = new byte[16 * Most];

        public bool IsFull => merges.Count == Most;

        /// <param name="both">The two tokens, one right behind the other.</param>
        /// <param name="left">Length of the first.</param>
        public void Add(ReadOnlySpan<byte> both, int left)
        {
            var begin = merges.Count == 0 ? 0 : merges[^1].End;
            if (texts.Length - begin < both.Length)
                Array.Resize(ref texts, checked(2 * (begin + both.Length)));
            both.CopyTo(texts.AsSpan(begin));
            merges.Add((begin + left, begin + both.Length));
        }

        /// <summary>The ids of the tokens and of what each two make.</summary>
        public List<(int Left, int Right, int Merged)> LookUp()
        {
            var (found, begin, merged) = (new List<(int, int, int)>(merges.Count), 0, -1);
            foreach (var (middle, end) in merges)
            {
                // Merges that make the same token often follow each other.
                var whole = texts.AsSpan(begin, end - begin);
                if (merged < 0 || !tokens.Token(merged).SequenceEqual(whole))
                    merged = Id(whole);
                found.Add((Id(texts.AsSpan(begin, middle - begin)), Id(texts.AsSpan(middle, end - middle)), merged));
                begin = end;
            }

            return found;
        }

        private int Id(ReadOnlySpan<byte> token) => tokens.Id(token) is >= 0 and var id ? id
            : throw new JsonException($"model.merges: {Quoted.Beginning(Encoding.UTF8.GetString(token))}, which is no token of model.vocab");
    }
}
