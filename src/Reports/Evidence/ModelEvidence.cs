using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Evidence;

/// <summary>The cases of a model, by their ids.</summary>
public sealed record ModelEvidence(string Model, IReadOnlyList<EvidenceCase> Cases)
{
    /// <summary>Attributions that are held in memory at a time.</summary>
    private const int AtOnce = 32;

    /// <summary>The cases that count.</summary>
    public IReadOnlyList<EvidenceCase> Counted { get; } = [.. Cases.Where(one => one.LeftOut is null)];

    /// <summary>Of every model of the scope that has attributions of prompts with evidence; all reports of a scope share them.</summary>
    public static async Task<IReadOnlyList<ModelEvidence>> ReadAsync(ReportScope scope, CancellationToken cancel) => await scope.OnceAsync(async () =>
    {
        await using var context = await scope.OpenAsync(cancel);
        var prompts = await Prompts(context, scope.Study).AsNoTracking().ToDictionaryAsync(prompt => prompt.Id, StringComparer.Ordinal, cancel);
        var settings = await scope.DensityAsync(context, cancel);
        var read = new List<ModelEvidence>();
        foreach (var model in scope.Models)
        {
            var cases = new List<EvidenceCase>();
            await foreach (var rows in Rows(context, scope.Study, model).AsNoTracking().AsAsyncEnumerable().Chunk(AtOnce).WithCancellation(cancel))
                cases.AddRange(rows.AsParallel().AsOrdered().WithCancellation(cancel).Select(row => EvidenceCase.Of(prompts[row.PromptId], row, settings)));
            if (cases.Count > 0) read.Add(new(model, [.. cases.OrderBy(one => one.Id, StringComparer.Ordinal)]));
        }

        return read;
    });

    /// <summary>What a study lacks for it, and what to do; null: nothing.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        if (!await Prompts(context, scope.Study).AnyAsync(cancel))
        {
            return new BadInputException(
                ErrorClasses.ReportEmpty, scope.Study, report, "prompts with a context and the evidence in it", "none",
                "Its dataset must say them: \"context\" and \"evidence\" (docs/study-files.md)");
        }

        foreach (var model in scope.Models)
        {
            if (await Rows(context, scope.Study, model).AnyAsync(cancel)) return null;
        }

        return new BadInputException(
            ErrorClasses.ReportEmpty, scope.Study, report, "attributions of prompts with evidence", $"none of {string.Join(" or ", scope.Models)}",
            $"Run the study's {Stages.Attribution} stage, or import its explanations: interpret import attributions …");
    }

    private static IQueryable<PromptRow> Prompts(InterpretContext context, string study) =>
        context.Prompts.Where(prompt => prompt.StudyId == study && prompt.Context != null && prompt.Evidence != null);

    private static IQueryable<AttributionRow> Rows(InterpretContext context, string study, string model) =>
        from row in context.Attributions
        where row.StudyId == study && row.Model == model
        join prompt in Prompts(context, study) on row.PromptId equals prompt.Id
        select row;
}
