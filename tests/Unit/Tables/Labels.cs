using Interpret.Reports.Labels;

namespace Interpret.Unit.Tests.Tables;

/// <summary>Counted labels, briefly written.</summary>
internal static class Labels
{
    /// <param name="layers">Pass, layer, concepts, those with task labels, those with a level, and counts by category: <c>coding 2, none 1</c>.</param>
    /// <param name="votes">Categories on which passes were compared.</param>
    public static ModelLabels Of(
        (int Pass, int Layer, int Concepts, int Tasks, int Levels, string Counts)[] layers, params (string Category, long[] Votes)[] votes) => new(
        [.. layers.Select(layer => new LabelCounts(
            layer.Pass,
            layer.Layer,
            new Dictionary<LabelQuestion, int>
            {
                [LabelQuestion.Summary] = layer.Concepts, [LabelQuestion.Task] = layer.Tasks, [LabelQuestion.Linguistic] = layer.Levels,
            },
            LabelCategory.All.ToDictionary(category => category, category => Count(layer.Counts, category.Name))))],
        LabelCategory.All.ToDictionary(
            category => category, category => (IReadOnlyList<long>)(votes.FirstOrDefault(one => one.Category == category.Name).Votes ?? [0])));

    private static int Count(string counts, string category) =>
        counts.Split(", ").Select(one => one.Split(' ')).Where(one => one[0] == category).Select(one => int.Parse(one[1])).SingleOrDefault();
}
