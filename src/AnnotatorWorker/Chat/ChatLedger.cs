using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>
/// Answers that were paid for. What is in here is never asked again, by whichever study, model or pass. Answers that come at the same time
/// are written together, by one writer: an embedded database has no use for more.
/// </summary>
public sealed class ChatLedger
{
    private const int BatchSize = 200;

    private readonly IDbContextFactory<InterpretContext> database;
    private readonly Batcher<ChatCallRow, string> storing;

    public ChatLedger(IDbContextFactory<InterpretContext> database)
    {
        this.database = database;
        storing = new(BatchSize, async calls =>
        {
            var standing = await WriteAsync(calls);
            return [.. calls.Select(call => standing[call.Id])];
        });
    }

    public async Task<string?> FindAsync(string id, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.ChatCalls.Where(c => c.Id == id).Select(c => c.Answer).SingleOrDefaultAsync(cancel);
    }

    /// <summary>Whether a plan has had a question of a stage answered.</summary>
    public async Task<bool> HasAsync(string stage, AnnotationPlanRow plan, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.ChatCalls.AnyAsync(c => c.StudyId == plan.StudyId && c.Rehearsal == plan.Rehearsal && c.Stage == stage, cancel);
    }

    /// <summary>Keeps an answer. Of two annotators that asked the same at the same moment, the first one's stands.</summary>
    /// <returns>The answer that stands; by then it is on disk.</returns>
    public Task<string> StoreAsync(ChatCallRow call) => storing.RunAsync(call);

    /// <returns>The answers that stand, by id.</returns>
    private async Task<Dictionary<string, string>> WriteAsync(IReadOnlyList<ChatCallRow> calls)
    {
        while (true)
        {
            await using var context = await database.CreateDbContextAsync();
            var ids = calls.Select(call => call.Id).Distinct().ToList();
            var standing = await context.ChatCalls.Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Answer })
                .ToDictionaryAsync(c => c.Id, c => c.Answer, StringComparer.Ordinal);
            context.ChatCalls.AddRange(calls.Where(call => standing.TryAdd(call.Id, call.Answer)));
            try
            {
                await context.SaveChangesAsync();
                return standing;
            }
            catch (DbUpdateException e)
            {
                // Another annotator stored one of them at this moment: then it is there now. Anything else is a trouble.
                var tried = e.Entries.Select(entry => ((ChatCallRow)entry.Entity).Id).ToList();
                if (!await context.ChatCalls.AsNoTracking().AnyAsync(c => tried.Contains(c.Id)))
                    throw;
            }
        }
    }
}
