using Interpret.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>Finds studies by name.</summary>
public static class StudyLookup
{
    /// <exception cref="BadInputException">No such study; names those there are.</exception>
    public static async Task RequireStudyAsync(this InterpretContext context, string study, CancellationToken cancel = default)
    {
        if (await context.Studies.AnyAsync(s => s.Id == study, cancel))
            return;
        var known = await context.Studies.Select(s => s.Id).OrderBy(id => id).ToListAsync(cancel);
        throw new BadInputException(
            ErrorClasses.StudyUnknown, study, null, known.Count == 0 ? "a study" : $"a study: {string.Join(", ", known)}", "no study of that name");
    }

    /// <summary>What the file of a study that is there says.</summary>
    public static async Task<StudyDefinition> DefinitionAsync(this InterpretContext context, string study, CancellationToken cancel = default) =>
        StudyDefinition.FromJson(await context.Studies.Where(s => s.Id == study).Select(s => s.Definition).SingleAsync(cancel));

    /// <exception cref="BadInputException"><c>study-archived</c>.</exception>
    public static async Task RequireNotArchivedAsync(this InterpretContext context, string study, CancellationToken cancel = default)
    {
        if (await context.Studies.AnyAsync(s => s.Id == study && s.ArchivedAt != null, cancel))
        {
            throw new BadInputException(
                ErrorClasses.StudyArchived, study, null, "a study that is not archived", "an archived one", $"`interpret archive {study} --undo` takes it out of the archive");
        }
    }

    /// <exception cref="BadInputException"><c>study-archived</c>, <c>study-cancelled</c>.</exception>
    public static async Task RequireGoesOnAsync(this InterpretContext context, string study, CancellationToken cancel = default)
    {
        await context.RequireNotArchivedAsync(study, cancel);
        if (await context.Studies.AnyAsync(s => s.Id == study && s.Status == StudyStatus.Cancelled, cancel))
            throw new BadInputException(ErrorClasses.StudyCancelled, study, null, "a study that goes on", "a cancelled one", $"`interpret resume {study}` lets it go on");
    }
}
