using Interpret.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Labels;

/// <summary>The labels of a pair's concepts. From real annotations if either model has any, else from rehearsed ones; the two are never mixed.</summary>
/// <param name="Base">The base model's; none where a model stands alone.</param>
/// <param name="Tuned">The tuned model's, or those of the one that stands alone.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint gave them: then what is made of them says so, and nobody takes it for a finding.</param>
public sealed record PairLabels(ModelLabels Base, ModelLabels Tuned, bool Rehearsal)
{
    /// <summary>Concepts of higher rank are left out, as in the paper.</summary>
    public const int Ranks = 300;

    /// <summary>The highest rank that any concept has which is counted.</summary>
    public int HighestRank => Math.Max(Base.HighestRank, Tuned.HighestRank);

    /// <summary>A title, marked if need be.</summary>
    public string Title(string title) => Title(title, Rehearsal);

    /// <summary>A caption, with a warning before it if need be.</summary>
    public string Caption(string caption) => Caption(caption, Rehearsal);

    internal static string Title(string title, bool rehearsal) => rehearsal ? $"{title} (rehearsal)" : title;

    internal static string Caption(string caption, bool rehearsal) =>
        rehearsal ? $"Rehearsal: no chat model gave these answers, and they mean nothing. {caption}" : caption;

    /// <summary>Refuses models of which one has no annotations.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel)
    {
        var (without, rehearsal) = await WithoutAsync(scope, cancel);
        return without.Count == 0 ? null : scope.Missing(
            report, $"{(rehearsal ? "" : "real ")}annotations{(scope.Models.Count > 1 ? " of both models" : "")}", without,
            "Annotate the study's concepts, or import their annotations: interpret import annotations …");
    }

    /// <summary>The labels, which all reports of a scope share.</summary>
    public static Task<PairLabels> ReadAsync(ReportScope scope, CancellationToken cancel) => scope.OnceAsync(async () =>
    {
        var (_, rehearsal) = await WithoutAsync(scope, cancel);
        var counts = await Task.WhenAll(scope.Models.Select(CountAsync));
        return new PairLabels(counts.Length > 1 ? counts[0] : ModelLabels.None, counts[^1], rehearsal);

        Task<ModelLabels> CountAsync(string model) => Task.Run(
            async () =>
            {
                await using var context = await scope.OpenAsync(cancel);
                return await AnnotationCounts.OfAsync(context, scope.Study, model, rehearsal, cancel);
            },
            cancel);
    });

    /// <summary>The models that lack real annotations if either has some, else those that lack rehearsed ones.</summary>
    private static async Task<(IReadOnlyList<string> Without, bool Rehearsal)> WithoutAsync(ReportScope scope, CancellationToken cancel)
    {
        var real = await OfKindAsync(rehearsal: false);
        return real.Count < scope.Models.Count ? (real, false) : (await OfKindAsync(rehearsal: true), true);

        Task<IReadOnlyList<string>> OfKindAsync(bool rehearsal) => scope.WithoutAsync(
            (context, model) => context.Annotations.AnyAsync(
                a => a.StudyId == scope.Study && a.Rehearsal == rehearsal && a.Model == model && a.Rank <= Ranks, cancel),
            cancel);
    }
}
