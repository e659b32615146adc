namespace Interpret.Exchange.Text;

/// <summary>A file to be read, wherever it lies.</summary>
/// <param name="Name">The name that its sender knows it by: errors call it so, and what is parked from it is stored under it.</param>
/// <param name="Open">Opens it for one reading.</param>
public sealed record InputFile(string Name, Func<Stream> Open)
{
    /// <summary>A text on this machine, plain or gzip-compressed.</summary>
    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    public static InputFile Text(string path) => new(TextInput.Name(path), () => TextInput.OpenBytes(path));
}
