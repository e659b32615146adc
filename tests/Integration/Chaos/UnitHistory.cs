using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Chaos;

/// <summary>Everything that ever happened to the units of a database, written down by the database itself whoever did it.</summary>
internal sealed class UnitHistory(PostgresStorage storage)
{
    /// <summary>The steps of a unit's life. What a worker that was taken for dead brings late is as good: hence done after waiting and queued.</summary>
    private static readonly HashSet<(string From, string To)> Legal =
    [
        (UnitStatus.Waiting, UnitStatus.Queued), (UnitStatus.Queued, UnitStatus.Running), (UnitStatus.Running, UnitStatus.Done),
        (UnitStatus.Queued, UnitStatus.Waiting), (UnitStatus.Running, UnitStatus.Waiting), // given back
        (UnitStatus.Running, UnitStatus.Queued), // its worker was lost
        (UnitStatus.Waiting, UnitStatus.Done), (UnitStatus.Queued, UnitStatus.Done), // and came back
    ];

    public async Task BeginAsync()
    {
        await using var context = storage.CreateDbContext();
        await context.Database.ExecuteSqlRawAsync("""
            CREATE TABLE unit_history (place bigserial, unit bigint, before text, after text, attempts_before int, attempts int);
            CREATE FUNCTION remember_unit() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO unit_history (unit, before, after, attempts_before, attempts) VALUES (NEW."Id", OLD."Status", NEW."Status", OLD."Attempts", NEW."Attempts");
                RETURN NEW;
            END $$;
            CREATE TRIGGER remember AFTER UPDATE ON work_units FOR EACH ROW
                WHEN (OLD."Status" <> NEW."Status" OR OLD."Attempts" <> NEW."Attempts") EXECUTE FUNCTION remember_unit();
            """);
    }

    /// <summary>Asserts that every unit went through legal steps only, was taken as often as its attempts say, and was done exactly once.</summary>
    public async Task ShouldBeLegalAsync()
    {
        await using var context = storage.CreateDbContext();
        var steps = await context.Database.SqlQueryRaw<Step>(
            """SELECT unit AS "Unit", before AS "Before", after AS "After", attempts_before AS "AttemptsBefore", attempts AS "Attempts" FROM unit_history ORDER BY place""").ToListAsync();
        var units = await context.WorkUnits.Select(u => u.Id).ToListAsync();
        var histories = steps.ToLookup(step => step.Unit);
        foreach (var unit in units)
        {
            var history = histories[unit].ToList();
            var told = string.Join(", ", history.Select(step => $"{step.Before}→{step.After} ({step.Attempts})"));
            foreach (var step in history)
            {
                Legal.ShouldContain((step.Before, step.After), $"unit {unit}: {told}");
                var taken = step.After == UnitStatus.Running ? 1 : 0;
                // A unit that a stopping worker gives back has lost no attempt.
                (step.Attempts - step.AttemptsBefore).ShouldBeOneOf(step.After == UnitStatus.Waiting ? [0, -1] : [taken], $"unit {unit}: {told}");
            }

            foreach (var (earlier, later) in history.Zip(history.Skip(1)))
                later.Before.ShouldBe(earlier.After, $"unit {unit}: {told}");
            history.Count(step => step.After == UnitStatus.Done).ShouldBe(1, $"unit {unit}: {told}");
            history[^1].After.ShouldBe(UnitStatus.Done, $"unit {unit}: {told}");
        }
    }

    private sealed record Step(long Unit, string Before, string After, int AttemptsBefore, int Attempts);
}
