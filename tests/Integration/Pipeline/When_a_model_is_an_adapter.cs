using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;

namespace Interpret.Integration.Tests.Pipeline;

[Collection("pipeline")]
public sealed class When_a_model_is_an_adapter : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_study_explains_its_base_as_merged_and_the_adapter_is_part_of_the_study()
    {
        SampleAdapter.Write(scratch, "adapted/adapter");
        var file = Study();
        var scene = await StudyScene.PlanAsync(scratch, file);
        var progress = await scene.WorkAsync();
        progress.Done.ShouldBe(progress.Total);
        var place = new CheckpointPlace(scratch.At("adapted/adapter"), SampleStudy.BaseCheckpoint);
        var files = ModelFiles.Open(place);
        using var model = files.Load();
        var explainer = new InputExplainer(model, files.Tokenizer);
        var rows = await scene.AttributionsAsync();
        await using var context = scene.State.Storage.CreateDbContext();
        foreach (var prompt in context.Prompts.ToList())
        {
            var row = rows.Single(row => row.Model == "tuned" && row.PromptId == prompt.Id);
            row.ShouldBeEquivalentTo(AttributionRows.From(
                "adapted", "tuned", prompt.Id, explainer.Explain(prompt.Id, prompt.Text, null, 6, DensitySettings.Default, instruction: prompt.Spans)));
            row.Scores.ShouldNotBe(rows.Single(row => row.Model == "base" && row.PromptId == prompt.Id).Scores);
        }

        var known = context.Models.Single(row => row.Name == "tuned");
        known.ContentHash.ShouldBe(CheckpointHash.Facts(place).ContentHash);
        known.ContentHash.ShouldNotBe(context.Models.Single(row => row.Name == "base").ContentHash);

        // Another adapter under the same name is another study.
        SampleAdapter.Write(scratch, "adapted/adapter", alpha: 5);
        (await Should.ThrowAsync<BadInputException>(() => StudyScene.PlanAsync(scratch, file))).ErrorClass.ShouldBe(ErrorClasses.StudyDiffers);
    }

    private string Study()
    {
        var file = SampleStudy.Write(scratch, "adapted", SampleStudy.RowsOfEachGroup(1), words: true);
        var study = JsonNode.Parse(File.ReadAllText(file))!;
        var tuned = study["models"]!.AsArray().Single(model => (string)model!["name"]! == "tuned")!;
        (tuned["checkpoint"], tuned["base"]) = ("adapter", SampleStudy.BaseCheckpoint);
        File.WriteAllText(file, study.ToJsonString());
        return file;
    }

    public void Dispose() => scratch.Dispose();
}
