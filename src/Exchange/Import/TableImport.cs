using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>
/// Brings the rows of one model from a table in the original's format into a study, making the study where there is none, in one
/// transaction and a layer in memory at a time. A layer that comes again replaces what was there of it; a row that cannot be used is
/// parked under its file and row, and the rest goes on.
/// </summary>
public sealed class TableImport<T>(InterpretStorage database, TimeProvider clock, IImportedTable<T> table)
    where T : ITsvRow
{
    /// <summary>Other models of a table that are told apart.</summary>
    private const int MostOthers = 100;

    /// <param name="files">The table's files, in order, each once. The first begins with the header.</param>
    /// <exception cref="BadInputException">
    /// A file cannot be used as a whole; <c>model-unknown</c>: it has no row of the model; <c>study-differs</c>: the study has the model in another
    /// role or size.
    /// </exception>
    public async Task<Imported> RunAsync(ImportTarget target, IReadOnlyList<InputFile> files, CancellationToken cancel)
    {
        await using var context = database.CreateDbContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var model = await ImportedStudy.EnsureAsync(context, target, clock, cancel);
        if (target.Size is not null && model.Size is not null && target.Size != model.Size)
            throw new BadInputException(ErrorClasses.StudyDiffers, target.Study, $"model {target.Model}", $"the size it has there, {model.Size}", target.Size);

        var (parked, others, stored) = (new ParkedRows(), new SortedDictionary<string, int>(StringComparer.Ordinal), 0);
        var runs = new SortedDictionary<int, int>(); // by layer; a layer's rows should stand together, and need not
        var size = target.Size ?? model.Size;
        foreach (var rows in Runs(table.Read(files, parked.Add).Where(IsWanted)))
        {
            cancel.ThrowIfCancellationRequested();
            var layer = rows[0].Layer;
            runs[layer] = runs.GetValueOrDefault(layer) + 1;
            if (runs[layer] == 1)
                await table.ForgetAsync(context, target, layer, cancel);
            await table.StoreAsync(context, target, rows, cancel);
            stored += rows.Count;
        }

        if (stored == 0 && parked.Count == 0)
            throw new BadInputException(
                ErrorClasses.ModelUnknown, Quoted.List(files.Select(file => file.Name)), null, $"rows of {Named(target.Model, target.Size ?? model.Size)}",
                others.Count == 0 ? "none" : $"rows of {Quoted.List(others.Keys)}");
        foreach (var (layer, _) in runs.Where(run => run.Value > 1))
            await table.CompleteAsync(context, target, layer, cancel);
        model.Size = size is "" ? null : size;
        await context.UpsertAsync([model], cancel);
        var names = ShortNames(files);
        var units = runs.Keys.Select(layer => Unit(target, table.Subject(layer), UnitStatus.Done, null))
            .Concat(parked.All().Select(error => Unit(target, RowSubject(names[error.InputSource], error.Where!), UnitStatus.Parked, error)));
        await ReplaceUnitsAsync(context, target, [.. units], names.Values, cancel);
        await transaction.CommitAsync(cancel);
        var told = parked.All().Select(error => new ParkedInput(error.ErrorClass, error.Message));
        return new Imported(table.Things, stored, runs.Count, null, others, [.. told], []);

        bool IsWanted(T row)
        {
            if (row.Model == target.Model && row.Size == (size ??= row.Size)) return true;
            var other = Named(row.Model, row.Size);
            if (others.Count == MostOthers && !others.ContainsKey(other)) other = "other models";
            others[other] = others.GetValueOrDefault(other) + 1;
            return false;
        }
    }

    private static IEnumerable<List<T>> Runs(IEnumerable<T> rows)
    {
        var run = new List<T>();
        foreach (var row in rows)
        {
            if (run.Count > 0 && row.Layer != run[0].Layer)
            {
                yield return run;
                run = [];
            }

            run.Add(row);
        }

        if (run.Count > 0) yield return run;
    }

    private static string Named(string model, string? size) => string.IsNullOrEmpty(size) ? model : $"{model} {size}";

    /// <summary>What was planned or done of the same layers, or parked from files of the same names, gives way.</summary>
    private async Task ReplaceUnitsAsync(
        InterpretContext context, ImportTarget target, List<WorkUnitRow> units, IEnumerable<string> files, CancellationToken cancel)
    {
        var prefixes = files.Select(file => RowSubject(file, "row ")).ToList();
        var subjects = units.Select(unit => unit.Subject).ToHashSet(StringComparer.Ordinal);
        var known = await context.WorkUnits.Where(u => u.StudyId == target.Study && u.Model == target.Model && u.Stage == table.Stage).ToListAsync(cancel);
        context.WorkUnits.RemoveRange(
            known.Where(u => subjects.Contains(LayerOf(u.Subject)) || prefixes.Exists(prefix => u.Subject.StartsWith(prefix, StringComparison.Ordinal))));
        await context.SaveChangesAsync(cancel);
        context.WorkUnits.AddRange(units);
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>Of a planned unit that is part of a layer, such as some of its heads, the layer.</summary>
    private static string LayerOf(string subject) => subject.StartsWith("layer ", StringComparison.Ordinal) ? string.Join(' ', subject.Split(' ', ',')[..2])
        : subject;

    /// <summary>Files by their names alone, or by their paths where two have the same.</summary>
    private static Dictionary<string, string> ShortNames(IReadOnlyList<InputFile> files) => files
        .Select(file => file.Name).GroupBy(name => Path.GetFileName(name), StringComparer.Ordinal)
        .SelectMany(same => same.Select(file => (File: file, Name: same.Count() == 1 ? same.Key : file)))
            .ToDictionary(file => file.File, file => file.Name, StringComparer.Ordinal);

    private static string RowSubject(string file, string row) => $"{file}, {row}";

    private WorkUnitRow Unit(ImportTarget target, string subject, string status, BadInputException? error) => new()
    {
        StudyId = target.Study,
        Stage = table.Stage,
        Model = target.Model,
        Subject = subject,
        Status = status,
        ErrorClass = error?.ErrorClass,
        ErrorText = error?.Message,
        EndedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
    };
}
