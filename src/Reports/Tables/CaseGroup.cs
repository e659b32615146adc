using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Tables;

/// <summary>Groups of cases (prompts of the study), of which Tables 1 and 2 have a row each.</summary>
public static class CaseGroup
{
    /// <summary>Names the row of all groups together.</summary>
    public const string All = "all groups";

    /// <summary>The name of that row where groups have these names: another one than theirs.</summary>
    public static string AllBeside(IEnumerable<string> groups)
    {
        var (taken, name) = (groups.ToHashSet(StringComparer.Ordinal), All);
        while (taken.Contains(name)) name += " together";
        return name;
    }

    /// <summary>Said of it under a table.</summary>
    public const string AllNote = " Beyond the paper: the last row, all groups together; it takes no part in Holm's correction.";

    /// <summary>What a group is, for its column.</summary>
    public const string Legend = "what the prompts' ids have before their first underscore";

    /// <summary>The id up to its first underscore; the whole id where there is none.</summary>
    public static string Of(string id)
    {
        var end = id.IndexOf('_', StringComparison.Ordinal);
        return end < 0 ? id : id[..end];
    }

    /// <summary>The prompts of a study in which no instruction is marked: their score says nothing, since nothing could lie on the instruction.</summary>
    public static async Task<IReadOnlySet<string>> UnmarkedAsync(InterpretContext context, string study, CancellationToken cancel)
    {
        var prompts = await context.Prompts.AsNoTracking().Where(prompt => prompt.StudyId == study)
            .Select(prompt => new { prompt.Id, prompt.Spans }).ToListAsync(cancel);
        return prompts.Where(prompt => prompt.Spans.TrueForAll(string.IsNullOrWhiteSpace)).Select(prompt => prompt.Id).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Said of such prompts under a table.</summary>
    public static string LeftOut(int prompts) => prompts switch
    {
        0 => "",
        1 => " Left out: 1 prompt without a marked instruction.",
        _ => $" Left out: {prompts} prompts without a marked instruction.",
    };

    /// <summary>Refuses models of which none has attributions.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel)
    {
        var without = await scope.WithoutAsync(
            (context, model) => context.Attributions.AnyAsync(a => a.StudyId == scope.Study && a.Model == model, cancel), cancel);
        return without.Count < scope.Models.Count ? null : scope.Missing(
            report, without.Count > 1 ? "attributions of either model" : "attributions", without,
            $"Run the study's {Stages.Attribution} stage, or import its explanations: interpret import attributions …");
    }
}
