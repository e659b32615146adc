using System.Runtime.InteropServices;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;
using Interpret.Reports.Figures;
using Interpret.Reports.Tables;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_settings_are_varied
{
    private static readonly DensityGrid Grid = new(SensitivityGrid.Cells);

    /// <summary>Raw scores, levels, and what would be levels but for a fraction.</summary>
    [Fact]
    public void Each_is_computed_as_if_alone() => Prop.ForAll(
        Gen.Choose(-50, 100).ArrayOf().ToArbitrary(), Gen.Choose(0, 4).ToArbitrary(),
        (drawn, kind) =>
        {
            float[] scores = [.. drawn.Take(drawn.Length / 4 * 4).Select((one, i) => kind switch
            {
                0 => (float)Math.Sin(one + (1.37 * i)),
                1 => one / 10f,
                2 => i < 2 ? 10 * i : Math.Abs(one) / 10, // levels of L = 10
                3 => i < 2 ? 10 * i : Math.Abs(one) / 10f,
                _ => (float)Math.Sin(one + (1.37 * i)) * 2e-9f, // no larger than the formula's 1e-9
            })];
            var rows = scores.Length / 4;
            bool[] mask = [.. Enumerable.Range(0, rows).Select(i => i % 3 != 1)];
            var found = Grid.Scores(scores, rows, 4, mask);
            return SensitivityGrid.Cells.Zip(found).All(cell => cell.Second == InstructionScore.Of(ImportanceDensity.Of(scores, rows, 4, cell.First), mask));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_matrix_of_another_size_is_refused() => Should.Throw<ArgumentException>(() => Grid.Scores([1, 2, 3], 2, 2, [true, false]))
        .Message.ShouldStartWith("3 scores and 2 mask entries for 2 x 2 tokens");

    [Fact]
    public void The_grid_holds_the_paper_s_setting_once_and_no_threshold_that_leaves_nothing()
    {
        SensitivityGrid.Cells.Count.ShouldBe(125);
        SensitivityGrid.Cells.Distinct().Count().ShouldBe(125);
        SensitivityGrid.Cells.ShouldContain(DensitySettings.Default);
        SensitivityGrid.Cells.ShouldAllBe(cell => cell.Threshold < cell.Levels);
    }

    [Fact]
    public void Cases_of_levels_leave_the_paper_s_levels_alone_and_empty_or_unmarked_ones_count_as_in_the_tables()
    {
        var (raw, levels) = (Case("a_1", [1, 0.2f, 0.5f, 1]), Case("a_2", [10, 0, 3, 10]));
        (raw.HasLevels, levels.HasLevels).ShouldBe((false, true));
        var ratings = new Dictionary<string, double> { ["a_1"] = 1, ["a_2"] = 2, ["a_4"] = 5 };
        var varied = SensitivityGrid.Of([raw], [raw, Case("a_3", []), Case("a_4", [1, 1, 1, 1])], ratings, new HashSet<string> { "a_4" });
        (varied.Rows.Count, varied.WithLevels, varied.Unmarked).ShouldBe((125, 0, 1));
        var paper = varied.Rows.Single(row => row.IsPaper);
        (paper.Models.Base.Count, paper.Models.Tuned.Count, paper.Rated.Unfollowed.Count, paper.Rated.Followed.Count).ShouldBe((1, 2, 0, 0)); // too short
        var fixedLevels = SensitivityGrid.Of([raw], [levels], ratings, new HashSet<string>());
        (fixedLevels.Rows.Count, fixedLevels.WithLevels).ShouldBe((50, 1));
        fixedLevels.Rows.ShouldAllBe(row => row.Settings.Levels == 10);
        SensitivityGrid.Of([], [], ratings, new HashSet<string>()).Rows.ShouldAllBe(row => double.IsNaN(row.Models.Test.T));
    }

    /// <summary>Of the original's levels: the reference's Tables 1 and 2 of its own setting.</summary>
    [Fact]
    public void The_paper_s_cell_has_the_paper_s_tables()
    {
        var prompts = DatasetFile.Read(Reference.Path("datasets/FinalDataset.tsv")).Prompts.Where(prompt => prompt.Group == "lima")
            .ToDictionary(prompt => prompt.Id, StringComparer.Ordinal);
        var tokenizer = TokenizerFormats.Load(Reference.Path("tokenizer/tokenizer.model"));
        var ratings = RatingsFile.Read(Reference.Path("datasets/AnnotatedDataset.tsv")).Ratings.Where(rating => rating.Model == "vicuna_7B")
            .ToDictionary(rating => rating.Id, rating => (double)rating.Value, StringComparer.Ordinal);
        var varied = SensitivityGrid.Of(Cases("ifa_llama_7b"), Cases("ifa_vicuna_7b"), ratings, new HashSet<string>());
        (varied.Rows.Count, varied.WithLevels > 500).ShouldBe((50, true));
        var paper = varied.Rows.Single(row => row.IsPaper);
        paper.Rated.Test.T.ShouldBe(-4.831934914069034, 1e-9);
        paper.Models.Test.T.ShouldBe(-7.718648097723389, 1e-9);
        varied.Rows.Select(row => row.Models.Test.T).Distinct().Count().ShouldBe(50);

        List<SensitivityCase> Cases(string model) => [.. Directory.EnumerateFiles(Reference.Path($"published/{model}"), "*.pkl").AsParallel().Select(file =>
        {
            using var pickle = File.OpenRead(file);
            var published = AttributionPickle.Read(pickle, file);
            var prompt = prompts[published.Id].ToRow("study");
            var row = AttributionRows.From("study", model, prompt, published, file, tokenizer, DensitySettings.Default);
            return SensitivityCase.Of(row.PromptId, row.Scores, row.InputTokens, row.OutputTokens, row.InstructionMask, Grid);
        })];
    }

    [Fact]
    public void The_heat_map_has_a_cell_a_setting_and_table_and_frames_the_paper_s()
    {
        var varied = SensitivityGrid.Of(
            [Case("a_1", [1, 0.2f, 0.5f, 1]), Case("a_2", [1, 0.9f, 0.5f, 1])], [Case("a_1", [1, 0.8f, 0.1f, 1]), Case("a_2", [1, 0, 0, 0.1f])],
            new Dictionary<string, double>(), new HashSet<string>());
        var drawing = XDocument.Parse(SensitivitySvg.Render(new("llama", "a < b & c"), varied, "what it shows"));
        var rectangles = drawing.Descendants().Where(element => element.Name.LocalName == "rect").ToList();
        rectangles.Count.ShouldBe(1 + (2 * 125));
        rectangles.Count(one => (string?)one.Attribute("class") == "paper").ShouldBe(2);
        var texts = drawing.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();
        // Nothing is rated, and where all differences are equal there is no effect's size.
        texts.Count(text => text == "n/a").ShouldBe(125 + varied.Rows.Count(row => double.IsNaN(row.Models.CohensD)));
        varied.Rows.ShouldContain(row => double.IsFinite(row.Models.CohensD));
        texts.ShouldContain("llama (base) and a < b & c (tuned). Cohen's d; * p < 0.05, one-sided.");
    }

    private static SensitivityCase Case(string id, float[] scores) =>
        SensitivityCase.Of(id, MemoryMarshal.AsBytes(scores.AsSpan()).ToArray(), 2, scores.Length / 2, [1, 0], Grid);
}
