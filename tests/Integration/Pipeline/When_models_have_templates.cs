using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Exchange.Rows;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;
using Interpret.Reports;
using Interpret.Reports.Tables;

namespace Interpret.Integration.Tests.Pipeline;

[Collection("pipeline")]
public sealed class When_models_have_templates : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_model_under_two_templates_is_two_entries_whose_prompts_are_wrapped_and_stored()
    {
        var scene = await StudyScene.PlanAsync(scratch, Study("wrapped", "\"template\": \"turns.txt\""));
        var progress = await scene.WorkAsync();
        progress.Done.ShouldBe(progress.Total);
        var rows = await scene.AttributionsAsync();
        await using var context = scene.State.Storage.CreateDbContext();
        var files = ModelFiles.Open(SampleStudy.TunedCheckpoint);
        using var model = files.Load();
        var explainer = new InputExplainer(model, files.Tokenizer);
        var template = ChatTemplate.Of(new TemplateSettings("turns.txt", File.ReadAllText(scratch.At("wrapped/turns.txt"))), SampleStudy.TunedCheckpoint);
        foreach (var prompt in context.Prompts.ToList())
        {
            var plain = rows.Single(row => row.Model == "base" && row.PromptId == prompt.Id);
            (plain.Rendered, plain.TemplateMask).ShouldBe((null, null));
            var wrapped = template.Render([new("system", "Be brief."), new("user", prompt.Text.Trim())], new DateOnly(2025, 3, 1));
            var row = rows.Single(row => row.Model == "tuned" && row.PromptId == prompt.Id);
            row.Rendered.ShouldBe($"[Be brief.] {prompt.Text.Trim()} [end]");
            row.ShouldBeEquivalentTo(AttributionRows.From(
                "wrapped", "tuned", prompt.Id, explainer.Explain(prompt.Id, wrapped, null, 6, DensitySettings.Default, instruction: prompt.Spans)));
            row.TemplateMask!.Length.ShouldBe(row.InputTokens);
            row.TemplateMask.ShouldContain((byte)1);
            MemoryMarshal.Cast<byte, float>(row.Density).ToArray().Where((_, i) => row.TemplateMask[i] == 1).ShouldAllBe(density => density == 0);
        }

        var scope = new ReportScope(scene.State.Storage, scene.Study, new ModelPair("base", "tuned"));
        const string said = " Templates of prompts: base none; tuned turns.txt with a system message.";
        (await new Table2().MakeAsync(scope, TestContext.Current.CancellationToken)).Caption.ShouldEndWith(said);
        (await new Table1().MakeAsync(scope, TestContext.Current.CancellationToken)).Caption.ShouldEndWith(said);
    }

    [Fact]
    public async Task A_checkpoint_without_a_template_is_known_before_anything_is_planned()
    {
        var refusal = await Should.ThrowAsync<BadInputException>(() => StudyScene.PlanAsync(scratch, Study("none", "\"template\": \"checkpoint\"")));
        refusal.ErrorClass.ShouldBe("template-missing");
    }

    private string Study(string name, string template)
    {
        var file = SampleStudy.Write(scratch, name, SampleStudy.RowsOfEachGroup(1));
        scratch.Write($"{name}/turns.txt", "[{system}] {prompt} [end]\n");
        var study = JsonNode.Parse(File.ReadAllText(file))!;
        var tuned = study["models"]!.AsArray().Single(model => (string)model!["name"]! == "tuned")!.AsObject();
        foreach (var (key, value) in JsonNode.Parse($$"""{ {{template}}, "system": "Be brief." }""")!.AsObject())
            tuned[key] = value!.DeepClone();
        study["date"] = "2025-03-01";
        File.WriteAllText(file, study.ToJsonString());
        return file;
    }

    public void Dispose() => scratch.Dispose();
}
