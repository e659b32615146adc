using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Interpret.ServiceDefaults;

/// <summary>What is said of a change; whoever makes it may say more while it is made.</summary>
public sealed class AuditNote(string action)
{
    /// <summary>What is done, by the name of its command.</summary>
    public string Action { get; } = action;

    /// <summary>The study that it is about.</summary>
    public string? Study { get; set; }

    /// <summary>What else it is about.</summary>
    public string? Subject { get; set; }

    /// <summary>How; never a secret.</summary>
    public string? Detail { get; set; }
}

/// <summary>
/// Who changed what, and when by the database's time. An entry is written before its change and completed after it: what cannot be recorded is not done, and a
/// change that a killed process began is told of too.
/// </summary>
public sealed class AuditLog(IDbContextFactory<InterpretContext> database, TimeProvider clock, ILogger<AuditLog>? log = null)
{
    /// <summary>Entries that are listed at most, and those that are when nobody says.</summary>
    public const int Most = 1000, Usual = 20;

    private const int LongestText = 200;

    private readonly ILogger log = log ?? NullLogger<AuditLog>.Instance;

    /// <summary>Makes a change and records it.</summary>
    /// <param name="actor">Who makes it.</param>
    /// <param name="note">What is said of it.</param>
    /// <param name="change">The change.</param>
    /// <param name="outcome">What came of it, by what it gave; null: it is done.</param>
    /// <param name="cancel">Ends it before it begins.</param>
    public async Task<T> RecordAsync<T>(
        string actor, AuditNote note, Func<Task<T>> change, Func<T, string>? outcome = null, CancellationToken cancel = default)
    {
        var row = Row(actor, note, AuditOutcome.Begun);
        await using (var context = await database.CreateDbContextAsync(cancel))
        {
            context.AuditEntries.Add(row);
            await context.SaveChangesAsync(cancel);
        }

        var came = AuditOutcome.Failed;
        try
        {
            var given = await change();
            came = outcome?.Invoke(given) ?? AuditOutcome.Done;
            return given;
        }
        catch (BadInputException e)
        {
            came = AuditOutcome.Refused;
            note.Detail = $"{note.Detail} [{e.ErrorClass}]".TrimStart();
            throw;
        }
        catch (BadHttpRequestException)
        {
            came = AuditOutcome.Refused;
            throw;
        }
        finally
        {
            await CompleteAsync(row.Id, note, came);
        }
    }

    /// <summary>Records a change that is made in the same transaction.</summary>
    public async Task NoteAsync(InterpretContext context, string actor, AuditNote note, CancellationToken cancel = default) =>
        await context.InsertAsync([Row(actor, note, AuditOutcome.Done)], cancel);

    /// <summary>The latest entries, the latest first.</summary>
    /// <param name="study">Of this study alone, which may be gone; null: all.</param>
    /// <param name="last">How many at most; null: <see cref="Usual"/>.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="BadInputException"><c>bad-number</c>.</exception>
    public async Task<IReadOnlyList<AuditEntry>> LatestAsync(string? study, int? last = null, CancellationToken cancel = default)
    {
        if (last is < 1 or > Most)
            throw new BadInputException(ErrorClasses.BadNumber, "audit", "last", $"a whole number from 1 to {Most}", $"{last}");
        var stored = Cut(study);
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.AuditEntries.Where(a => stored == null || a.Study == stored).OrderByDescending(a => a.Id).Take(last ?? Usual)
            .Select(a => new AuditEntry(a.At, a.Actor, a.Action, a.Study, a.Subject, a.Detail, a.Outcome)).ToListAsync(cancel);
    }

    private async Task CompleteAsync(long id, AuditNote note, string outcome)
    {
        try
        {
            var (study, subject, detail) = (Cut(note.Study), Cut(note.Subject), Cut(note.Detail));
            await using var context = await database.CreateDbContextAsync();
            await context.AuditEntries.Where(a => a.Id == id).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.Study, study).SetProperty(a => a.Subject, subject).SetProperty(a => a.Detail, detail)
                    .SetProperty(a => a.Outcome, outcome));
        }
        catch (Exception e)
        {
            log.LogWarning("the audit log keeps {Action} as begun: {Error}", note.Action, e.GetBaseException().Message); // that it happened stands there
        }
    }

    private AuditRow Row(string actor, AuditNote note, string outcome) => new()
    {
        At = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        Actor = actor,
        Action = Cut(note.Action)!,
        Study = Cut(note.Study),
        Subject = Cut(note.Subject),
        Detail = Cut(note.Detail),
        Outcome = outcome,
    };

    private static string? Cut(string? text) => text is null ? null : Quoted.Beginning(text, LongestText);
}
