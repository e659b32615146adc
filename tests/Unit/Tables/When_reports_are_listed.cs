using Interpret.Explaining.Faithfulness;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Reports.Evidence;
using Interpret.Reports.Faithfulness;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using Interpret.Reports.Trainings;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_reports_are_listed
{
    private static readonly PairLabels OfConcepts = new(
        Labels.Of([(1, 0, 4, 4, 4, "coding 1, syntax 2"), (2, 0, 4, 4, 4, "coding 3, syntax 4")]),
        Labels.Of([(1, 0, 4, 4, 4, "coding 2, syntax 1"), (2, 0, 4, 4, 4, "coding 2, syntax 2")]),
        Rehearsal: false);

    /// <summary>Of the tuned model nothing passed in one pass, and nothing was ever asked of translation.</summary>
    private static readonly ValidatedLabels OfValidated = new(
        OfConcepts with { Tuned = Labels.Of([(1, 0, 3, 3, 3, "coding 2, syntax 1"), (2, 0, 2, 2, 2, "coding 1, syntax 2")]) }, 0.8);

    private static readonly StudyDetection OfDetection = new(
        [
            new("llama", new(8, 6, 6, 1, 3, [1, 0.9, 0.8, 0.5]), new(8, 2, 2, 0, 0, [0.5, 0.6])),
            new("vicuna", new(4, 4, 4, 0, 2, [0.9, 0.7]), null),
        ],
        0.8,
        Rehearsal: false);

    private static readonly ModelEvidence OfEvidence = new(
        "vicuna",
        [
            new("a_1", 4, 1, [new(1, 1, 1), new(1, 1, 1), new(2 / 3.0, 0, 0.5), new(0, 0, 0.25), new(1, 1, 1), RankQuality.OfChance(4, 1)], null, true),
            new("a_2", 3, 2, [new(0.5, 1, 1), new(0, 0, 0.5), new(1, 1, 1), new(1, 1, 1), new(0, 0, 0.5), RankQuality.OfChance(3, 2)], null, false),
            new("a_3", 3, 0, [], EvidenceCase.NoneMarked, false),
        ]);

    private static readonly StudyTrainings OfTrainings = new(
        [
            .. StudyTrainings.From(
                new("sft", "llama", ["vicuna", "vicuna 2"]),
                new[] { ("vicuna", 0.0), ("vicuna 2", 2.0) }.SelectMany(model => Table2
                    .From([new("a_1", 1, 5), new("a_2", 2, 5), new("b_1", 3, 5)], [new("a_1", 4, 5), new("a_2", 4 + model.Item2, 5), new("b_1", 5, 5)])
                    .Select(row => TrainedEffect.Of(model.Item1, row)))),
        ],
        Rehearsal: false);

    private static readonly SensitivityGrid OfSettings = new(
        [.. new[] { (7, 4, 1.0), (9, 4, 0.5) }.Select(one => new SensitivityRow(
            new(10, one.Item1, one.Item2),
            Table1.From([new("a_1", 1, 5, 1), new("a_2", 2, 5, 1), new("a_3", 4 * one.Item3, 5, 2), new("a_4", 6, 5, 4)])[^1],
            Table2.From([new("a_1", 1, 5), new("a_2", 2, 5), new("b_1", 3, 5)], [new("a_1", 4, 5), new("a_2", 6 * one.Item3, 5), new("b_1", 5, 5)])[^1]))],
        Unmarked: 1,
        WithLevels: 2);

    private static readonly ModelFaithfulness OfFaithfulness = new(
        "vicuna",
        [
            ("a_1", Curves(("density", 0.1f), ("random", 0))),
            ("a_2", Curves(("density", 0.3f), ("random", 0.1f))),
            ("b_1", Curves(("density", 0), ("random", 0.05f))),
        ],
        ["density", "random"]);

    /// <summary>A small table of each report; beside this file, in Expected, stands how it is read.</summary>
    internal static readonly Dictionary<string, ReportTable> Examples = new()
    {
        ["table1"] = Table1.Of(Table1.From([new("a_1", 1, 5, 1), new("a_2", 2, 5, 1), new("a_3", 4, 5, 2), new("a_4", 6, 5, 4)])),
        ["table2"] = Table2.Of(Table2.From(
            [new("a_1", 1, 5), new("a_2", 2, 5), new("a_3", 2, 5), new("b_1", 3, 5)], [new("a_1", 4, 5), new("a_2", 6, 5), new("b_1", 5, 5)])),
        ["table3"] = Table3.Of(Table3.From(
            [Head(0, ("write", 1), ("run", 2), ("eat", 1)), Head(1, ("act", 1), ("run", 1))],
            [Head(0, ("write", 2), ("act", 1), ("run", 1), ("eat", 2)), Head(1, ("eat", 1))],
            ["act", "write"],
            ["eat", "run"])),
        ["table5"] = Table5.Of(OfConcepts),
        ["figure3"] = Figure3.Of(new("llama", "vicuna"), OfConcepts),
        ["evidence"] = EvidenceTable.Of([OfEvidence]),
        ["evidence-cases"] = EvidenceCaseTable.Of([OfEvidence]),
        ["sensitivity"] = Sensitivity.Of(new("llama", "vicuna"), OfSettings),
        ["length"] = LengthTable.Of(LengthTable.From(
            [new("a_1", 1, 5), new("a_2", 2, 10), new("a_3", 2, 20), new("a_4", 9, 0), new("b_1", 3, 5)],
            [new("a_1", 4, 5), new("a_2", 6, 40), new("b_1", 5, 5)])),
        ["faithfulness"] = FaithfulnessTable.Of([OfFaithfulness]),
        ["faithfulness-groups"] = FaithfulnessGroupTable.Of([OfFaithfulness]),
        ["methods"] = MethodsTable.Of(MethodsTable.From(
            "vicuna",
            [
                [new("density", [1, 0, 0.5]), new("gradient_input", [3, 1, 2]), new("occlusion:logit", [1, 2, 2])],
                [new("density", [0, 0, 0]), new("gradient_input", [1, 2, 3]), new("occlusion:logit", [3, 2, 1])],
            ])),
        ["table5-validated"] = Table5Validated.Of(OfValidated),
        ["detection"] = DetectionTable.Of(OfDetection),
        ["detection-cases"] = DetectionCaseTable.Of(
            [
                new("llama", "concepts", 1, 0, 1, "Poems", true, new(5, 1), true), new("llama", "concepts", 1, 0, 2, "Rivers", true, new(1, 0), false),
                new("llama", "concepts", 1, 0, 3, "Tea", true, null, false), new("llama", "control: rotation", 2, 3, 4, "Cannot Tell", false, null, false),
            ],
            rehearsal: false),
        ["trainings"] = TrainingsTable.Of(OfTrainings),
        ["trainings-each"] = TrainingsEachTable.Of(OfTrainings),
    };

    [Fact]
    public void Every_report_is_in_the_list() => Listed<IReport>(StudyReports.All);

    [Fact]
    public void Every_format_is_in_the_list() => Listed<IReportFormat>(ReportFormats.All);

    [Fact]
    public void Every_format_of_documents_is_in_the_list() => Listed<IDocumentFormat>(DocumentFormats.All);

    [Fact]
    public void Every_report_has_an_expected_text()
    {
        Examples.Keys.ShouldBe(StudyReports.All.Names);
        foreach (var (name, table) in Examples)
            ReportFormats.TextAll.Render(table).ShouldBe(File.ReadAllText(Path.Combine(SourceTree.Root, $"tests/Unit/Tables/Expected/{name}.txt")), name);
    }

    [Fact]
    public void Every_column_is_explained_in_the_documentation()
    {
        var sections = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/reports.md")).Split("\n## ");
        foreach (var table in Examples.Values)
        {
            var section = sections.Single(section => section.StartsWith($"{table.Title}\n", StringComparison.Ordinal));
            foreach (var column in table.Columns.Where(column => column.Legend is not null))
                section.ShouldContain($"| `{column.Key}`{(column.BeyondPaper ? " †" : "")} | {column.Legend} |\n", Case.Sensitive, table.Title);
        }
    }

    /// <summary>Of each ranking curves that lose so much, all at once.</summary>
    private static Dictionary<string, FaithfulnessCurves> Curves(params (string Ranking, float Loss)[] rankings) => rankings.ToDictionary(
        one => one.Ranking,
        one => new FaithfulnessCurves(
            one.Ranking, [0.5f, .. Enumerable.Repeat(0.5f - one.Loss, 5), 0.1f], [0.1f, .. Enumerable.Repeat(0.1f + one.Loss, 5), 0.5f], 
            0.5f - one.Loss, 0.2f + one.Loss));

    private static void Listed<T>(IEnumerable<T> list) => list.Select(one => one!.GetType()).ShouldBe(
        typeof(T).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(T)) && type is { IsAbstract: false, IsInterface: false }), ignoreOrder: true);

    private static HeadWords Head(int layer, params (string Word, int Count)[] words)
    {
        var counts = words.ToDictionary(word => word.Word, word => word.Count);
        return new(layer, 0, counts, counts);
    }
}
