using Interpret.Contracts;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using Interpret.Reports.Trainings;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>Beyond the paper: would another training in the same way show the same? Over models that differ by chance alone.</summary>
public sealed class TrainingsTable : IDrawnReport
{
    internal const string Caption =
        "Effects of Tables 1, 2, 3 and 5 over models that were trained in the same way from the same parent, and differ by chance (the seed, the order of the data).";

    private static readonly string[] Ends = ["low", "high"];

    private static readonly Column<TrainingEffect>[] Columns =
    [
        new("training", "training", Text, row => row.Training.Title, "how the models were trained, and from which"),
        new("table", "effect", Text, row => row.Table, "the table, and the difference of it that is pooled"),
        new("group", "group", Text, row => row.Group, "the table's row"),
        new("models", "models", Count, row => row.Pooled.Count, "models of the training that have the rows for it"),
        new("mean", "mean", Value, row => row.Pooled.Mean.Mean, "random-effects mean of their differences"),
        new("interval", "interval", Value, row => (row.Pooled.Mean.Low, row.Pooled.Mean.High), "its 95 % interval, by Hartung and Knapp") { Parts = Ends },
        new("p", "p", Probability, row => row.Pooled.P, "p of that mean, two-sided"),
        new("above", "above", Count, row => row.Above, "models whose own 95 % interval lies above 0"),
        new("below", "below", Count, row => row.Below, "models whose own 95 % interval lies below 0"),
        new("often", "how often", Share, row => Often(row), "Wilson's 95 % interval of the share of such trainings that lie above 0") { Parts = Ends },
        new("between", "sd between", Value, row => row.Pooled.Tau, "standard deviation between trainings (tau, by Paule and Mandel)"),
        new("within", "error within", Value, row => row.CaseError, "standard error of one training's difference over its cases, root mean square"),
        new("inconsistency", "I²", Share, row => row.Pooled.Inconsistency, "share of the variance that chance in the cases does not explain"),
        new("q", "Q", Statistic, row => row.Pooled.Q, "Cochran's Q"),
        new("qP", "p of Q", Probability, row => row.Pooled.QP, "p of Q: that the trainings do not differ"),
    ];

    public string Name => "trainings";

    public string Title => "Trainings";

    public bool IsOfPair => false;

    public bool IsTableFirst => true;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => StudyTrainings.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await StudyTrainings.ReadAsync(scope, cancel));

    public async Task<string> DrawAsync(ReportScope scope, CancellationToken cancel) => TrainingsSvg.Render(await StudyTrainings.ReadAsync(scope, cancel));

    /// <summary>The table of such effects.</summary>
    public static ReportTable Of(StudyTrainings trainings) => ReportTable.Of(
        PairLabels.Title("Trainings", trainings.Rehearsal),
        PairLabels.Caption(
            $"{Caption} Intervals and p-values are over trainings, on the same prompts and words; sd between says how far trainings lie apart.", trainings.Rehearsal),
        Columns,
        trainings.Effects,
        trainings.Rehearsal);

    private static ReportCell Often(TrainingEffect effect)
    {
        var interval = WilsonInterval.Of((double)effect.Above / effect.Each.Count, effect.Each.Count);
        return (interval.Low, interval.High);
    }
}
