namespace Interpret.Models.Pickles;

/// <summary>Builds what a call in a pickle stands for. Throws through <see cref="PickleContext.Malformed"/> when the arguments do not fit.</summary>
public delegate object? PickleConstructor(PickleTuple arguments, PickleContext context);

/// <summary>An object whose state arrives after its construction, by the BUILD opcode.</summary>
public interface IPickleState
{
    /// <summary>Takes the state over, once.</summary>
    void SetState(object? state, PickleContext context);
}

/// <summary>
/// The allow-list of a kind of file: every global that it may name, with the constructor or constant that stands for it. Nothing else is
/// ever looked up, by name or otherwise.
/// </summary>
public sealed class PickleGlobals(string profile)
{
    private readonly Dictionary<(string Module, string Name), object> values = [];

    /// <summary>What the files of this allow-list are called in messages.</summary>
    public string Profile { get; } = profile;

    /// <summary>Resolves persistent ids (PyTorch's storages); null refuses them.</summary>
    public PickleConstructor? PersistentId { get; init; }

    /// <summary>Allows a global that is called.</summary>
    public PickleGlobals Call(string module, string name, PickleConstructor constructor)
    {
        values.Add((module, name), constructor);
        return this;
    }

    /// <summary>Allows a global that is only handed on, such as a type.</summary>
    public PickleGlobals Constant(string module, string name, object value)
    {
        values.Add((module, name), value);
        return this;
    }

    internal object? Find(string module, string name) => values.GetValueOrDefault((module, name));
}
