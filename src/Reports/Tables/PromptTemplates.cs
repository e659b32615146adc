using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.Reports.Tables;

/// <summary>Which template wrapped the prompts of a pair's models: what Tables 1 and 2 compare depends on it.</summary>
internal static class PromptTemplates
{
    /// <summary>Said of them under a table; nothing where neither model has one.</summary>
    public static async Task<string> OfAsync(ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var models = (await context.DefinitionAsync(scope.Study, cancel)).Models;
        return Of(scope.Models.Select(name => models.FirstOrDefault(model => model.Name == name) ?? new StudyModel(name, "", default, null)));
    }

    /// <param name="models">The base model and the tuned one.</param>
    public static string Of(IEnumerable<StudyModel> models)
    {
        var all = models.ToList();
        return all.TrueForAll(model => model.Template is null) ? "" : $" Templates of prompts: {string.Join("; ", all.Select(Of))}.";
    }

    private static string Of(StudyModel model) =>
        $"{model.Name} {model.Template?.Name ?? TemplateSettings.None}{(model.System is null ? "" : " with a system message")}";
}
