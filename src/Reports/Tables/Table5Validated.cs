using System.Globalization;
using Interpret.Contracts;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;

namespace Interpret.Reports.Tables;

/// <summary>Beyond the paper: Table 5 over those concepts and passes alone whose summary tells the concept's words from others.</summary>
public sealed class Table5Validated : IReport
{
    public string Name => "table5-validated";

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => ValidatedLabels.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await ValidatedLabels.ReadAsync(scope, cancel));

    /// <summary>The table of such labels. What says nothing cannot pass: there is no row of the uninterpretable.</summary>
    public static ReportTable Of(ValidatedLabels validated) => ReportTable.Of(
        validated.Labels.Title("Table 5, validated"),
        validated.Labels.Caption(
            $"Table 5 over those concepts (ranks 1 to {validated.Labels.HighestRank} of each layer) and passes alone in which a judge, given the summary, told "
                + $"five words of the concept from five others with a balanced accuracy of {validated.Threshold.ToString("0.###", CultureInfo.InvariantCulture)} "
                + "at least (chance: 0.5). A concept may pass in some passes and not in others: kappa is over those that passed in each."),
        Table5.Columns,
        Table5.From(validated.Labels, category => category != LabelCategory.Uninterpretable),
        validated.Labels.Rehearsal);
}
