using System.Text.Json;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>How a model reads the prompts of a study: wrapped in its template, where it has one.</summary>
internal sealed class PromptReading(UnitContext unit, CheckpointPlace checkpoint)
{
    private readonly PromptWrapping? wrapping = PromptWrapping.Of(unit.Study, unit.Unit.Model, checkpoint);

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
    public ReadPrompt Read(InputExplainer explainer, PromptRow prompt, string? response) => wrapping is null
        ? explainer.Read(prompt.Id, prompt.Text, response, prompt.Spans)
        : explainer.Read(prompt.Id, wrapping.Of(prompt.Text, Messages(prompt)), response, prompt.Spans);

    private static ChatMessage[]? Messages(PromptRow prompt) =>
        prompt.Messages is { } stored ? JsonSerializer.Deserialize<ChatMessage[]>(stored, JsonSerializerOptions.Web)! : null;
}
