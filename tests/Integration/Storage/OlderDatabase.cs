using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Interpret.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Interpret.Integration.Tests.Storage;

/// <summary>A database brought up to an earlier migration only, and written to and read by SQL alone: no class of today's model takes part.</summary>
internal sealed class OlderDatabase(InterpretStorage storage)
{
    /// <summary>The columns of each table.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Tables { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    public static async Task<OlderDatabase> MigrateAsync(InterpretStorage storage, string migration)
    {
        await using var context = storage.CreateDbContext();
        await context.GetService<IMigrator>().MigrateAsync(migration);
        (await context.Database.GetAppliedMigrationsAsync()).ShouldContain(migration);
        var database = new OlderDatabase(storage);
        await using var connection = await database.OpenAsync();
        database.Tables = await TablesAsync(connection);
        return database;
    }

    public bool Has(string table) => Tables.ContainsKey(table);

    /// <summary>Writes a row: nothing where its table is not there yet, without the columns that are not there yet.</summary>
    public async Task InsertAsync(string table, params (string Name, object? Value)[] values)
    {
        if (!Tables.TryGetValue(table, out var columns))
            return;
        columns.Except(values.Select(value => value.Name)).ShouldBe(table == "work_units" ? ["Id"] : [], $"a value for every column of {table}");
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        var known = values.Where(value => columns.Contains(value.Name)).ToList();
        command.CommandText = $"""
            INSERT INTO {table} ({string.Join(", ", known.Select(value => $"\"{value.Name}\""))}) VALUES ({string.Join(", ", known.Select((_, i) => $"@p{i}"))})
            """;
        for (var i = 0; i < known.Count; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", Stored(known[i].Value, connection));
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync();
    }

    // SQLite keeps lists as JSON.
    private static object Stored(object? value, DbConnection connection) => value switch
    {
        null => DBNull.Value,
        string[] or int[] when connection is SqliteConnection => JsonSerializer.Serialize(value),
        _ => value,
    };

    /// <summary>Every row of every table that was there, with the columns that were there, as text.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync()
    {
        var rows = new List<string>();
        await using var connection = await OpenAsync();
        foreach (var (table, columns) in Tables)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT {string.Join(", ", columns.Select(column => $"\"{column}\""))} FROM {table}";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                rows.Add($"{table}: {string.Join(" | ", columns.Select((column, i) => $"{column}: {Text(reader.GetValue(i))}"))}");
        }

        return [.. rows.Order(StringComparer.Ordinal)];
    }

    private static string Text(object value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        Array list => string.Join(", ", list.Cast<object>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> TablesAsync(DbConnection connection)
    {
        var names = new List<string>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = connection is SqliteConnection
                ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                : "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                names.Add(reader.GetString(0));
        }

        var tables = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var name in names.Where(name => !name.StartsWith("__EF", StringComparison.Ordinal)))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM {name}";
            await using var reader = await command.ExecuteReaderAsync();
            tables[name] = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        }

        return tables;
    }

    private async Task<DbConnection> OpenAsync()
    {
        await using var context = storage.CreateDbContext();
        DbConnection connection = storage is SqliteStorage
            ? new SqliteConnection(context.Database.GetConnectionString())
            : new Npgsql.NpgsqlConnection(context.Database.GetConnectionString());
        await connection.OpenAsync();
        return connection;
    }
}
