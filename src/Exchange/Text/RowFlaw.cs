using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>What is wrong with one row of a file, whose other rows are read. No exception: a file may hold millions of them.</summary>
/// <param name="ErrorClass">Stable kebab-case class, e.g. <c>duplicate-id</c>.</param>
/// <param name="Expected">What would have been right.</param>
/// <param name="Found">What was there.</param>
/// <param name="Field">The field at fault, where a format's fields have names; null: the row.</param>
public sealed record RowFlaw(string ErrorClass, string Expected, string Found, string? Field = null)
{
    /// <summary>What is wrong with a line before anything is made of it; null: nothing.</summary>
    internal static RowFlaw? Of(TextLine line)
    {
        if (line.IsTooLong) return new RowFlaw(ErrorClasses.LineTooLong, $"a line of at most {TextLines.Longest:N0} characters", "a longer one");
        if (line.Text.Contains(TextInput.InvalidByte)) return new RowFlaw(ErrorClasses.NotUtf8, "UTF-8 text", "bytes that are not");
        return StorableText.Flaw(line.Text) is { } flaw ? new RowFlaw(ErrorClasses.BadText, StorableText.Expected, flaw) : null;
    }
}

/// <summary>A row that was made of a line, or what is wrong with it.</summary>
internal readonly struct RowResult<T>
{
    private RowResult(T? value, RowFlaw? flaw) => (Value, Flaw) = (value, flaw);

    /// <summary>The row; none where there is a flaw.</summary>
    public T? Value { get; }

    public RowFlaw? Flaw { get; }

    public static implicit operator RowResult<T>(T value) => new(value, null);

    public static implicit operator RowResult<T>(RowFlaw flaw) => new(default, flaw);
}
