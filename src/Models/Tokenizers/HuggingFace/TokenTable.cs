using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Interpret.Models.Tokenizers.HuggingFace;

/// <summary>
/// Tokens and their ids, in both directions. It holds the UTF-8 of all tokens in one piece: merges are read by three times as many lookups as there are
/// merges, which a dictionary of a quarter of a million strings, all over memory, makes the longest part of loading.
/// </summary>
internal sealed class TokenTable
{
    private const int LongestText = 256; // bytes of a text that is looked up without an array of its own

    // Not to be known: a file could be made whose tokens all fall into one place.
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private byte[] bytes = new byte[1 << 16];
    private int used = 1; // of these; where the first byte lies is where none does
    private Place[] places = new Place[1 << 12];
    private (int Begin, int Length)[] byId = new (int, int)[1 << 12]; // by id; 0 where no token has it
    private string?[]? texts; // by id, those that were asked for; nothing is added from then on

    /// <summary>How many tokens there are.</summary>
    public int Count { get; private set; }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; private set; }

    /// <summary>Adds a token, or gives one another id.</summary>
    /// <param name="token">Valid UTF-8.</param>
    /// <param name="id">From 0.</param>
    public void Add(ReadOnlySpan<byte> token, int id)
    {
        Size = Math.Max(Size, id + 1);
        if (Size > byId.Length)
            Array.Resize(ref byId, Math.Max(Size, 2 * byId.Length));
        if (4 * Count >= 3 * places.Length)
            Widen();
        var hash = Hash(token);
        ref var place = ref places[Find(token, hash)];
        if (place.IsTaken)
        {
            byId[place.Id] = default;
            place = place with { Id = id };
        }
        else
        {
            if (bytes.Length - used < token.Length)
                Array.Resize(ref bytes, checked(2 * (used + token.Length)));
            token.CopyTo(bytes.AsSpan(used));
            place = new Place(hash, used, token.Length, id);
            used += token.Length;
            Count++;
        }

        byId[id] = (place.Begin, place.Length);
    }

    /// <summary>The token of an id.</summary>
    /// <returns>Empty: no token has it.</returns>
    public ReadOnlySpan<byte> Token(int id) => bytes.AsSpan(byId[id].Begin, byId[id].Length);

    /// <summary>The token of an id, as text.</summary>
    /// <returns>Null: no token has it.</returns>
    public string? Text(int id)
    {
        if ((uint)id >= (uint)Size || byId[id].Begin == 0)
            return null;
        texts ??= new string?[Size];
        return texts[id] ??= Encoding.UTF8.GetString(Token(id));
    }

    /// <returns>-1: it is no token.</returns>
    public int Id(ReadOnlySpan<byte> token) => places[Find(token, Hash(token))] is { IsTaken: true } place ? place.Id : -1;

    /// <returns>-1: it is no token.</returns>
    public int Id(ReadOnlySpan<char> token)
    {
        Span<byte> few = stackalloc byte[LongestText];
        var utf8 = 3 * token.Length <= few.Length ? few : new byte[3 * token.Length];
        return Id(utf8[..Encoding.UTF8.GetBytes(token, utf8)]);
    }

    /// <summary>Where a token stands, or could: the first place that is free, from the one on that its hash gives.</summary>
    private int Find(ReadOnlySpan<byte> token, uint hash)
    {
        var mask = places.Length - 1;
        var at = (int)hash & mask;
        while (places[at].IsTaken && !(places[at].Hash == hash && bytes.AsSpan(places[at].Begin, places[at].Length).SequenceEqual(token)))
            at = (at + 1) & mask;
        return at;
    }

    private void Widen()
    {
        var narrow = places;
        places = new Place[2 * narrow.Length];
        var mask = places.Length - 1;
        foreach (ref readonly var place in narrow.AsSpan())
        {
            var at = (int)place.Hash & mask;
            while (place.IsTaken && places[at].IsTaken)
                at = (at + 1) & mask;
            if (place.IsTaken)
                places[at] = place;
        }
    }

    /// <summary>Eight bytes at a time are multiplied in, both halves of the product kept.</summary>
    private static uint Hash(ReadOnlySpan<byte> token)
    {
        var hash = Seed ^ (ulong)token.Length;
        for (; token.Length >= sizeof(ulong); token = token[sizeof(ulong)..])
            hash = Mixed(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(token));
        ulong rest = 0;
        foreach (var one in token)
            rest = (rest << 8) | one;
        hash = Mixed(hash ^ rest);
        return (uint)(hash ^ (hash >> 32));
    }

    private static ulong Mixed(ulong value)
    {
        var high = Math.BigMul(value, 0x9E37_79B9_7F4A_7C15, out var low);
        return BitOperations.RotateLeft(high, 32) ^ low;
    }

    /// <summary>A place for a token.</summary>
    /// <param name="Hash">Of its bytes.</param>
    /// <param name="Begin">Where they begin; 0: there is no token.</param>
    /// <param name="Length">How many they are.</param>
    /// <param name="Id">Its id.</param>
    private readonly record struct Place(uint Hash, int Begin, int Length, int Id)
    {
        public bool IsTaken => Begin > 0;
    }
}
