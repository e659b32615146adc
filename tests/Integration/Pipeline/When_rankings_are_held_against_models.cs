using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Models.Checkpoints;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Pipeline;

[Collection("pipeline")]
public sealed class When_rankings_are_held_against_models : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Methods_targets_and_faithfulness_are_stored_beside_the_paper_s_scores()
    {
        var scene = await StudyScene.PlanAsync(scratch, Study("true"));
        var progress = await scene.WorkAsync();
        (progress.Total, progress.Done).ShouldBe((12, 12)); // 3 prompts, 2 models, 2 stages

        await using var context = scene.State.Storage.CreateDbContext();
        var scores = await context.AttributionScores.AsNoTracking().ToListAsync();
        scores.Select(row => (row.Method, row.Target)).Distinct().Order().ShouldBe(
            [("attention", "none"), ("gradient_input", "logit"), ("occlusion", "logit"), ("occlusion", "probability")]);
        scores.Count.ShouldBe(4 * 6);
        await ShouldBeWhatTheExplainerSaysAsync(context, scores);

        var rows = await context.Faithfulness.AsNoTracking().ToListAsync();
        rows.Select(row => row.Ranking).Distinct().Order().ShouldBe(["attention", "density", "gradient_input", "occlusion", "random"]);
        rows.Count.ShouldBe(5 * 6);

        var reports = new StudyReports(scene.State.Storage);
        (await reports.ListAsync("true")).Reports.ShouldBe(["faithfulness", "methods"]);
        (await reports.ListAsync("true")).ByName.ShouldBe(["faithfulness-groups"]);
        (await TableAsync(reports, "faithfulness-groups")).Count.ShouldBe(2 * 3 * 6 * 5); // models, groups, measures, rankings
        var table = await TableAsync(reports, "faithfulness");
        table.Count.ShouldBe(2 * 6 * 5);
        table.Where(row => (string?)row!["ranking"] == "random").ShouldAllBe(row => row!["p"] == null && (double)row["over_random"]! == 0);
        table.ShouldAllBe(row => (int)row!["n"]! == 3 && row["mean_low"] != null);
        (await reports.RenderAsync("true", "faithfulness", null, [null]))[0].ShouldContain("tokens put back");

        var methods = await TableAsync(reports, "methods");
        methods.Count.ShouldBe(2 * (6 * 5 / 2)); // of 6 rankings, density and gradient_input among them
        methods.ShouldAllBe(row => Math.Abs((double)row!["rho"]!) <= 1);
    }

    [Fact]
    public async Task A_prompt_waits_for_its_attribution_and_is_parked_where_that_failed()
    {
        var scene = await StudyScene.PlanAsync(scratch, Study("waits"));
        // Out of order, as with several workers; and one prompt that a worker could not attribute.
        await scene.SqlAsync("""UPDATE work_units SET "Sequence" = -"Sequence" """);
        var lost = SampleStudy.Id(SampleStudy.RowsOfEachGroup(1).First());
        await scene.SqlAsync($"""UPDATE work_units SET "Status" = 'parked' WHERE "Stage" = 'attribution' AND "Model" = 'base' AND "Subject" = '{lost}' """);
        await scene.WorkAsync();
        var units = await scene.UnitsAsync();
        units.Where(unit => unit.Status != UnitStatus.Done).Select(unit => (unit.Stage, unit.Model, unit.Subject, unit.ErrorClass)).ShouldBe(
            [(Stages.Attribution, "base", lost, null), (Stages.Faithfulness, "base", lost, ErrorClasses.AttributionMissing)], ignoreOrder: true);
        units.Where(unit => unit.Status == UnitStatus.Done).ShouldAllBe(unit => unit.Attempts == 1);
    }

    [Fact]
    public async Task The_reference_response_is_explained_for_every_model_where_the_study_says_so()
    {
        string[] rows = [.. SampleStudy.RowsOfEachGroup(1), "daily_none\tWater the plants.\t\tWater the plants.&&&"];
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(
            scratch, "reference", rows, rated: false, change: study => study["attribution"] = new { response = "reference" }));
        await scene.WorkAsync();
        var explained = await scene.AttributionsAsync();
        foreach (var row in explained)
        {
            row.Generated.ShouldBeFalse();
            row.Response.ShouldBe(rows.Single(one => SampleStudy.Id(one) == row.PromptId).Split('\t')[2].Replace("/n", "\n", StringComparison.Ordinal));
        }

        explained.Count.ShouldBe(6);
        (await scene.UnitsAsync()).Where(unit => unit.Status == UnitStatus.Parked).Select(unit => (unit.Subject, unit.ErrorClass))
            .ShouldBe([("daily_none", ErrorClasses.ReferenceMissing), ("daily_none", ErrorClasses.ReferenceMissing)]);
    }

    public void Dispose() => scratch.Dispose();

    private string Study(string name) => SampleStudy.Write(scratch, name, SampleStudy.RowsOfEachGroup(1), maxNewTokens: 3, rated: false, change: study =>
    {
        study["attribution"] = new { maxNewTokens = 3, methods = new[] { "occlusion", "attention" }, targets = new[] { "logit" } };
        study["faithfulness"] = true;
    });

    private static async Task<JsonArray> TableAsync(StudyReports reports, string name) =>
        JsonNode.Parse((await reports.RenderAsync("true", name, null, [new JsonFormat()]))[0])!.AsArray();

    private static async Task ShouldBeWhatTheExplainerSaysAsync(InterpretContext context, List<AttributionScoresRow> scores)
    {
        var files = ModelFiles.Open(SampleStudy.TunedCheckpoint);
        using var model = files.Load();
        var explainer = new InputExplainer(model, files.Tokenizer);
        foreach (var prompt in await context.Prompts.ToListAsync())
        {
            var choice = explainer.Choice(new AttributionSettings { Methods = ["occlusion", "attention"], Targets = ["logit"] }, "test");
            var explanation = explainer.Explain(prompt.Id, prompt.Text, null, 3, DensitySettings.Default, others: choice);
            foreach (var other in explanation.Others)
            {
                var row = scores.Single(row => row.Model == "tuned" && row.PromptId == prompt.Id && row.Method == other.Method && row.Target == other.Target);
                Floats(row.Scores).Zip(other.Scores).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-5f);
            }

            var row2 = await context.Faithfulness.SingleAsync(row => row.Model == "tuned" && row.PromptId == prompt.Id && row.Ranking == "density");
            var input = explainer.Again(explainer.Read(prompt.Id, prompt.Text, explanation.Response, null), explanation.Output);
            var curves = FaithfulnessRun.Run(model, [new RankedPrompt(
                input, [.. Enumerable.Range(0, input.PromptTokens)], [new TokenRanking("density", [.. explanation.Density.Select(value => (double)value)])])])[0][0];
            Floats(row2.Deletion).Zip(curves.Deletion).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-5f);
            curves.Deletion[0].ShouldBe(explanation.Confidences.Average(), 1e-5f);
            curves.Deletion[^1].ShouldBe(curves.Insertion[0]);
            curves.Insertion[^1].ShouldBe(curves.Deletion[0]);
        }
    }

    private static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
