using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Interpret.Storage;

/// <summary>
/// Writes many rows of one table in the context's current transaction, as upserts on the primary key: writing a row twice leaves
/// one row, the later one. PostgreSQL gets them by binary COPY into a temporary table and one statement; SQLite by one prepared
/// statement for all rows.
/// </summary>
public static class BulkWriter
{
    /// <summary>Below this many rows a prepared statement is quicker than COPY through a temporary table.</summary>
    private const int FewRows = 16;

    public static async Task UpsertAsync<T>(this InterpretContext context, IEnumerable<T> rows, CancellationToken cancel = default)
        where T : class
    {
        var table = new Table(context, typeof(T));
        await context.Database.OpenConnectionAsync(cancel);
        try
        {
            var all = rows as IReadOnlyCollection<T>;
            if (context.Database.GetDbConnection() is NpgsqlConnection postgres && all is not { Count: < FewRows })
                await CopyAsync(context, postgres, table, rows, cancel);
            else
                await ExecuteAsync(context, table, rows, table.OnConflict, cancel);
        }
        finally
        {
            await context.Database.CloseConnectionAsync();
        }
    }

    /// <summary>
    /// Writes many new rows of one table in the context's current transaction; keys that the database makes are made, and not read back.
    /// </summary>
    public static async Task InsertAsync<T>(this InterpretContext context, IEnumerable<T> rows, CancellationToken cancel = default)
        where T : class
    {
        var table = new Table(context, typeof(T), withGenerated: false);
        await context.Database.OpenConnectionAsync(cancel);
        try
        {
            if (context.Database.GetDbConnection() is NpgsqlConnection postgres)
                await WriteAsync(postgres, table.Name, table, rows, null, cancel);
            else
                await ExecuteAsync(context, table, rows, "", cancel);
        }
        finally
        {
            await context.Database.CloseConnectionAsync();
        }
    }

    private static async Task ExecuteAsync<T>(InterpretContext context, Table table, IEnumerable<T> rows, string onConflict, CancellationToken cancel)
        where T : class
    {
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandText = $"INSERT INTO {table.Name} ({table.List(c => c.Name)}) VALUES ({table.List(c => c.Parameter)}) {onConflict}";
        foreach (var column in table.Columns)
            command.Parameters.Add(column.Mapping.CreateParameter(command, column.Parameter, null, nullable: true));
        foreach (var row in rows)
        {
            for (var i = 0; i < table.Columns.Count; i++)
                command.Parameters[i].Value = table.Columns[i].Value(row) ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>Within a transaction, the caller's or one of its own: the temporary table ends with it.</summary>
    private static async Task CopyAsync<T>(InterpretContext context, NpgsqlConnection connection, Table table, IEnumerable<T> rows, CancellationToken cancel)
        where T : class
    {
        var own = context.Database.CurrentTransaction is null ? await context.Database.BeginTransactionAsync(cancel) : null;
        await using var ending = own;
        const string incoming = "incoming", order = "incoming_order";
        await RunAsync(
            connection, $"CREATE TEMPORARY TABLE {incoming} (LIKE {table.Name}) ON COMMIT DROP; ALTER TABLE {incoming} ADD COLUMN {order} bigint", cancel);
        await WriteAsync(connection, incoming, table, rows, order, cancel);

        // One statement may not touch a row twice: of rows with the same key the last one counts.
        await RunAsync(
            connection,
            $"INSERT INTO {table.Name} ({table.List(c => c.Name)}) SELECT DISTINCT ON ({table.Key}) {table.List(c => c.Name)} FROM {incoming} ORDER BY {table.Key}, {order} DESC {table.OnConflict}; DROP TABLE {incoming}",
            cancel);
        if (own is not null)
            await own.CommitAsync(cancel);
    }

    /// <param name="target">The table to copy into.</param>
    /// <param name="order">A column that gets each row's place; null: none does.</param>
    private static async Task WriteAsync<T>(
        NpgsqlConnection connection, string target, Table table, IEnumerable<T> rows, string? order, CancellationToken cancel)
        where T : class
    {
        await using var writer =
            await connection.BeginBinaryImportAsync(
            $"COPY {target} ({table.List(c => c.Name)}{(order is null ? "" : $", {order}")}) FROM STDIN (FORMAT BINARY)", cancel);
        long place = 0;
        foreach (var row in rows)
        {
            await writer.StartRowAsync(cancel);
            foreach (var column in table.Columns)
            {
                if (column.Value(row) is { } value)
                    await writer.WriteAsync(value, column.Mapping.StoreType, cancel);
                else
                    await writer.WriteNullAsync(cancel);
            }

            if (order is not null)
                await writer.WriteAsync(place++, "bigint", cancel);
        }

        await writer.CompleteAsync(cancel);
    }

    private static async Task RunAsync(DbConnection connection, string statement, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement; // names only, quoted; values go by COPY
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>A table's quoted names, and how its rows become values.</summary>
    private sealed class Table
    {
        /// <param name="withGenerated">Whether with the columns whose values the database makes.</param>
        public Table(InterpretContext context, Type type, bool withGenerated = true)
        {
            Func<string, string> quote = context.GetService<ISqlGenerationHelper>().DelimitIdentifier;
            var entity = context.Model.FindEntityType(type)!;
            Name = quote(entity.GetTableName()!);
            Columns = [.. entity.GetProperties().Where(property => withGenerated || property.ValueGenerated == ValueGenerated.Never)
                .Select((property, i) => new Column(
                quote(property.GetColumnName()), $"@p{i}", property.IsPrimaryKey(), property.GetRelationalTypeMapping(), property.GetGetter().GetClrValue))];
        }

        public string Name { get; }

        public IReadOnlyList<Column> Columns { get; }

        public string Key => string.Join(", ", Columns.Where(c => c.IsKey).Select(c => c.Name));

        public string OnConflict
        {
            get
            {
                var rest = Columns.Where(c => !c.IsKey).ToList();
                return $"ON CONFLICT ({Key}) DO {(rest.Count == 0 ? "NOTHING" : $"UPDATE SET {string.Join(", ", rest.Select(c => $"{c.Name} = excluded.{c.Name}"))}")}";
            }
        }

        public string List(Func<Column, string> text) => string.Join(", ", Columns.Select(text));
    }

    private sealed record Column(string Name, string Parameter, bool IsKey, RelationalTypeMapping Mapping, Func<object, object?> Read)
    {
        public object? Value(object row) => Read(row) is { } value ? Mapping.Converter is { } converter ? converter.ConvertToProvider(value) : value : null;
    }
}
