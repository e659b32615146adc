using System.Runtime.InteropServices;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker;

/// <summary>
/// Keeps what the global methods need between units: one study's vocabulary embedded by one model. Another study's or model's unit
/// replaces it.
/// </summary>
public sealed class VocabularyHost(IDbContextFactory<InterpretContext> database) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);
    private (string Study, long SubmittedAt, CheckpointPlace? Checkpoint) current;
    private GlobalExplainer? explainer;
    private (string Study, long SubmittedAt) vocabularyOf;
    private IReadOnlyList<string> words = [];
    private IReadOnlyList<float[]?> vectors = [];

    /// <summary>Runs something with the explainer of a study's vocabulary and a checkpoint; others wait.</summary>
    public async Task<T> UseAsync<T>(
        UnitContext unit, CheckpointPlace checkpoint, Func<GlobalExplainer, IReadOnlyList<string>, T> use, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            var study = (unit.Unit.StudyId, unit.SubmittedAt);
            if (current != (study.StudyId, study.SubmittedAt, checkpoint) || explainer is null)
            {
                Forget();
                await ReadVocabularyAsync(study, cancel);
                explainer = new GlobalExplainer(ModelFiles.Open(checkpoint), words, vectors, DeviceMemory.First());
                current = (study.StudyId, study.SubmittedAt, checkpoint);
            }

            // Tensors belong to a thread: the work runs on one, whatever awaited it.
            return await Task.Run(() => use(explainer, words), cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ReadVocabularyAsync((string Name, long SubmittedAt) study, CancellationToken cancel)
    {
        if (vocabularyOf == study)
            return;
        await using var storage = await database.CreateDbContextAsync(cancel);
        var rows = await storage.Vocabulary.AsNoTracking().Where(v => v.StudyId == study.Name).OrderBy(v => v.Position).Select(v => new { v.Word, v.Vector })
            .ToListAsync(cancel);
        words = [.. rows.Select(row => row.Word)];
        vectors = [.. rows.Select(row => row.Vector is { } bytes ? MemoryMarshal.Cast<byte, float>(bytes).ToArray() : null)];
        vocabularyOf = study;
    }

    private void Forget()
    {
        explainer?.Dispose();
        explainer = null;
    }

    public void Dispose()
    {
        Forget();
        turn.Dispose();
    }
}
