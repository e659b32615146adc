using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.GpuWorker.Stages;

/// <summary>The attributions that a stage builds on: stored, still to come, or missing.</summary>
internal static class StoredAttributions
{
    /// <summary>When a unit is looked at again for which another unit has to end.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Those of a model's prompts.</summary>
    /// <param name="context">The database.</param>
    /// <param name="study">The study.</param>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Ids of prompts.</param>
    /// <param name="use">What for, for people.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>For each prompt its row, or why there is none.</returns>
    public static async Task<Dictionary<string, (AttributionRow? Row, Exception? Failure)>> ReadAsync(
        InterpretContext context, string study, string model, IReadOnlyList<string> prompts, string use, CancellationToken cancel)
    {
        // Before the rows: what ends between the two has its row.
        var open = await OpenAsync(context, study, Contracts.Stages.Attribution, model, prompts, cancel);
        var rows = await context.Attributions.AsNoTracking().Where(row => row.StudyId == study && row.Model == model && prompts.Contains(row.PromptId))
            .ToDictionaryAsync(row => row.PromptId, cancel);
        return prompts.ToDictionary(prompt => prompt, prompt => rows.TryGetValue(prompt, out var row) ? (row, (Exception?)null)
            : (null, MissingOrToCome(
                open.Contains(prompt), ErrorClasses.AttributionMissing, study, $"prompt {prompt} by {model}", $"its attribution, {use}")));
    }

    /// <summary>The subjects of units that have not ended.</summary>
    /// <param name="context">The database.</param>
    /// <param name="study">The study.</param>
    /// <param name="stage">Their stage.</param>
    /// <param name="model">The model that they are for.</param>
    /// <param name="subjects">Which of them.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<HashSet<string>> OpenAsync(
        InterpretContext context, string study, string stage, string model, IReadOnlyList<string> subjects, CancellationToken cancel) =>
        await context.WorkUnits.Where(unit => unit.StudyId == study && unit.Model == model && unit.Stage == stage && subjects.Contains(unit.Subject)
            && UnitStatus.Open.Contains(unit.Status)).Select(unit => unit.Subject).ToHashSetAsync(StringComparer.Ordinal, cancel);

    /// <summary>Why a unit cannot be worked that needs what another unit stores.</summary>
    /// <param name="isToCome">Whether that unit has still to end.</param>
    /// <param name="errorClass">The class of the error if it has ended.</param>
    /// <param name="study">The study.</param>
    /// <param name="where">What the unit is about.</param>
    /// <param name="expected">What it needs.</param>
    public static Exception MissingOrToCome(bool isToCome, string errorClass, string study, string where, string expected) => isToCome
        ? new UnitWaitsException(Pause)
        : new BadInputException(errorClass, study, where, expected, "none", $"`interpret failures {study}` says why; after a retry of that, retry this");
}
