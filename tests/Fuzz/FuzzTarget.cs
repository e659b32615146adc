namespace Interpret.Fuzz;

/// <summary>A reader that is given damaged input.</summary>
/// <param name="Name">Its name.</param>
/// <param name="File">What the input is called as a file, for readers that go by it.</param>
/// <param name="Seeds">Good inputs that damage begins with.</param>
/// <param name="Read">Reads the file at a path, which lies alone in a folder unless <see cref="Beside"/> says otherwise.</param>
public sealed record FuzzTarget(string Name, string File, IReadOnlyList<byte[]> Seeds, Action<string> Read)
{
    /// <summary>Good files that lie beside the damaged one, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Beside { get; init; } = new Dictionary<string, byte[]>();
}
