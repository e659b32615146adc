using System.Globalization;
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
    public string Layers => string.Create(CultureInfo.InvariantCulture, $"{FirstLayer}-{FirstLayer + Figure3.GroupSize - 1}");
}

/// <summary>What Figure 3 shows of two models.</summary>
public sealed record Figure3Content(ModelPair Pair, PairLabels Labels)
{
    /// <summary>Level by level, groups ascending: those that either model has concepts in.</summary>
    public IReadOnlyList<Figure3Point> Points { get; } =
    [
        .. from category in LabelCategory.Linguistic
           from @group in Labels.Base.Layers.Concat(Labels.Tuned.Layers).Select(layer => layer.Layer / Figure3.GroupSize).Distinct().Order()
           select new Figure3Point(category, @group * Figure3.GroupSize, Shares(Labels.Base, category, @group), Shares(Labels.Tuned, category, @group)),
    ];

    public string Title => Labels.Title(Figure3.PlainTitle);

    /// <summary>What the lines and bands are.</summary>
    public string Caption => Labels.Caption(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Share of each linguistic level by group of {Figure3.GroupSize} layers (from 0), of the concepts (ranks to {PairLabels.Ranks}) with a label; ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"mean and population standard deviation over passes ({Labels.Base.Passes.Count} of {Pair.Base}, {Labels.Tuned.Passes.Count} of {Pair.Tuned})."));

    private static Sample Shares(ModelLabels labels, LabelCategory category, int group) =>
        Sample.Of(labels.Shares(category, layer => layer / Figure3.GroupSize == group));
}

/// <summary>Figure 3 of the paper: the linguistic levels of concepts from the first layers to the last, before and after tuning.</summary>
public sealed class Figure3 : IDrawnReport
{
    /// <summary>Layers in a group.</summary>
    public const int GroupSize = 4;

    internal const string PlainTitle = "Figure 3";

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

    public string Name => "figure3";
    public string Title => PlainTitle;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => PairLabels.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await ContentAsync(scope, cancel));

    public async Task<string> DrawAsync(ReportScope scope, CancellationToken cancel) => Figure3Svg.Render(await ContentAsync(scope, cancel));

    /// <summary>The figure's numbers as a table.</summary>
    public static ReportTable Of(Figure3Content content) => ReportTable.Of(content.Title, content.Caption, Columns, content.Points);

    private static async Task<Figure3Content> ContentAsync(ReportScope scope, CancellationToken cancel) =>
        new(scope.Pair, await PairLabels.ReadAsync(scope, cancel));
}
