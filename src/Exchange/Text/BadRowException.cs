namespace Interpret.Exchange.Text;

/// <summary>Refuses one row of a file; the rest of it is read.</summary>
public sealed class BadRowException(string errorClass, string expected, string found) : Exception($"expected {expected}, found {found}")
{
    public string ErrorClass { get; } = errorClass;

    public string Expected { get; } = expected;

    public string Found { get; } = found;
}
