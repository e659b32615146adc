using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Explaining;
using Interpret.GpuWorker.Stages;
using Interpret.Models.Checkpoints;
using Interpret.Models.Network;
using Interpret.Models.Templates;

namespace Interpret.Cli.Forecasts;

/// <summary>How long a study's prompts are for one of its models, wrapped as the model reads them.</summary>
/// <param name="Cases">The prompts that it can read, with a response that is as long as the dataset's.</param>
/// <param name="Unread">Prompts that its context does not hold, or its template refuses: their work units will be parked.</param>
/// <param name="Context">Tokens that it can read.</param>
public sealed record PromptLengths(IReadOnlyList<CaseLength> Cases, int Unread, int Context)
{
    /// <param name="study">The study.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="place">Where it lies.</param>
    /// <param name="files">What is there.</param>
    /// <param name="prompts">The prompts.</param>
    public static PromptLengths Of(StudyDefinition study, string model, CheckpointPlace place, ModelFiles files, IReadOnlyList<DatasetPrompt> prompts)
    {
        var (wrapping, tokenizer, context) = (PromptWrapping.Of(study, model, place), files.Tokenizer, Rope.MaximumLength(files.Config));
        var cases = prompts.Select(Length).OfType<CaseLength>().Where(one => one.Start + one.PromptTokens < context).ToList();
        return new(cases, prompts.Count - cases.Count, context);

        CaseLength? Length(DatasetPrompt prompt)
        {
            var response = tokenizer.CountTokens(prompt.Reference);
            if (wrapping is null)
                return new CaseLength(tokenizer.CountTokens(prompt.Prompt.Trim()), response) { Start = tokenizer.Beginning.Count };
            try
            {
                var tokens = new RenderedTokens(wrapping.Of(prompt.Prompt, prompt.Messages), tokenizer, prompt.Id);
                return new CaseLength(tokens.Count, response) { Start = tokens.Start, Own = tokens.IsTemplate.Count(isTemplate => !isTemplate) };
            }
            catch (BadInputException)
            {
                return null;
            }
        }
    }

    /// <summary>The cases with responses as long as the dataset's, within what may be written and the context holds.</summary>
    /// <param name="plan">The study's.</param>
    public IReadOnlyList<CaseLength> Least(AttributionPlan plan) => With(plan, one => one.Targets);

    /// <summary>The cases with the longest responses that there may be.</summary>
    /// <param name="plan">The study's.</param>
    public IReadOnlyList<CaseLength> Most(AttributionPlan plan) => plan.Writes ? With(plan, _ => int.MaxValue) : Least(plan);

    private List<CaseLength> With(AttributionPlan plan, Func<CaseLength, int> response) => [.. Cases.Select(one =>
    {
        var room = Math.Max(1, Context - one.Start - one.PromptTokens);
        return one with { Targets = Math.Clamp(response(one), 1, plan.Writes ? Math.Min(plan.MaximumNewTokens, room) : room) };
    })];
}
