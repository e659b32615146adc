using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Pipeline;

[Collection("pipeline")]
public sealed class When_responses_are_contrasted_with_the_other_model : IDisposable
{
    private static readonly string[] Methods = ["occlusion", "position"], Targets = [AttributionSettings.ContrastOther];
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Scores_against_the_other_model_s_tokens_are_stored_reported_and_deleted_beside_the_others()
    {
        var scene = await StudyScene.PlanAsync(scratch, Study("contrasted"));
        var progress = await scene.WorkAsync();
        (progress.Total, progress.Done).ShouldBe((18, 18)); // 3 prompts, 2 models, 3 stages

        await using var context = scene.State.Storage.CreateDbContext();
        var tokens = await context.ContrastTokens.AsNoTracking().ToListAsync();
        tokens.Select(row => (row.Model, row.Other)).Distinct().Order().ShouldBe([("base", "tuned"), ("tuned", "base")]);
        tokens.Count.ShouldBe(6);
        var scores = await context.AttributionScores.AsNoTracking().ToListAsync();
        scores.Select(row => (row.Method, row.Target)).Distinct().Order().ShouldBe(
            [("gradient_input", "contrast_other"), ("occlusion", "contrast_other"), ("occlusion", "probability"), ("position", "none")]);
        scores.Count.ShouldBe(4 * 6);
        await ShouldBeWhatTheExplainersSayAsync(context, SampleStudy.BaseCheckpoint, "base", SampleStudy.TunedCheckpoint);
        await ShouldBeWhatTheExplainersSayAsync(context, SampleStudy.TunedCheckpoint, "tuned", SampleStudy.BaseCheckpoint);

        var report = (await new StudyReports(scene.State.Storage).RenderAsync("contrasted", "methods", null, [new JsonFormat()]))[0];
        report.ShouldContain("gradient_input:contrast_other");
        report.ShouldContain("occlusion:contrast_other");

        await new StudyOperations(scene.State.Storage, TimeProvider.System).DeleteAsync("contrasted");
        (await context.ContrastTokens.CountAsync(), await context.AttributionScores.CountAsync()).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_prompt_waits_for_both_models_and_is_parked_where_one_of_them_failed()
    {
        var scene = await StudyScene.PlanAsync(scratch, Study("waits"));
        // Out of order, as with several workers; and two prompts with which something went wrong.
        await scene.SqlAsync("""UPDATE work_units SET "Sequence" = -"Sequence" """);
        var ids = SampleStudy.RowsOfEachGroup(1).Select(SampleStudy.Id).ToList();
        await ParkAsync($""" "Stage" = 'attribution' AND "Model" = 'base' AND "Subject" = '{ids[0]}' """);
        await ParkAsync($""" "Stage" = 'contrast-tokens' AND "Model" = 'base' AND "Subject" = 'tuned/{ids[1]}' """);
        await scene.WorkAsync();
        var units = await scene.UnitsAsync();
        units.Where(unit => unit.Status != UnitStatus.Done).Select(unit => (unit.Stage, unit.Model, unit.Subject, unit.ErrorClass)).ShouldBe(
            [
                (Stages.Attribution, "base", ids[0], null),
                (Stages.ContrastTokens, "tuned", $"base/{ids[0]}", ErrorClasses.AttributionMissing),
                (Stages.ContrastScores, "base", ids[0], ErrorClasses.AttributionMissing),
                (Stages.ContrastTokens, "base", $"tuned/{ids[1]}", null),
                (Stages.ContrastScores, "tuned", ids[1], ErrorClasses.ContrastTokensMissing),
            ], ignoreOrder: true);
        units.Where(unit => unit.Status == UnitStatus.Done).ShouldAllBe(unit => unit.Attempts == 1);

        Task ParkAsync(string which) => scene.SqlAsync($"UPDATE work_units SET \"Status\" = 'parked' WHERE {which}");
    }

    [Fact]
    public async Task Each_model_of_a_ladder_is_contrasted_with_its_parent_and_the_base_with_its_first_child()
    {
        var scene = await StudyScene.PlanAsync(scratch, Study("ladder", study => study["models"] = new object[]
        {
            new { name = "base", role = "base", checkpoint = SampleStudy.BaseCheckpoint },
            new { name = "first", role = "tuned", checkpoint = SampleStudy.TunedCheckpoint },
            new { name = "second", role = "tuned", parent = "first", checkpoint = SampleStudy.TunedCheckpoint },
            new { name = "beside", role = "tuned", parent = "base", checkpoint = SampleStudy.TunedCheckpoint },
        }));
        var progress = await scene.WorkAsync();
        progress.Done.ShouldBe(progress.Total);
        await using var context = scene.State.Storage.CreateDbContext();
        (await context.ContrastTokens.Select(row => new { row.Model, row.Other }).Distinct().ToListAsync()).Select(row => (row.Model, row.Other))
            .ShouldBe([("base", "first"), ("beside", "base"), ("first", "base"), ("second", "first")], ignoreOrder: true);
    }

    [Fact]
    public void A_study_of_one_model_is_refused()
    {
        var file = Study("alone", study => study["models"] = new object[] { new { name = "only", role = "base", checkpoint = SampleStudy.BaseCheckpoint } });
        var error = Should.Throw<BadInputException>(() => StudyFile.Read(file));
        (error.ErrorClass, error.Where).ShouldBe((ErrorClasses.StudyFile, "line 1, attribution.targets"));
        error.Message.ShouldContain("expected a second model to contrast each model with");
        error.Message.ShouldContain("found none for \"only\"");
    }

    public void Dispose() => scratch.Dispose();

    private string Study(string name, Action<Dictionary<string, object>>? change = null) => SampleStudy.Write(
        scratch, name, SampleStudy.RowsOfEachGroup(1), maxNewTokens: 3, rated: false, change: study =>
        {
            study["attribution"] = new { maxNewTokens = 3, methods = Methods, targets = Targets };
            change?.Invoke(study);
        });

    /// <summary>What the study stored is what one command says that has both models at hand.</summary>
    private static async Task ShouldBeWhatTheExplainersSayAsync(InterpretContext context, string own, string name, string other)
    {
        var (files, otherFiles) = (ModelFiles.Open(own), ModelFiles.Open(other));
        using var model = files.Load();
        using var otherModel = otherFiles.Load(beside: files);
        var explainer = new InputExplainer(model, files.Tokenizer);
        var choice = explainer.Choice(new AttributionSettings { Methods = Methods, Targets = Targets }, "test") with
        {
            Other = new InputExplainer(otherModel, otherFiles.Tokenizer),
        };
        foreach (var prompt in await context.Prompts.AsNoTracking().ToListAsync())
        {
            var explanation = explainer.Explain(prompt.Id, prompt.Text, null, 3, DensitySettings.Default, others: choice);
            var tokens = await context.ContrastTokens.AsNoTracking().SingleAsync(row => row.Model == name && row.PromptId == prompt.Id);
            tokens.Pieces.ShouldBe(explanation.Contrasts!);
            MemoryMarshal.Cast<byte, int>(tokens.Tokens).ToArray().Select(files.Tokenizer.Piece).ShouldBe(tokens.Pieces);
            explanation.Others.Count.ShouldBe(4);
            foreach (var one in explanation.Others)
            {
                var row = await context.AttributionScores.AsNoTracking()
                    .SingleAsync(row => row.Model == name && row.PromptId == prompt.Id && row.Method == one.Method && row.Target == one.Target);
                MemoryMarshal.Cast<byte, float>(row.Scores).ToArray().Zip(one.Scores).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-5f);
                MemoryMarshal.Cast<byte, float>(row.Values).ToArray().Zip(one.Values).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-5f);
            }
        }
    }
}
