namespace Interpret.Models.Pickles;

// None is null, bool is bool, integers are long (BigInteger where 64 bits do not hold them), floats are double, str is string, bytes are
// ReadOnlyMemory<byte>. Containers compare by identity: a pickle can make them contain themselves, so nothing here walks them.

/// <summary>A Python tuple.</summary>
public sealed class PickleTuple(object?[] items)
{
    /// <summary>The items in order.</summary>
    public IReadOnlyList<object?> Items { get; } = items;
}

/// <summary>A Python list, set or frozenset, in stream order; a set's duplicates stay.</summary>
public sealed class PickleList
{
    /// <summary>The items in order.</summary>
    public List<object?> Items { get; } = [];
}

/// <summary>A Python dict or OrderedDict in stream order. Keys are neither hashed nor compared while reading.</summary>
public sealed class PickleMap
{
    /// <summary>Keys and values in stream order; of equal keys the last one counts.</summary>
    public List<KeyValuePair<object?, object?>> Entries { get; } = [];

    /// <summary>The value under a string key; the last one written wins.</summary>
    public bool TryGet(string key, out object? value)
    {
        for (var i = Entries.Count - 1; i >= 0; i--)
        {
            if (Entries[i].Key is string found && found == key)
            {
                value = Entries[i].Value;
                return true;
            }
        }

        value = null;
        return false;
    }
}
