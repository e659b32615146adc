namespace Interpret.Contracts;

/// <summary>
/// Input that cannot be used: says which file, where in it (row, tensor, key), what was expected and what was found.
/// The command line answers it with exit code 3; a work unit that meets it is parked under its <see cref="ErrorClass"/>.
/// </summary>
public sealed class BadInputException : Exception
{
    /// <summary>Characters of any part of a message at most, so that it has a few lines whatever the input holds.</summary>
    private const int Longest = 1000;

    /// <param name="errorClass">Stable kebab-case class, e.g. <c>tensor-shape</c>; `failures` groups and `retry --class` selects by it.</param>
    /// <param name="source">The file, directory or case at fault, as the user named it.</param>
    /// <param name="where">Row, column, tensor or key inside <paramref name="source"/>; null when the whole of it is meant.</param>
    /// <param name="expected">What would have been right.</param>
    /// <param name="found">What was there.</param>
    /// <param name="remedy">What to do about it, where that is not obvious.</param>
    /// <param name="inner">The technical cause, if any.</param>
    public BadInputException(
        string errorClass, string source, string? where, string expected, string found, string? remedy = null, Exception? inner = null)
        : base(Compose(source, where, expected, found, remedy), inner)
    {
        ErrorClass = errorClass;
        InputSource = source;
        Where = where is null ? null : Short(where);
        Expected = Short(expected);
        Found = Short(found);
        Remedy = remedy;
    }

    public string ErrorClass { get; }

    public string InputSource { get; }

    public string? Where { get; }

    public string Expected { get; }

    public string Found { get; }

    public string? Remedy { get; }

    /// <summary>Whoever quotes cuts the quotation; this holds for what nobody thought of.</summary>
    private static string Short(string text) => text.Length <= Longest ? text : Quoted.Beginning(text, Longest);

    private static string Compose(string source, string? where, string expected, string found, string? remedy) =>
        $"{source}{(where is null ? "" : $": {Short(where)}")}: expected {Short(expected)}, found {Short(found)}"
        + (remedy is null ? "" : $". {remedy}");
}
