using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Studies;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Reports.Formats;
using Interpret.Reports.Tables;

namespace Interpret.Samples.Make.World;

/// <summary>
/// Table 2 with one response for both models, the right one: what is left of their difference when they do not write differently. The base
/// model's own responses are shorter and of another kind, and the score depends on the response.
/// </summary>
internal static class WorldControl
{
    /// <param name="study">A study file of one pair.</param>
    public static string Of(string study)
    {
        var file = StudyFile.Read(study);
        var prompts = DatasetFile.ReadWhole(file.Dataset);
        var (baseModel, tunedModel) = file.Pairs().Single();
        return ReportFormats.Text.Render(Table2.Of(Table2.From(Scores(baseModel), Scores(tunedModel))));

        List<ScoredCase> Scores(StudyModel named)
        {
            var files = ModelFiles.Open(named.Checkpoint!);
            using var model = files.Load();
            var explainer = new InputExplainer(model, files.Tokenizer);
            return [.. prompts.Select(prompt =>
            {
                var explained = explainer.Explain(prompt.Id, prompt.Prompt, prompt.Reference, 1, DensitySettings.Default);
                var mask = InstructionMask.Of(prompt.Prompt, prompt.Spans, files.Tokenizer);
                return new ScoredCase(prompt.Id, InstructionScore.Of(explained.Density, mask), explained.Output.Count);
            })];
        }
    }
}
