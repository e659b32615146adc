using Interpret.Contracts;
using Interpret.Reports.Evidence;
using Interpret.Reports.Formats;
using Interpret.Reports.Statistics;
using static Interpret.Reports.Formats.ColumnKind;

namespace Interpret.Reports.Tables;

/// <summary>A ranking of one case of a model.</summary>
public sealed record EvidenceCaseRow(string Model, EvidenceCase Case, string Ranking, RankQuality Quality);

/// <summary>What the evidence table is made of, case by case. It is long, and no part of `all`.</summary>
public sealed class EvidenceCaseTable : IReport
{
    private static readonly Column<EvidenceCaseRow>[] Columns =
    [
        new("model", "model", Text, row => row.Model),
        new("id", "id", Text, row => row.Case.Id, "the prompt"),
        new("ranking", "ranking", Text, row => row.Ranking, "as in the evidence table; none where the case is left out"),
        new("sentences", "sentences", Count, row => row.Case.Sentences, "sentences of its context"),
        new("evidence", "evidence", Count, row => row.Case.Marked, "those of them that people marked"),
        new("auroc", "AUROC", Value, row => row.Quality.Auroc, "area under the ROC curve"),
        new("top1", "top-1", Value, row => row.Quality.Top1, "1 where the first sentence is a marked one; of chance, how likely that is"),
        new("rr", "RR", Value, row => row.Quality.ReciprocalRank, "1 / rank of the first marked sentence; of chance, its mean"),
        new("leftOut", "left out", Text, row => row.Case.LeftOut ?? "", "why the case does not count"),
    ];

    public string Name => "evidence-cases";
    public bool IsOfPair => false;
    public bool IsInAll => false;

    public Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel) => ModelEvidence.MissingAsync(scope, Name, cancel);

    public async Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel) => Of(await ModelEvidence.ReadAsync(scope, cancel));

    /// <summary>The table of such models.</summary>
    public static ReportTable Of(IEnumerable<ModelEvidence> models) => ReportTable.Of(
        "Evidence, case by case", "How early rankings of a context's sentences have those that people marked.", Columns,
        from model in models
        from one in model.Cases
        from row in one.LeftOut is null
            ? one.Rankings.Zip(EvidenceCase.Names, (quality, name) => new EvidenceCaseRow(model.Model, one, name, quality))
            : [new EvidenceCaseRow(model.Model, one, "", new RankQuality(double.NaN, double.NaN, double.NaN))]
        select row);
}
