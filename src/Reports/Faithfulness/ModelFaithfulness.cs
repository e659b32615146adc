using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Explaining.Faithfulness;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Faithfulness;

/// <summary>What becomes of the responses of a model, prompt by prompt, each with the curves of its rankings.</summary>
/// <param name="Model">The model.</param>
/// <param name="Prompts">By their ids, those that have curves of every ranking.</param>
/// <param name="Rankings">The rankings, in the order in which they are shown.</param>
public sealed record ModelFaithfulness(
    string Model, IReadOnlyList<(string Id, IReadOnlyDictionary<string, FaithfulnessCurves> Curves)> Prompts, IReadOnlyList<string> Rankings)
{
    /// <summary>Of every model of the scope that has some; the table and the figure of a scope share them.</summary>
    public static Task<IReadOnlyList<ModelFaithfulness>> ReadAsync(ReportScope scope, CancellationToken cancel) =>
        scope.OnceAsync<IReadOnlyList<ModelFaithfulness>>(async () =>
        {
            await using var context = await scope.OpenAsync(cancel);
            var read = new List<ModelFaithfulness>();
            foreach (var model in scope.Models)
            {
                var rows = await context.Faithfulness.AsNoTracking().Where(row => row.StudyId == scope.Study && row.Model == model).ToListAsync(cancel);
                if (rows.Count > 0) read.Add(Of(model, rows));
            }

            return read;
        });

    /// <summary>Of a model's rows. A ranking that not every prompt has is left out of none: prompts without it are.</summary>
    public static ModelFaithfulness Of(string model, IEnumerable<FaithfulnessRow> rows)
    {
        var prompts = rows.GroupBy(row => row.PromptId, StringComparer.Ordinal).OrderBy(prompt => prompt.Key, StringComparer.Ordinal)
            .Select(prompt => (Id: prompt.Key,
                Curves: (IReadOnlyDictionary<string, FaithfulnessCurves>)prompt.ToDictionary(row => row.Ranking, Curves, StringComparer.Ordinal)))
            .ToList();
        var rankings = prompts.SelectMany(prompt => prompt.Curves.Keys).Distinct(StringComparer.Ordinal)
            .OrderBy(Place).ThenBy(name => name, StringComparer.Ordinal).ToList();
        return new(model, [.. prompts.Where(prompt => prompt.Curves.Count == rankings.Count)], rankings);
    }

    /// <summary>What a study lacks for it, and what to do; null: nothing.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        return await context.Faithfulness.AnyAsync(row => row.StudyId == scope.Study && scope.Models.Contains(row.Model), cancel) ? null
            : new BadInputException(
                ErrorClasses.ReportEmpty, scope.Study, report, $"prompts of {string.Join(" or ", scope.Models)} whose rankings were held against the model", "none",
                "The study file must say \"faithfulness\": true (docs/study-files.md)");
    }

    private static FaithfulnessCurves Curves(FaithfulnessRow row) => new(
        row.Ranking, MemoryMarshal.Cast<byte, float>(row.Deletion).ToArray(), MemoryMarshal.Cast<byte, float>(row.Insertion).ToArray(), (float)row.SoftDeletion,
        (float)row.SoftInsertion);

    /// <summary>The paper's first, a random order last.</summary>
    private static int Place(string ranking) =>
        ranking == TokenRanking.Density ? 0 : ranking == Explaining.Methods.AttributionMethods.Default.Name ? 1
        : ranking == Explaining.Methods.AttributionMethods.Random.Name ? 3 : 2;
}
