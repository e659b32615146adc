using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>Opens the embedded database.</summary>
/// <param name="path">The file.</param>
/// <param name="readOnly">Whether nothing can or may be written, beside the file as well: it is read as it lies there.</param>
public sealed class SqliteStorage(string path, bool readOnly = false) : InterpretStorage
{
    private readonly DbContextOptions<SqliteInterpretContext> options = new DbContextOptionsBuilder<SqliteInterpretContext>()
        .UseSqlite(new SqliteConnectionStringBuilder
        {
            DataSource = readOnly ? AsItLies(path) : path,
            DefaultTimeout = 60,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
        }.ToString())
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

    /// <summary>
    /// A reader of a database in write-ahead mode writes a file beside it, so that writers see it. Where that cannot be and no writer is at work (no log
    /// is there), SQLite is told that the file does not change.
    /// </summary>
    private static string AsItLies(string path)
    {
        var log = new FileInfo(path + "-wal");
        if (log.Exists && log.Length > 0) return path;
        return $"file:{string.Join('/', System.IO.Path.GetFullPath(path).Split('/').Select(Uri.EscapeDataString))}?immutable=1";
    }
}

/// <summary>How the migration tool makes a context.</summary>
public sealed class SqliteDesignTimeFactory : Microsoft.EntityFrameworkCore.Design.IDesignTimeDbContextFactory<SqliteInterpretContext>
{
    public SqliteInterpretContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteInterpretContext>().UseSqlite("Data Source=:memory:").Options);
}
