using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Import;

/// <summary>
/// The rows of a table that are parked: the first thousand, and one entry of class <c>rows-left-out</c> for all the others, as
/// <see cref="RejectedRows"/> keeps them of a dataset.
/// </summary>
public sealed class ParkedRows
{
    private readonly List<BadInputException> kept = [];
    private BadInputException? firstLeftOut;
    private long leftOut;

    /// <summary>Entries of <see cref="All"/>.</summary>
    public int Count => kept.Count + (leftOut > 0 ? 1 : 0);

    public void Add(BadInputException error)
    {
        if (kept.Count < RejectedRows.Kept)
        {
            kept.Add(error);
            return;
        }

        firstLeftOut ??= error;
        leftOut++;
    }

    /// <summary>The rows kept, and the entry for the others.</summary>
    public IEnumerable<BadInputException> All()
    {
        foreach (var error in kept) yield return error;
        if (firstLeftOut is { } first)
            yield return new BadInputException(
                ErrorClasses.RowsLeftOut, first.InputSource, first.Where, $"at most {RejectedRows.Kept:N0} rows that cannot be used",
                $"{leftOut:N0} more, from here on");
    }
}
