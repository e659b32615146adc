using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>A database: opens contexts, and brings its tables up to date.</summary>
public abstract class InterpretStorage : IDbContextFactory<InterpretContext>
{
    public abstract InterpretContext CreateDbContext();

    public Task<InterpretContext> CreateDbContextAsync(CancellationToken cancellationToken = default) => Task.FromResult(CreateDbContext());

    /// <summary>Creates the tables or brings them up to date. Several processes may do so at the same time; one does the work.</summary>
    public virtual async Task MigrateAsync(CancellationToken cancel = default)
    {
        await using var context = CreateDbContext();
        // To bring it up to date takes longer than a command's own work, even where there is nothing to do.
        if ((await context.Database.GetPendingMigrationsAsync(cancel)).Any()) await context.Database.MigrateAsync(cancel);
    }
}
