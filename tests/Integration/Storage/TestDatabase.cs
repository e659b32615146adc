using Interpret.Storage;

[assembly: AssemblyFixture(typeof(PostgresServer))]
[assembly: AssemblyFixture(typeof(RabbitMqServer))]

namespace Interpret.Integration.Tests.Storage;

/// <summary>The two databases that everything must work on.</summary>
public enum Provider
{
    Sqlite,
    Postgres,
}

/// <summary>An empty database of a test's own.</summary>
internal sealed class TestDatabase(InterpretStorage storage, Scratch scratch) : IDisposable
{
    public InterpretStorage Storage { get; } = storage;

    /// <param name="tables">False: without the tables too.</param>
    public static async Task<TestDatabase> OpenAsync(Provider provider, bool tables = true)
    {
        var scratch = new Scratch();
        if (provider == Provider.Postgres)
        {
            Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
            var server = (await TestContext.Current.GetFixture<PostgresServer>())!;
            return new TestDatabase(await server.CreateDatabaseAsync(tables), scratch);
        }

        var storage = new SqliteStorage(scratch.At("new/folder/interpret.db"));
        if (tables)
            await storage.MigrateAsync();
        else
            Directory.CreateDirectory(Path.GetDirectoryName(storage.Path)!);
        return new TestDatabase(storage, scratch);
    }

    public void Dispose() => scratch.Dispose();
}
