using Interpret.Contracts;

namespace Interpret.Exchange.Datasets;

/// <summary>A model as a study names it.</summary>
/// <param name="Size">Such as <c>7B</c>; null or empty where the study does not say.</param>
public readonly record struct NamedModel(string Name, string? Size);

/// <summary>
/// Which ratings are a model's. A ratings file names a model by its name alone or, as the original's, by name and size joined: <c>vicuna_7B</c>. The
/// most exact way in which a name fits counts: name and size of the study, the name alone, and of a model without size the name with anything behind
/// an underscore.
/// </summary>
public static class ModelRatings
{
    /// <summary>The ratings of some models of a study.</summary>
    /// <param name="file">What errors call the file.</param>
    /// <param name="ratings">Its rows.</param>
    /// <param name="models">All models of the study.</param>
    /// <param name="wanted">Those whose ratings are asked for.</param>
    /// <param name="prompts">The study's prompts; ratings of others are left out.</param>
    /// <param name="required">Whether it is an error that there is none.</param>
    /// <exception cref="BadInputException">
    /// <c>ratings-ambiguous</c>: a name of the file fits two models equally well, or two names fit a model; <c>ratings-unmatched</c>: not one rating is of
    /// the models wanted and of a prompt.
    /// </exception>
    public static IReadOnlyList<(string Model, Rating Rating)> Of(
        string file, IReadOnlyList<Rating> ratings, IReadOnlyList<NamedModel> models, IReadOnlySet<string> wanted, IReadOnlySet<string> prompts,
        bool required = true)
    {
        var known = ratings.Where(rating => prompts.Contains(rating.Id)).ToList();
        var owners = Owners(file, [.. known.Select(rating => rating.Model).Distinct(StringComparer.Ordinal)], models, wanted);
        var matched = known.Where(rating => owners.ContainsKey(rating.Model)).Select(rating => (owners[rating.Model], rating)).ToList();
        return matched.Count > 0 || !required ? matched : throw Unmatched(file, ratings, models.Where(model => wanted.Contains(model.Name)), prompts);
    }

    /// <summary>By a model's name in the file: the model of the study.</summary>
    private static Dictionary<string, string> Owners(
        string file, IReadOnlyList<string> names, IReadOnlyList<NamedModel> models, IReadOnlySet<string> wanted)
    {
        var claims = new List<(string Name, string Model, int Fit)>();
        foreach (var name in names)
        {
            var fits = models.Select(model => (Model: model.Name, Fit: Fit(name, model))).Where(claim => claim.Fit is not null).ToList();
            var best = fits.Min(other => other.Fit);
            var closest = fits.Where(claim => claim.Fit == best).ToList();
            if (closest.Count > 1 && closest.Exists(claim => wanted.Contains(claim.Model)))
            {
                var both = string.Join(" and ", closest.Take(3).Select(claim => claim.Model));
                throw Ambiguous(file, "a name that fits one model of the study", $"{Quoted.Of(name)}, which fits {both}");
            }

            claims.AddRange(closest.Select(claim => (name, claim.Model, claim.Fit!.Value)));
        }

        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var model in claims.Where(claim => wanted.Contains(claim.Model)).GroupBy(claim => claim.Model, StringComparer.Ordinal))
        {
            var best = model.Min(other => other.Fit);
            var closest = model.Where(claim => claim.Fit == best).ToList();
            if (closest.Count > 1)
                throw Ambiguous(file, $"one name for the model {model.Key}", string.Join(" and ", closest.Take(3).Select(claim => Quoted.Of(claim.Name))));
            owners[closest[0].Name] = model.Key;
        }

        return owners;
    }

    /// <summary>How exactly a name fits a model, 0 the most; null: not at all.</summary>
    private static int? Fit(string name, NamedModel model)
    {
        var sized = !string.IsNullOrEmpty(model.Size);
        if (name == (sized ? $"{model.Name}_{model.Size}" : model.Name)) return 0;
        if (name == model.Name) return 1;
        return !sized && name.StartsWith($"{model.Name}_", StringComparison.Ordinal) ? 2 : null;
    }

    private static BadInputException Ambiguous(string file, string expected, string found) =>
        new(ErrorClasses.RatingsAmbiguous, file, "Model", expected, found, "Give the models of the study their sizes");

    private static BadInputException Unmatched(
        string file, IReadOnlyList<Rating> ratings, IEnumerable<NamedModel> wanted, IReadOnlySet<string> prompts)
    {
        var models = wanted.Select(model => string.IsNullOrEmpty(model.Size) ? model.Name : $"{model.Name}_{model.Size}").ToList();
        var prompt = prompts.Order(StringComparer.Ordinal).FirstOrDefault() ?? "(none)";
        var found = ratings.Count == 0 ? "no usable row" : $"such as {Quoted.Beginning(ratings[0].Model)} and {Quoted.Beginning(ratings[0].Id)}";
        return new(ErrorClasses.RatingsUnmatched, file, null, $"a rating of {string.Join(" or ", models)} and of a prompt such as {prompt}", found);
    }
}
