using Interpret.Contracts;

namespace Interpret.Reports.Labels;

/// <summary>The labels of a pair's concepts, of those passes alone in which a judge told the concept's words from others by its summary.</summary>
/// <param name="Labels">These labels.</param>
/// <param name="Threshold">The score from which on a concept passes.</param>
public sealed record ValidatedLabels(PairLabels Labels, double Threshold)
{
    /// <summary>What the pair lacks for a report, and what to do; null: nothing.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel) =>
        await PairLabels.MissingAsync(scope, report, cancel) ?? await StudyDetection.MissingAsync(scope, report, cancel);

    /// <summary>The labels that count.</summary>
    public static Task<ValidatedLabels> ReadAsync(ReportScope scope, CancellationToken cancel) => scope.OnceAsync(async () =>
    {
        var all = await PairLabels.ReadAsync(scope, cancel);
        await using var context = await scope.OpenAsync(cancel);
        var threshold = await StudyDetection.ThresholdAsync(scope, context, cancel);
        return new ValidatedLabels(all with { Base = await OfAsync(scope.Pair.Base, all.Base), Tuned = await OfAsync(scope.Pair.Tuned, all.Tuned) }, threshold);

        async Task<ModelLabels> OfAsync(string model, ModelLabels whole) =>
            await AnnotationCounts.OfAsync(context, scope.Study, model, all.Rehearsal, cancel, DetectionScore.LeastRight(threshold)) with
            {
                HighestRank = whole.HighestRank, // that of the concepts which could have passed
            };
    });
}
