using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Interpret.Storage;

/// <summary>
/// Writes many rows of one table in the context's current transaction, as upserts on the primary key: writing a row twice leaves
/// one row. One prepared statement serves all rows.
/// </summary>
public static class BulkWriter
{
    public static async Task UpsertAsync<T>(this InterpretContext context, IEnumerable<T> rows, CancellationToken cancel = default)
        where T : class
    {
        var columns = Columns(context, typeof(T));
        await context.Database.OpenConnectionAsync(cancel);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandText = Statement(context, typeof(T), columns);
        foreach (var column in columns)
            command.Parameters.Add(column.Mapping.CreateParameter(command, column.Parameter, null, nullable: true));
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Count; i++)
                command.Parameters[i].Value = columns[i].Value(row) ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    private static string Statement(InterpretContext context, Type type, List<Column> columns)
    {
        Func<string, string> quote = context.GetService<ISqlGenerationHelper>().DelimitIdentifier;
        var table = context.Model.FindEntityType(type)!.GetTableName()!;
        string List(IEnumerable<Column> some, Func<Column, string> text) => string.Join(", ", some.Select(text));
        var rest = columns.Where(c => !c.IsKey).ToList();
        return $"INSERT INTO {quote(table)} ({List(columns, c => quote(c.Name))}) VALUES ({List(columns, c => c.Parameter)}) "
            + $"ON CONFLICT ({List(columns.Where(c => c.IsKey), c => quote(c.Name))}) DO "
            + (rest.Count == 0 ? "NOTHING" : $"UPDATE SET {List(rest, c => $"{quote(c.Name)} = excluded.{quote(c.Name)}")}");
    }

    private static List<Column> Columns(InterpretContext context, Type type) =>
        [.. context.Model.FindEntityType(type)!.GetProperties().Select((property, i) => new Column(
            property.GetColumnName(), $"@p{i}", property.IsPrimaryKey(), property.GetRelationalTypeMapping(), property.PropertyInfo!.GetValue))];

    private sealed record Column(string Name, string Parameter, bool IsKey, RelationalTypeMapping Mapping, Func<object?, object?> Read)
    {
        public object? Value(object row) => Read(row) is { } value ? Mapping.Converter is { } converter ? converter.ConvertToProvider(value) : value : null;
    }
}
