using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Pages.Globals;

/// <summary>Finds a layer of one of a study's models.</summary>
internal static class LayerPlaces
{
    /// <param name="context">The database.</param>
    /// <param name="study">The study.</param>
    /// <param name="layersOf">The layers of a model's rows.</param>
    /// <param name="model">Null: the first that has any.</param>
    /// <param name="layer">From 0.</param>
    /// <param name="what">What the rows are.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Null: no model was asked for and none has any.</returns>
    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>model-unknown</c>; <c>layer-unknown</c>.</exception>
    public static async Task<LayerPlace?> FindAsync(
        InterpretContext context, string study, Func<string, IQueryable<int>> layersOf, string? model, int layer, string what, CancellationToken cancel)
    {
        await context.RequireStudyAsync(study, cancel);
        var models = new List<(string Name, int Layers)>();
        foreach (var name in await context.Models.Where(m => m.StudyId == study).OrderBy(m => m.Position).Select(m => m.Name).ToListAsync(cancel))
        {
            if (await layersOf(name).MaxAsync(one => (int?)one, cancel) is { } last)
                models.Add((name, last + 1));
        }

        return Of(study, models, model, layer, what);
    }

    /// <param name="models">Those that have rows, with their layers.</param>
    /// <param name="model">Null: the first of them.</param>
    /// <param name="what">What the rows are.</param>
    /// <returns>Null: no model was asked for and none has any.</returns>
    /// <exception cref="BadInputException"><c>model-unknown</c>; <c>layer-unknown</c>.</exception>
    private static LayerPlace? Of(string study, List<(string Name, int Layers)> models, string? model, int layer, string what)
    {
        var names = models.Select(one => one.Name).ToList();
        if (model is null && names.Count == 0) return null;
        var at = model is null ? 0 : names.IndexOf(model);
        if (at < 0)
        {
            throw new BadInputException(
                ErrorClasses.ModelUnknown, study, "model", names.Count == 0 ? $"a model that has {what}" : string.Join(" or ", names), Quoted.Of(model!));
        }

        var layers = models[at].Layers;
        return layer >= 0 && layer < layers ? new(names, names[at], layers, layer)
            : throw new BadInputException(
                ErrorClasses.LayerUnknown, study, $"layer of {names[at]}", $"a layer from 0 to {layers - 1} that has {what}", $"{layer}");
    }
}
