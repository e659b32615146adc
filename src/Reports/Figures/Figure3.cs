using System.Globalization;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;

namespace Interpret.Reports.Figures;

/// <summary>One linguistic level in one group of layers: its share of the concepts with a level, a value per pass.</summary>
/// <param name="Level">The level.</param>
/// <param name="FirstLayer">First layer of the group, from 0.</param>
/// <param name="Base">Of the base model.</param>
/// <param name="Tuned">Of the tuned model.</param>
public sealed record Figure3Point(LabelCategory Level, int FirstLayer, Sample Base, Sample Tuned)
{
    /// <summary>The group's layers, such as <c>4-7</c>.</summary>
    public string Layers => string.Create(CultureInfo.InvariantCulture, $"{FirstLayer}-{FirstLayer + Figure3.GroupSize - 1}");
}

/// <summary>Figure 3 of the paper: the linguistic levels of concepts from the first layers to the last, before and after tuning.</summary>
/// <param name="Pair">The models.</param>
/// <param name="Points">Level by level, groups ascending.</param>
/// <param name="BasePasses">Passes over the base model's concepts.</param>
/// <param name="TunedPasses">Passes over the tuned model's.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint gave the answers.</param>
public sealed record Figure3(ModelPair Pair, IReadOnlyList<Figure3Point> Points, int BasePasses, int TunedPasses, bool Rehearsal)
{
    /// <summary>Layers in a group.</summary>
    public const int GroupSize = 4;

    private static readonly IReadOnlyList<string> Models = ["base", "tuned"];

    /// <summary>Computes the points, over the groups that either model has concepts in.</summary>
    public static Figure3 From(ModelPair pair, ModelLabels @base, ModelLabels tuned, bool rehearsal)
    {
        var groups = @base.Layers.Concat(tuned.Layers).Select(layer => layer.Layer / GroupSize).Distinct().Order().ToList();
        var points = from level in LabelCategory.Levels
                     from @group in groups
                     select new Figure3Point(level, @group * GroupSize, Shares(@base, level, @group), Shares(tuned, level, @group));
        return new(pair, [.. points], @base.Passes.Count, tuned.Passes.Count, rehearsal);
    }

    /// <summary>What the lines and bands are.</summary>
    public string Caption => RehearsalMark.Caption(
        string.Create(CultureInfo.InvariantCulture, $"Share of each linguistic level by group of {GroupSize} layers (from 0), of the concepts (ranks to {Table5.Ranks}) with a label; mean and population standard deviation over passes ({BasePasses} of {Pair.Base}, {TunedPasses} of {Pair.Tuned})."),
        Rehearsal);

    /// <summary>The figure's title.</summary>
    public string Title => RehearsalMark.Title("Figure 3", Rehearsal);

    /// <summary>The figure's data as a table. The paper's figure shows one pass, so it has no spread.</summary>
    public ReportTable ToReport() => new(
        Title,
        Caption,
        [
            new("level", "level", ColumnKind.Text),
            new("layers", "layers", ColumnKind.Text),
            new("passes", "passes", ColumnKind.Count) { Parts = Models },
            new("mean", "mean", ColumnKind.Share) { Parts = Models },
            new("sd", "sd", ColumnKind.Share, IsBeyondPaper: true) { Parts = Models },
        ],
        [.. Points.Select(Cells)]);

    private static Sample Shares(ModelLabels labels, LabelCategory level, int group) => Sample.Of(labels.Shares(level, layer => layer / GroupSize == group));

    private static IReadOnlyList<ReportCell> Cells(Figure3Point point) =>
    [
        ReportCell.Of(point.Level.Name),
        ReportCell.Of(point.Layers),
        ReportCell.Of(point.Base.Count, point.Tuned.Count),
        ReportCell.Of(point.Base.Mean, point.Tuned.Mean),
        ReportCell.Of(point.Base.PopulationSd, point.Tuned.PopulationSd),
    ];
}
