using System.Data;
using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>
/// The database's clock, kept by this machine's monotonic one: every service of a cluster reads the same time, and a machine whose own
/// clock is wrong or set anew neither takes others for dead nor holds units too long.
/// </summary>
public sealed class DatabaseClock(PostgresStorage storage) : TimeProvider
{
    private (DateTimeOffset Time, long Stamp) anchor = (System.GetUtcNow(), System.GetTimestamp());

    public override DateTimeOffset GetUtcNow()
    {
        var (time, stamp) = anchor;
        return time + GetElapsedTime(stamp);
    }

    /// <summary>Asks the database what time it is.</summary>
    public async Task SetAsync(CancellationToken cancel = default)
    {
        await using var context = storage.CreateDbContext();
        await context.Database.OpenConnectionAsync(cancel);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = "SELECT extract(epoch FROM clock_timestamp()) * 1000";
        command.CommandType = CommandType.Text;
        var asked = GetTimestamp();
        var milliseconds = Convert.ToDouble(await command.ExecuteScalarAsync(cancel), CultureInfo.InvariantCulture);
        var answered = GetTimestamp();
        // The answer was true about halfway.
        anchor = (DateTimeOffset.UnixEpoch.AddMilliseconds(milliseconds), asked + ((answered - asked) / 2));
    }
}
