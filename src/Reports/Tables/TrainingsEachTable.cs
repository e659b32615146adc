using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Trainings;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>What each model shows that <see cref="TrainingsTable"/> pools.</summary>
public sealed class TrainingsEachTable : IReport
{
    private static readonly string[] Ends = ["low", "high"];

    private static readonly Column<(TrainingGroup Training, TrainedEffect Effect)>[] Columns =
    [
        new("training", "training", Text, row => row.Training.Title, "how the model was trained, and from which"),
        new("table", "effect", Text, row => row.Effect.Table, "the table, and the difference of it"),
        new("group", "group", Text, row => row.Effect.Group, "the table's row"),
        new("model", "model", Text, row => row.Effect.Model),
        new("n", "n", Count, row => row.Effect.Cases, "prompts, verbs or passes that it was measured over"),
        new("difference", "difference", Value, row => row.Effect.Difference, "the difference; of Table 2 over prompts that both models have"),
        new("interval", "interval", Value, row => row.Effect.Interval, "its 95 % interval over these") { Parts = Ends },
        new("p", "p", Probability, row => row.Effect.P, "p of it, two-sided"),
    ];

    public string Name => "trainings-each";

    public bool IsOfPair => false;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => StudyTrainings.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await StudyTrainings.ReadAsync(scope, cancel));

    /// <summary>The table of such effects.</summary>
    public static ReportTable Of(StudyTrainings trainings) => ReportTable.Of(
        PairLabels.Title("Trainings, each", trainings.Rehearsal),
        PairLabels.Caption($"{TrainingsTable.Caption} Here each model's own; intervals and p-values are over prompts, verbs or passes.", trainings.Rehearsal),
        Columns,
        trainings.Effects.SelectMany(effect => effect.Each.Select(one => (effect.Training, one))),
        trainings.Rehearsal);
}
