using System.Text.Json;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Exchange.Import;

/// <summary>Makes the study and the model that an import brings its rows to, where there are none.</summary>
internal static class ImportedStudy
{
    /// <returns>The model's row.</returns>
    /// <exception cref="BadInputException"><c>study-differs</c>: the study has the model in the other role.</exception>
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
        if (known.Find(m => m.Name == target.Model) is { } same)
        {
            return same.Role == target.Role ? same
                : throw new BadInputException(ErrorClasses.StudyDiffers, target.Study, $"model {target.Model}", $"the role it has there, {same.Role}", target.Role);
        }

        return new ModelRow { StudyId = target.Study, Name = target.Model, Role = target.Role, Size = target.Size, Position = known.Count };
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
