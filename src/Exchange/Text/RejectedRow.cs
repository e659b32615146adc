using System.Collections;
using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>A row of an input file that cannot be used; the rows around it can.</summary>
/// <param name="Row">Its line in the file, from 1; a header is line 1.</param>
/// <param name="ErrorClass">Stable kebab-case class, e.g. <c>duplicate-id</c>.</param>
/// <param name="Expected">What would have been right.</param>
/// <param name="Found">What was there.</param>
/// <param name="Field">The field at fault, where a format's fields have names; null: the row.</param>
public sealed record RejectedRow(int Row, string ErrorClass, string Expected, string Found, string? Field = null)
{
    /// <summary>Which row, and which field of it.</summary>
    public string Place => Field is null ? $"row {Row}" : $"row {Row}, {Field}";

    public override string ToString() => $"{Place}: expected {Expected}, found {Found} [{ErrorClass}]";
}

/// <summary>
/// The rows of a file that cannot be used. The first thousand are kept with their reasons; the others are counted, and stand in the list as one last
/// entry, of class <c>rows-left-out</c>, so that a damaged file of millions of rows costs no more than its reading.
/// </summary>
public sealed class RejectedRows : IReadOnlyList<RejectedRow>
{
    /// <summary>Rows that are kept with their reasons.</summary>
    public const int Kept = 1000;

    private readonly List<RejectedRow> kept = [];
    private int firstLeftOut;

    /// <summary>Rows that cannot be used, kept or not.</summary>
    public long Total { get; private set; }

    /// <summary>Entries of the list: the rows kept, and one for all the others.</summary>
    public int Count => kept.Count + (Total > kept.Count ? 1 : 0);

    public RejectedRow this[int index] => index < kept.Count ? kept[index] : Total > kept.Count && index == kept.Count ? Others
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"of {Count}");

    private RejectedRow Others => new(
        firstLeftOut, ErrorClasses.RowsLeftOut, $"at most {Kept:N0} rows that cannot be used", $"{Total - kept.Count:N0} more, from here on");

    internal void Add(int row, RowFlaw flaw)
    {
        if (kept.Count < Kept) kept.Add(new RejectedRow(row, flaw.ErrorClass, flaw.Expected, flaw.Found, flaw.Field));
        else if (firstLeftOut == 0) firstLeftOut = row;
        Total++;
    }

    public IEnumerator<RejectedRow> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
