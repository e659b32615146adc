using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>Answers that were paid for. What is in here is never asked again, by whichever study, model or pass.</summary>
public sealed class ChatLedger(IDbContextFactory<InterpretContext> database)
{
    public async Task<string?> FindAsync(string id, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.ChatCalls.Where(c => c.Id == id).Select(c => c.Answer).SingleOrDefaultAsync(cancel);
    }

    /// <summary>Keeps an answer. Of two annotators that asked the same at the same moment, the first one's stands.</summary>
    /// <returns>The answer that stands.</returns>
    public async Task<string> StoreAsync(ChatCallRow call)
    {
        await using var context = await database.CreateDbContextAsync();
        context.ChatCalls.Add(call);
        try
        {
            await context.SaveChangesAsync();
            return call.Answer;
        }
        catch (DbUpdateException)
        {
            if (await FindAsync(call.Id) is { } first)
                return first;
            throw;
        }
    }
}
