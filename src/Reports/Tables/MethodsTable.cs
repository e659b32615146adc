using System.Globalization;
using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>How far two rankings of a model agree.</summary>
/// <param name="Correlation">Spearman's, over prompts.</param>
public sealed record MethodsRow(string Model, string First, string Second, int Prompts, Estimate Correlation);

/// <summary>Beyond the paper: do methods and targets rank the tokens of a prompt alike?</summary>
public sealed class MethodsTable : IReport
{
    private const int AtOnce = 32;

    private static readonly Column<MethodsRow>[] Columns =
    [
        new("model", "model", Text, row => row.Model),
        new("first", "method", Text, row => row.First,
            $"tokens by mean absolute score over the response; after the colon the target, where it is not the probability; {TokenRanking.Density}: the paper's importance density"),
        new("second", "and method", Text, row => row.Second),
        new("n", "n", Count, row => row.Prompts, "prompts in which both tell tokens apart"),
        new("rho", "ρ", Value, row => row.Correlation.Mean, "Spearman's rank correlation of the prompt's tokens, mean over prompts"),
        new("rho_low", "from", Value, row => row.Correlation.Low),
        new("rho_high", "to", Value, row => row.Correlation.High, "95 % interval of what stands before"),
    ];

    public string Name => "methods";
    public bool IsOfPair => false;

    public async Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        return await context.AttributionScores.AnyAsync(row => row.StudyId == scope.Study && scope.Models.Contains(row.Model), cancel) ? null
            : new BadInputException(
                ErrorClasses.ReportEmpty, scope.Study, Name, "attributions by other methods or of other targets", "none",
                "The study file must ask for them: \"methods\" and \"targets\" of \"attribution\" (docs/study-files.md)");
    }

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var rows = new List<MethodsRow>();
        foreach (var model in scope.Models) rows.AddRange(await ReadAsync(context, scope.Study, model, cancel));
        return Of(rows);
    }

    /// <summary>The table of such rows.</summary>
    public static ReportTable Of(IEnumerable<MethodsRow> rows) => ReportTable.Of(
        "Methods",
        "Whether methods and targets rank a prompt's tokens alike. Intervals: percentile bootstrap over prompts, "
            + $"{Bootstrap.Draws.ToString("N0", CultureInfo.InvariantCulture)} draws.",
        Columns, rows);

    /// <summary>A row per pair of a model's rankings.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The rankings of each prompt; one that a prompt lacks counts without it.</param>
    public static IEnumerable<MethodsRow> From(string model, IReadOnlyList<IReadOnlyList<TokenRanking>> prompts)
    {
        var names = prompts.SelectMany(prompt => prompt.Select(ranking => ranking.Name)).Distinct(StringComparer.Ordinal).ToList();
        foreach (var (at, first) in names.Index())
        {
            foreach (var second in names.Skip(at + 1))
            {
                List<double[]> correlations = [.. from prompt in prompts
                                                  let one = prompt.FirstOrDefault(ranking => ranking.Name == first)
                                                  let other = prompt.FirstOrDefault(ranking => ranking.Name == second)
                                                  where one is not null && other is not null
                                                  let correlation = SpearmanCorrelation.Of(one.Importance, other.Importance)
                                                  where double.IsFinite(correlation)
                                                  select (double[])[correlation]];
                yield return new(model, first, second, correlations.Count, Bootstrap.Means(correlations, 1)[0]);
            }
        }
    }

    private static async Task<IEnumerable<MethodsRow>> ReadAsync(InterpretContext context, string study, string model, CancellationToken cancel)
    {
        var prompts = new List<IReadOnlyList<TokenRanking>>();
        var ids = await context.AttributionScores.Where(row => row.StudyId == study && row.Model == model).Select(row => row.PromptId).Distinct()
            .OrderBy(id => id).ToListAsync(cancel);
        foreach (var some in ids.Chunk(AtOnce))
        {
            var others = (await context.AttributionScores.AsNoTracking().Where(row => row.StudyId == study && row.Model == model && some.Contains(row.PromptId))
                .ToListAsync(cancel)).ToLookup(row => row.PromptId);
            await foreach (var row in context.Attributions.AsNoTracking()
                .Where(row => row.StudyId == study && row.Model == model && some.Contains(row.PromptId))
                .OrderBy(row => row.PromptId).AsAsyncEnumerable().WithCancellation(cancel))
            {
                prompts.Add([
                    new(TokenRanking.Density, [.. MemoryMarshal.Cast<byte, float>(row.Density).ToArray().Select(value => (double)value)]),
                    TokenRanking.OfScores(AttributionMethods.Default.Name, MemoryMarshal.Cast<byte, float>(row.Scores), row.InputTokens),
                    .. others[row.PromptId].OrderBy(other => other.Method, StringComparer.Ordinal).ThenBy(other => other.Target, StringComparer.Ordinal)
                        .Select(other => TokenRanking.OfScores(Called(other), MemoryMarshal.Cast<byte, float>(other.Scores), row.InputTokens))]);
            }
        }

        return From(model, prompts);
    }

    private static string Called(AttributionScoresRow row) =>
        row.Target == AttributionTargets.Default.Name || row.Target == AttributionMethods.NoTarget ? row.Method : $"{row.Method}:{row.Target}";
}
