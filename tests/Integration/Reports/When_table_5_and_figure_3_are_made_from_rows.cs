using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Figures;
using Interpret.Reports.Formats;
using Interpret.Reports.Labels;
using Interpret.Reports.Tables;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

/// <summary>The numbers expected here are worked out by hand.</summary>
public sealed class When_table_5_and_figure_3_are_made_from_rows
{
    private const double Exact = 1e-12;
    private static readonly ModelPair Pair = new("base", "tuned");

    [Fact]
    public async Task The_captions_say_to_which_rank_there_are_concepts()
    {
        using var scene = await SceneAsync(Provider.Sqlite);
        await scene.WriteAsync(Row("base", 1, 0, 7, "coding", "Semantic"), Row("tuned", 1, 0, 3, "coding", "Semantic"));
        var labels = await scene.LabelsAsync();
        foreach (var table in new[] { Table5.Of(labels), Figure3.Of(Pair, labels) })
            table.Caption.ShouldContain("ranks 1 to 7 of each layer");
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task Answers_count_by_the_words_they_hold_among_the_concepts_that_have_one(Provider provider)
    {
        using var scene = await SceneAsync(provider);
        await scene.WriteAsync(
            Row("base", 1, 0, 1, "Daily WRITING; coding", "Semantic"), Row("base", 1, 0, 2, "None.", "syntax, I think"), Row("base", 1, 7, 1, null, null),
            Row("base", 1, 7, 300, "none", "Phonology"),
            Row("base", 2, 0, 1, "coding", "Semantic"), Row("base", 2, 0, 2, "coding", "semantic"), Row("base", 2, 7, 1, "math", "Syntax"),
            Row("base", 2, 7, 300, null, null),
            Row("tuned", 1, 0, 1, "translation", "Morphology"),
            // These count nowhere: too high a rank, another study, another model, a rehearsal.
            Row("base", 1, 0, 301, "math", "Syntax"), Row("base", 1, 0, 1, "math", "Syntax", study: "another"),
            Row("third", 1, 0, 1, "math", "Syntax"), Row("base", 1, 0, 1, "math", "Syntax", rehearsal: true));

        var labels = await scene.LabelsAsync();
        labels.Rehearsal.ShouldBeFalse();
        Table5.Remarks(labels).ShouldBeEmpty();
        var rows = Table5.From(labels).ToDictionary(row => row.Category.Name);
        // Per pass, of three: writing 1, 0; coding 1, 2; none 2, 0; math 0, 1. Uninterpretable of four: 1, 1.
        Check("writing", 6, 1.0 / 6, 1.0 / 6);
        Check("coding", 6, 1.0 / 2, 1.0 / 6);
        Check("none", 6, 1.0 / 3, 1.0 / 3);
        Check("math", 6, 1.0 / 6, 1.0 / 6);
        Check("translation", 6, 0, 0);
        Check("uninterpretable", 8, 1.0 / 4, 0);
        rows["translation"].Tuned.Shares.Mean.ShouldBe(1);
        // Labelled in both passes: ranks 1 and 2 of layer 0. Coding: both passes of one, one of the other: of 4 ordered pairs 2 differ, by chance 2·¾·¼.
        rows["coding"].Base.Kappa.ShouldBe(1 - (0.5 / 0.375), Exact);
        // Uninterpretable is compared over all four: once, once, never, never: of 8 ordered pairs 4 differ, by chance 2·¼·¾.
        rows["uninterpretable"].Base.Kappa.ShouldBe(1 - (0.5 / 0.375), Exact);
        rows["coding"].Tuned.Kappa.ShouldBe(double.NaN);

        Figure3.From(labels).Where(point => point.Category.Name is "semantic" or "syntax")
            .Select(point => (point.Category.Name, point.Layers, point.Base.Count, point.Base.Mean, point.Base.PopulationSd, point.Tuned.Count)).ShouldBe(
            [
                ("semantic", "0-3", 2, 0.75, 0.25, 1), ("semantic", "4-7", 2, 0, 0, 0), ("syntax", "0-3", 2, 0.25, 0.25, 1), ("syntax", "4-7", 2, 0.5, 0.5, 0),
            ]);

        void Check(string category, int concepts, double mean, double sd)
        {
            var found = rows[category].Base;
            found.Concepts.ShouldBe(concepts, category);
            found.Shares.Mean.ShouldBe(mean, Exact, category);
            found.Shares.PopulationSd.ShouldBe(sd, Exact, category);
        }
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task Rehearsed_answers_are_used_only_where_there_are_no_real_ones_and_are_marked(Provider provider)
    {
        using var scene = await SceneAsync(provider);
        (await scene.Reports.AvailableAsync("study", Pair)).ShouldBe(["table1", "table2"]);
        (await Should.ThrowAsync<BadInputException>(scene.TextAsync("figure3"))).Message.ShouldBe(
            "study: figure3 of base and tuned: expected annotations of both models, found none of base and tuned. "
            + "Annotate the study's concepts, or import their annotations: interpret import annotations … --study study --model base");

        await scene.WriteAsync(Row("base", 1, 0, 1, "coding", "Syntax", rehearsal: true), Row("tuned", 1, 0, 1, "coding", "Syntax", rehearsal: true));
        (await scene.Reports.AvailableAsync("study", Pair)).ShouldBe(["table5", "figure3"]);
        (await scene.TextAsync("table5")).ShouldStartWith("Table 5 (rehearsal)\nRehearsal: no chat model gave these answers");
        (await scene.TextAsync("figure3")).ShouldStartWith("Figure 3 (rehearsal)\n");

        await scene.WriteAsync(Row("tuned", 1, 0, 1, "math", "Syntax"));
        (await scene.Reports.AvailableAsync("study", Pair)).ShouldBe(["table1", "table2"]);
        (await Should.ThrowAsync<BadInputException>(scene.TextAsync("table5"))).Message
            .ShouldContain("expected real annotations of both models, found none of base.");

        await scene.WriteAsync(Row("base", 1, 0, 1, "none", "Syntax"));
        Table5.From(await scene.LabelsAsync()).Where(row => row.Category.Question == LabelQuestion.Task)
            .Select(row => (row.Category.Name, row.Base.Shares.Mean, row.Tuned.Shares.Mean)).ShouldBe(
            [("writing", 0, 0), ("math", 0, 1), ("coding", 0, 0), ("translation", 0, 0), ("none", 1, 0)]);
        (await scene.TextAsync("table5")).ShouldStartWith("Table 5\n");
    }

    [Fact]
    public async Task A_study_of_one_model_has_the_figure_of_it_and_no_table_that_compares()
    {
        using var scene = await SceneAsync(Provider.Sqlite);
        await scene.WriteAsync(new StudyRow { Id = "alone", Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        await scene.WriteAsync(new ModelRow { StudyId = "alone", Name = "only", Role = Roles.Base });
        (await Should.ThrowAsync<BadInputException>(scene.TextAsync("figure3", "alone"))).Message.ShouldContain("expected annotations, found none of only.");
        await scene.WriteAsync(Row("only", 1, 0, 1, "coding", "Syntax", study: "alone"), Row("only", 1, 5, 2, "none", "Semantic", study: "alone"));

        var list = await scene.Reports.ListAsync("alone");
        (list.Pairs.Count, string.Join(' ', list.Reports)).ShouldBe((0, "figure3"));
        list.Facts.ShouldContain("One model: table2, table3, table5, sensitivity, length, table5-validated compare two, and are not made.");
        (await Should.ThrowAsync<BadInputException>(scene.TextAsync("table5", "alone"))).ErrorClass.ShouldBe(ErrorClasses.StudyUnpaired);
        var csv = (await scene.Reports.RenderAsync("alone", "figure3", null, [ReportFormats.All.Named("csv", "test")]))[0].Split('\n', StringSplitOptions.TrimEntries);
        csv[0].ShouldBe("level,layers,passes,mean,sd");
        csv.ShouldContain("syntax,0-3,1,1,0");
        csv.ShouldContain("semantic,4-7,1,1,0");
        var drawing = (await scene.Reports.RenderAsync("alone", "figure3", null, [null]))[0];
        drawing.ShouldContain(">only (1 pass)<");
        drawing.ShouldNotContain("base");
        drawing.ShouldNotContain("NaN");
    }

    private static AnnotationRow Row(
        string model, int pass, int layer, int rank, string? tasks, string? level, bool rehearsal = false, string study = "study") => new()
        {
            StudyId = study,
            Model = model,
            Rehearsal = rehearsal,
            Pass = pass,
            Layer = layer,
            Rank = rank,
            ChatModel = "gpt",
            Summary = tasks is null ? "Cannot Tell" : "things",
            Interpretable = tasks is not null,
            TaskText = tasks,
            Tasks = [],
            LinguisticText = level,
        };

    private static async Task<Scene> SceneAsync(Provider provider)
    {
        var scene = new Scene(await TestDatabase.OpenAsync(provider));
        await scene.WriteAsync(new StudyRow { Id = "study", Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        await scene.WriteAsync(
            new ModelRow { StudyId = "study", Name = "base", Role = Roles.Base },
            new ModelRow { StudyId = "study", Name = "tuned", Role = Roles.Tuned, Parent = "base", Position = 1 });
        return scene;
    }

    private sealed record Scene(TestDatabase Database) : IDisposable
    {
        public StudyReports Reports { get; } = new(Database.Storage);

        public Task<PairLabels> LabelsAsync() => PairLabels.ReadAsync(new(Database.Storage, "study", Pair), CancellationToken.None);

        public async Task<string> TextAsync(string report, string study = "study") =>
            (await Reports.RenderAsync(study, report, null, [ReportFormats.Text]))[0];

        public async Task WriteAsync<T>(params T[] rows)
            where T : class
        {
            await using var context = Database.Storage.CreateDbContext();
            await context.UpsertAsync(rows);
        }

        public void Dispose() => Database.Dispose();
    }
}
