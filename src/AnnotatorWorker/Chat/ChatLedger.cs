using System.Collections.Concurrent;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>
/// Answers that were paid for. What is in here is never asked again, by whichever study, model or pass. Answers that come at the same time
/// are written together, by one writer: an embedded database has no use for more.
/// </summary>
public sealed class ChatLedger(IDbContextFactory<InterpretContext> database) : IDisposable
{
    private const int WrittenTogether = 200;

    private readonly ConcurrentQueue<(ChatCallRow Call, TaskCompletionSource<string> Stored)> waiting = new();
    private readonly SemaphoreSlim turn = new(1);

    public async Task<string?> FindAsync(string id, CancellationToken cancel = default)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        return await context.ChatCalls.Where(c => c.Id == id).Select(c => c.Answer).SingleOrDefaultAsync(cancel);
    }

    /// <summary>Keeps an answer. Of two annotators that asked the same at the same moment, the first one's stands.</summary>
    /// <returns>The answer that stands; by then it is on disk.</returns>
    public async Task<string> StoreAsync(ChatCallRow call)
    {
        var stored = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Enqueue((call, stored));
        await turn.WaitAsync();
        try
        {
            // Whoever has the turn writes for all who came meanwhile.
            while (!stored.Task.IsCompleted)
                await WriteAsync();
        }
        finally
        {
            turn.Release();
        }

        return await stored.Task;
    }

    private async Task WriteAsync()
    {
        var calls = new List<(ChatCallRow Call, TaskCompletionSource<string> Stored)>();
        while (calls.Count < WrittenTogether && waiting.TryDequeue(out var next))
            calls.Add(next);
        try
        {
            var standing = await WriteAsync([.. calls.Select(entry => entry.Call)]);
            foreach (var (call, stored) in calls)
                stored.TrySetResult(standing[call.Id]);
        }
        catch (Exception e)
        {
            foreach (var (_, stored) in calls)
                stored.TrySetException(e);
        }
    }

    /// <returns>The answers that stand, by id.</returns>
    private async Task<Dictionary<string, string>> WriteAsync(List<ChatCallRow> calls)
    {
        while (true)
        {
            await using var context = await database.CreateDbContextAsync();
            var ids = calls.Select(call => call.Id).ToList();
            var standing = await context.ChatCalls.Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Answer }).ToDictionaryAsync(c => c.Id, c => c.Answer, StringComparer.Ordinal);
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

    public void Dispose() => turn.Dispose();
}
