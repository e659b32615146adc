using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>Opens the embedded database.</summary>
public sealed class SqliteStorage(string path) : InterpretStorage
{
    private readonly DbContextOptions<SqliteInterpretContext> options = new DbContextOptionsBuilder<SqliteInterpretContext>()
        .UseSqlite(new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 60 }.ToString())
        .Options;

    public string Path { get; } = path;

    public override InterpretContext CreateDbContext() => new SqliteInterpretContext(options);

    /// <summary>Creates the file or brings its tables up to date; readers and one writer then work side by side (WAL).</summary>
    public override async Task MigrateAsync(CancellationToken cancel = default)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        await base.MigrateAsync(cancel);
        await using var context = CreateDbContext();
        await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", cancel);
    }
}

/// <summary>How the migration tool makes a context.</summary>
public sealed class SqliteDesignTimeFactory : Microsoft.EntityFrameworkCore.Design.IDesignTimeDbContextFactory<SqliteInterpretContext>
{
    public SqliteInterpretContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteInterpretContext>().UseSqlite("Data Source=:memory:").Options);
}
