using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>Reads the responses of other models, as they were explained, and says what this model holds likeliest in the place of each token.</summary>
public sealed class ContrastTokensStage(Checkpoints checkpoints, IDbContextFactory<InterpretContext> database, ModelHost host) : IBatchStage
{
    public string Name => Contracts.Stages.ContrastTokens;

    // A case is a forward pass.
    public int MostTogether => AttributionStage.Together;

    public int LeastTogether => host.ReadsLayers ? AttributionStage.TogetherFromDisk : 1;

    public async Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var found = await ReadAsync(units, cancel);
        var results = found.Select(one => new UnitResult(null, one.Failure)).ToArray();
        List<(int At, AttributionRow Row)> read = [.. found.Index().Where(one => one.Item.Row is not null).Select(one => (one.Index, one.Item.Row!))];
        if (read.Count == 0)
            return results;
        var tokens = await host.UseAsync(
            checkpoints.Of(units[0]),
            explainer => explainer.ContrastTokensOf([.. read.Select(one => new CasePieces(one.Row.PromptId, one.Row.Input, one.Row.Output))], cancel), cancel);
        foreach (var ((at, row), (said, failure)) in read.Zip(tokens))
        {
            if (said is null)
            {
                results[at] = new UnitResult(null, failure);
                continue;
            }

            var stored = AttributionRows.Contrasts(row, units[at].Unit.Model, said);
            results[at] = new UnitResult(storage => storage.UpsertAsync([stored]), null);
        }

        return results;
    }

    private async Task<(AttributionRow? Row, Exception? Failure)[]> ReadAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var found = new (AttributionRow? Row, Exception? Failure)[units.Count];
        await using var context = await database.CreateDbContextAsync(cancel);
        foreach (var responses in units.Select((unit, at) => (At: at, Subject: ResponseSubject.Parse(unit.Unit.Subject))).GroupBy(one => one.Subject.Model))
        {
            var rows = await StoredAttributions.ReadAsync(
                context, units[0].Unit.StudyId, responses.Key, [.. responses.Select(one => one.Subject.Prompt)],
                $"whose response {units[0].Unit.Model} is to read", cancel);
            foreach (var (at, subject) in responses)
                found[at] = rows[subject.Prompt];
        }

        return found;
    }
}
