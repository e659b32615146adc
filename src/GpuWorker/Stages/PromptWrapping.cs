using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;

namespace Interpret.GpuWorker.Stages;

/// <summary>How a model of a study wraps its prompts.</summary>
public sealed class PromptWrapping
{
    private readonly ChatTemplate template;
    private readonly string? system;
    private readonly DateOnly? date;

    private PromptWrapping(ChatTemplate template, string? system, DateOnly? date) => (this.template, this.system, this.date) = (template, system, date);

    /// <param name="study">The study.</param>
    /// <param name="model">The model's name in it.</param>
    /// <param name="checkpoint">Where the model lies.</param>
    /// <returns>Null: it has no template, and reads prompts as they are.</returns>
    /// <exception cref="BadInputException">As of <see cref="ChatTemplate.Of"/>.</exception>
    public static PromptWrapping? Of(StudyDefinition study, string model, CheckpointPlace checkpoint) =>
        study.Models.FirstOrDefault(one => one.Name == model) is { Template: { } settings } of
            ? new PromptWrapping(ChatTemplate.Of(settings, checkpoint), of.System, study.Date)
            : null;

    /// <param name="text">The prompt.</param>
    /// <param name="messages">The chat that ends in it; null: it stands alone.</param>
    /// <exception cref="BadInputException">As of <see cref="ChatTemplate.Render"/>.</exception>
    public RenderedPrompt Of(string text, IReadOnlyList<ChatMessage>? messages)
    {
        var turns = messages ?? [new ChatMessage("user", text.Trim())];
        // The study's system message stands in front where the dataset has none.
        return template.Render(system is null || turns[0].Role == "system" ? turns : [new ChatMessage("system", system), .. turns], date);
    }
}
