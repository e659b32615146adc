using System.Text.Json;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>How a model reads the prompts of a study: wrapped in its template, where it has one.</summary>
internal sealed class PromptReading
{
    private readonly Func<PromptRow, RenderedPrompt>? template;

    public PromptReading(UnitContext unit, CheckpointPlace checkpoint)
    {
        if (unit.Study.Models.FirstOrDefault(model => model.Name == unit.Unit.Model) is not { Template: { } settings } of)
            return;
        var wrapping = ChatTemplate.Of(settings, checkpoint);
        template = prompt => wrapping.Render(Turns(prompt, of.System), unit.Study.Date);
    }

    /// <summary>The prompts that units are about, by their ids.</summary>
    public static async Task<Dictionary<string, PromptRow>> PromptsAsync(InterpretContext context, IReadOnlyList<UnitContext> units, CancellationToken cancel)
    {
        var (study, subjects) = (units[0].Unit.StudyId, units.Select(unit => unit.Unit.Subject).ToList());
        return await context.Prompts.AsNoTracking().Where(p => p.StudyId == study && subjects.Contains(p.Id)).ToDictionaryAsync(p => p.Id, cancel);
    }

    /// <param name="explainer">The model.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="response">Null: to be generated.</param>
    /// <exception cref="BadInputException">As of <see cref="InputExplainer.Read(string, string, string?, IReadOnlyList{string}?)"/>.</exception>
    public ReadPrompt Read(InputExplainer explainer, PromptRow prompt, string? response) => template is null
        ? explainer.Read(prompt.Id, prompt.Text, response, prompt.Spans)
        : explainer.Read(prompt.Id, template(prompt), response, prompt.Spans);

    /// <summary>The turns that end with the prompt; the study's system message stands in front where the dataset has none.</summary>
    private static ChatMessage[] Turns(PromptRow prompt, string? system)
    {
        ChatMessage[] turns = prompt.Messages is { } stored ? JsonSerializer.Deserialize<ChatMessage[]>(stored, JsonSerializerOptions.Web)!
            : [new ChatMessage("user", prompt.Text.Trim())];
        return system is null || turns[0].Role == "system" ? turns : [new ChatMessage("system", system), .. turns];
    }
}
