using System.Numerics;

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

/// <summary>What the values of a pickle are called.</summary>
public static class PickleValues
{
    /// <summary>A value by its type, for messages; a text by its beginning too.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "None",
        bool => "a bool",
        long or BigInteger => "an integer",
        double => "a float",
        string text => $"the text '{PickleContext.Printable(text)}'",
        ReadOnlyMemory<byte> => "bytes",
        PickleTuple tuple => $"a tuple of {tuple.Items.Count}",
        PickleList => "a list",
        PickleMap => "a dictionary",
        NumpyArray array => $"a NumPy array of {array.DType} and shape ({string.Join(", ", array.Shape)})",
        TorchTensorReference => "a PyTorch tensor",
        PickleConstructor => "a constructor",
        _ => value.GetType().Name,
    };
}
