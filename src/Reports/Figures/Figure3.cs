using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Figures;

/// <summary>One linguistic level in one group of layers (the first of them, from 0): its share of the concepts with a level, a value per pass.</summary>
public sealed record Figure3Point(LabelCategory Category, int FirstLayer, Sample Base, Sample Tuned)
{
    /// <summary>The group's layers, such as <c>4-7</c>.</summary>
    public string Layers => $"{FirstLayer}-{FirstLayer + Figure3.GroupSize - 1}";
}

/// <summary>Figure 3 of the paper: the linguistic levels of concepts from the first layers to the last, before and after tuning.</summary>
public sealed class Figure3 : IDrawnReport
{
    /// <summary>Layers in a group.</summary>
    public const int GroupSize = 4;

    private static readonly string[] Models = ["base", "tuned"];

    private static readonly Column<Figure3Point>[] Columns =
    [
        new("level", "level", Text, point => point.Category.Name, "the linguistic level"),
        new("layers", "layers", Text, point => point.Layers, "4 layers, from 0"),
        new("passes", "passes", Count, point => (point.Base.Count, point.Tuned.Count), "passes with an answer there") { Parts = Models },
        new("mean", "mean", Share, point => (point.Base.Mean, point.Tuned.Mean),
            "mean over passes: the level's share of the concepts there that have an answer") { Parts = Models },
        new("sd", "sd", Share, point => (point.Base.PopulationSd, point.Tuned.PopulationSd),
            "population standard deviation of that", BeyondPaper: true) { Parts = Models },
    ];

    private static readonly Column<Figure3Point>[] ColumnsOfOne =
    [
        .. Columns.Take(2),
        new("passes", "passes", Count, point => point.Tuned.Count, "passes with an answer there"),
        new("mean", "mean", Share, point => point.Tuned.Mean, "mean over passes: the level's share of the concepts there that have an answer"),
        new("sd", "sd", Share, point => point.Tuned.PopulationSd, "population standard deviation of that", BeyondPaper: true),
    ];

    public string Name => "figure3";
    public bool IsOfOne => true;
    public string Title => "Figure 3";

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => PairLabels.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(scope.Models, await PairLabels.ReadAsync(scope, cancel));

    public async Task<string> DrawAsync(ReportScope scope, CancellationToken cancel) =>
        Figure3Svg.Render(scope.Models, await PairLabels.ReadAsync(scope, cancel));

    /// <summary>Level by level, groups ascending: those that either model has concepts in.</summary>
    public static IReadOnlyList<Figure3Point> From(PairLabels labels)
    {
        var groups = labels.Base.Layers.Concat(labels.Tuned.Layers).Select(layer => layer.Layer / GroupSize).Distinct().Order().ToList();
        return [.. from category in LabelCategory.Linguistic
                   from @group in groups
                   select new Figure3Point(category, @group * GroupSize, Shares(labels.Base, category, @group), Shares(labels.Tuned, category, @group))];
    }

    /// <summary>The figure's numbers as a table; its caption says what lines and bands are, too.</summary>
    public static ReportTable Of(ModelPair pair, PairLabels labels) => Of([pair.Base, pair.Tuned], labels);

    /// <param name="models">The base model and the tuned one, or the one that stands alone.</param>
    /// <param name="labels">Theirs.</param>
    internal static ReportTable Of(IReadOnlyList<string> models, PairLabels labels) => ReportTable.Of(
        labels.Title("Figure 3"),
        labels.Caption(
            $"Share of each linguistic level by group of {GroupSize} layers (from 0), of the concepts (ranks 1 to {labels.HighestRank} of each layer) with a label; "
                + "mean and population standard deviation over passes "
                + $"({(models.Count > 1 ? $"{labels.Base.Passes.Count} of {models[0]}, " : "")}{labels.Tuned.Passes.Count} of {models[^1]})."),
        models.Count > 1 ? Columns : ColumnsOfOne,
        From(labels),
        labels.Rehearsal);

    private static Sample Shares(ModelLabels labels, LabelCategory category, int group) =>
        Sample.Of(labels.Shares(category, layer => layer / GroupSize == group));
}
