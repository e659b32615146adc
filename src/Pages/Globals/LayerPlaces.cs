using Interpret.Contracts;

namespace Interpret.Pages.Globals;

/// <summary>Finds a layer of one of a study's models.</summary>
internal static class LayerPlaces
{
    /// <param name="models">Those that have rows, with their layers.</param>
    /// <param name="model">Null: the first of them.</param>
    /// <param name="what">What the rows are.</param>
    /// <returns>Null: no model was asked for and none has any.</returns>
    /// <exception cref="BadInputException"><c>model-unknown</c>; <c>layer-unknown</c>.</exception>
    public static LayerPlace? Of(string study, IReadOnlyList<(string Name, int Layers)> models, string? model, int layer, string what)
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
