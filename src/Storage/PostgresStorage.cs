using Interpret.Contracts;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Interpret.Storage;

/// <summary>
/// Opens the cluster's database. What is asked of it are many small questions, answered out of indexes that lie in memory: PostgreSQL is
/// told so, unless the connection string has options of its own, as compiling a plan costs it a hundred times what running it does.
/// </summary>
/// <param name="connection">An Npgsql connection string.</param>
/// <param name="connections">Connections at most, unless the connection string says how many; a request beyond these waits for one.</param>
/// <param name="application">Who asks, as PostgreSQL shows it; null, or named in the connection string: as that says.</param>
/// <exception cref="BadInputException"><c>connection-string</c>.</exception>
public sealed class PostgresStorage(string connection, int connections = PostgresStorage.UsualConnections, string? application = null) : InterpretStorage
{
    /// <summary>How such a connection string looks.</summary>
    public const string Format = "Host=…;Username=…;Password=…;Database=…";

    /// <summary>A PostgreSQL as it comes has a hundred connections for all services together.</summary>
    public const int UsualConnections = 8;

    private const string PoolSize = "Maximum Pool Size";

    private readonly DbContextOptions<PostgresInterpretContext> options =
        new DbContextOptionsBuilder<PostgresInterpretContext>().UseNpgsql(Tuned(connection, connections, application)).Options;

    public override InterpretContext CreateDbContext() => new PostgresInterpretContext(options);

    private static string Tuned(string connection, int connections, string? application)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(connection);
        }
        catch (ArgumentException e)
        {
            // What was found may hold the password, the exception's words too.
            throw new BadInputException(
                ErrorClasses.ConnectionString, "configuration", "ConnectionStrings:Database", Format, "something else",
                "Set the environment variable ConnectionStrings__Database", e);
        }

        if (!builder.ShouldSerialize(PoolSize)) // ContainsKey tells of every name that there is
            builder.MaxPoolSize = connections;
        builder.ApplicationName ??= application;
        builder.Options ??= "-c jit=off -c random_page_cost=1.1";
        return builder.ConnectionString;
    }
}

/// <summary>How the migration tool makes a context.</summary>
public sealed class PostgresDesignTimeFactory : Microsoft.EntityFrameworkCore.Design.IDesignTimeDbContextFactory<PostgresInterpretContext>
{
    public PostgresInterpretContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresInterpretContext>().UseNpgsql("Host=localhost").Options);
}
