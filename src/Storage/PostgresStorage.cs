using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>Opens the cluster's database.</summary>
/// <param name="connection">An Npgsql connection string.</param>
public sealed class PostgresStorage(string connection) : InterpretStorage
{
    private readonly DbContextOptions<PostgresInterpretContext> options =
        new DbContextOptionsBuilder<PostgresInterpretContext>().UseNpgsql(connection).Options;

    public override InterpretContext CreateDbContext() => new PostgresInterpretContext(options);
}

/// <summary>How the migration tool makes a context.</summary>
public sealed class PostgresDesignTimeFactory : Microsoft.EntityFrameworkCore.Design.IDesignTimeDbContextFactory<PostgresInterpretContext>
{
    public PostgresInterpretContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresInterpretContext>().UseNpgsql("Host=localhost").Options);
}
