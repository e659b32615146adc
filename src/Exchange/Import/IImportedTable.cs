using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Storage;

namespace Interpret.Exchange.Import;

/// <summary>One kind of table in the original's format, and the rows that it becomes.</summary>
/// <typeparam name="T">A row of the table.</typeparam>
public interface IImportedTable<T>
    where T : ITsvRow
{
    /// <summary>The stage that makes such rows.</summary>
    string Stage { get; }

    /// <summary>What the rows are, e.g. <c>concepts</c>.</summary>
    string Things { get; }

    /// <summary>The unit that a layer's rows count as.</summary>
    string Subject(int layer);

    /// <summary>Streams the table; rows that cannot be used are told of.</summary>
    IEnumerable<T> Read(IEnumerable<InputFile> parts, Action<BadInputException> rejected);

    /// <summary>Removes what is stored of a layer.</summary>
    Task ForgetAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel);

    /// <summary>Stores rows of one layer, and what follows from them if they are all of it.</summary>
    Task StoreAsync(InterpretContext context, ImportTarget target, IReadOnlyList<T> rows, CancellationToken cancel);

    /// <summary>Stores what follows from the rows of a layer that was stored in several goes.</summary>
    Task CompleteAsync(InterpretContext context, ImportTarget target, int layer, CancellationToken cancel);
}
