using Interpret.Contracts;

namespace Interpret.Models.Architectures;

/// <summary>
/// Base and scaling of the rotary embedding. Older files have <c>rope_theta</c> and the object <c>rope_scaling</c>; newer ones keep both in
/// <c>rope_parameters</c>, by kind of layer where a family has several. Hugging Face's library takes whichever is there; where two places say
/// different things its versions differ, so that is refused.
/// </summary>
internal static class RopeKeys
{
    private const string Theta = "rope_theta", Parameters = "rope_parameters", Scaling = "rope_scaling";

    /// <param name="config">The file.</param>
    /// <param name="usual">The base where none is stated.</param>
    /// <param name="kind">Of the layers, as <c>layer_types</c> calls them, in a family that states them apart; null: of all layers.</param>
    /// <param name="thetaKey">The older key of the base; null: there was none.</param>
    /// <param name="scalingKey">The older key of the scaling; null: there was none.</param>
    public static (double Theta, RopeScaling? Scaling) Read(
        ConfigReader config, double usual, string? kind = null, string? thetaKey = Theta, string? scalingKey = Scaling)
    {
        var places = new List<(string Key, ConfigReader Place, RopeScaling? Scaling)>();
        if (scalingKey is not null && config.Within(scalingKey) is { } older)
            places.Add((scalingKey, older, RopeScaling.Read(older, scalingKey, config)));
        if (config.Within(Parameters) is { } all)
        {
            var newer = kind is null ? all : all.Within(kind) ?? throw all.Bad(kind, "base and scaling of these layers", "nothing");
            if (kind is null && all.Keys.FirstOrDefault(all.IsObject) is { } nested)
                throw all.Bad(nested, "one base and scaling for all layers, as this family has", "an object", ErrorClasses.ArchitectureUnknown);
            places.Add((Parameters, newer, RopeScaling.Read(newer, Parameters, config)));
        }

        if (places is [var first, var second] && first.Scaling != second.Scaling)
            throw config.Disagree(second.Key, $"what {first.Key} says ({first.Scaling?.ToString() ?? "no scaling"})", second.Scaling?.ToString() ?? "no scaling");
        foreach (var (_, place, _) in places)
            RequireWhole(place);

        var bases = places.Where(one => one.Place.Number(Theta) is not null)
            .Select(one => (Value: one.Place.Number(Theta)!.Value, one.Place, Key: Theta)).ToList();
        if (thetaKey is not null && config.Number(thetaKey) is { } top)
            bases.Insert(0, (top, config, thetaKey));
        if (bases.Find(one => one.Value != bases[0].Value) is { Place: not null } differs)
            throw differs.Place.Disagree(differs.Key, $"{bases[0].Value}, as stated elsewhere", $"{differs.Value}");
        return (bases.Count > 0 ? bases[0].Value : usual, places.Count > 0 ? places[0].Scaling : null);
    }

    /// <summary>Refuses rotary embeddings of a part of a head.</summary>
    public static void RequireWhole(ConfigReader config)
    {
        const string part = "partial_rotary_factor";
        if (config.Number(part) is { } share and not 1)
            throw config.Bad(part, "1 (whole heads are turned)", $"{share}", ErrorClasses.ArchitectureUnknown);
    }
}
