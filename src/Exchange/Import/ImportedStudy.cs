using System.Text.Json;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>Makes the study and the model that an import brings its rows to, where there are none.</summary>
internal static class ImportedStudy
{
    /// <returns>The model's row.</returns>
    /// <exception cref="BadInputException">
    /// <c>study-differs</c>: the study has the model in another role, or with another parent or training; <c>model-unknown</c>: it does not have the parent;
    /// <c>study-unpaired</c>: a base model has none.
    /// </exception>
    public static async Task<ModelRow> EnsureAsync(InterpretContext context, ImportTarget target, TimeProvider clock, CancellationToken cancel)
    {
        if (!await context.Studies.AnyAsync(s => s.Id == target.Study, cancel))
            await context.UpsertAsync([NewStudy(target.Study, clock)], cancel);
        var model = await ModelAsync(context, target, cancel);
        await context.UpsertAsync([model], cancel);
        return model;
    }

    private static async Task<ModelRow> ModelAsync(InterpretContext context, ImportTarget target, CancellationToken cancel)
    {
        var known = await context.Models.AsNoTracking().Where(m => m.StudyId == target.Study).ToListAsync(cancel);
        if (target.Role == Roles.Base && (target.Parent ?? target.Training) is { } given)
            throw new BadInputException(
                ErrorClasses.StudyUnpaired, target.Study, $"model {target.Model}", $"a {Roles.Tuned} model where a parent or a training is given",
                $"a {Roles.Base} model with {Quoted.Of(given)}");
        if (target.Parent is { } parent && (parent == target.Model || !known.Exists(m => m.Name == parent)))
            throw new BadInputException(
                ErrorClasses.ModelUnknown, target.Study, $"parent of {target.Model}", "another model that the study has already",
                known.Count == 0 ? $"{Quoted.Of(parent)}; it has none" : $"{Quoted.Of(parent)}; it has {Quoted.List(known.Select(m => m.Name))}");
        if (known.Find(m => m.Name == target.Model) is { } same)
        {
            RequireSame("role", same.Role, target.Role);
            RequireSame("parent", same.Parent, target.Parent);
            RequireSame("training", same.Training, target.Training);
            (same.Parent, same.Training) = (same.Parent ?? target.Parent, same.Training ?? target.Training);
            return same;
        }

        return new ModelRow
        {
            StudyId = target.Study, Name = target.Model, Role = target.Role, Size = target.Size, Parent = target.Parent, Training = target.Training,
            Position = known.Count,
        };

        void RequireSame(string what, string? there, string? given)
        {
            if (there is not null && given is not null && there != given)
                throw new BadInputException(ErrorClasses.StudyDiffers, target.Study, $"model {target.Model}", $"the {what} it has there, {there}", given);
        }
    }

    private static StudyRow NewStudy(string name, TimeProvider clock) => new()
    {
        Id = name,
        Definition = JsonSerializer.Serialize(new { name, attribution = new AttributionSettings() }, JsonSerializerOptions.Web),
        ContentHash = "",
        Status = StudyStatus.Active,
        CreatedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
    };
}
