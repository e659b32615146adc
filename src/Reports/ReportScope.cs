using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports;

/// <summary>A base model and its tuned sibling, by name.</summary>
public sealed record ModelPair(string Base, string Tuned)
{
    /// <summary>The tuned models of a study, each with its parent: the one that it names, else the study's first base. Without either it has no pair.</summary>
    /// <param name="models">The study's models, in its file's order.</param>
    public static IReadOnlyList<(ModelPair Pair, ModelRow Tuned)> Of(IReadOnlyList<ModelRow> models)
    {
        var first = models.FirstOrDefault(model => model.Role == Roles.Base)?.Name;
        return
        [
            .. from tuned in models
               where tuned.Role == Roles.Tuned
               let parent = tuned.Parent ?? first
               where parent is not null
               select (new ModelPair(parent, tuned.Name), tuned),
        ];
    }
}

/// <summary>What reports are made of: the rows of a study's pair of models, or of all its models. For one caller at a time.</summary>
/// <param name="pair">Null: reports of a pair cannot be made of it.</param>
/// <param name="models">The models, in the study file's order; null: the pair's.</param>
public sealed class ReportScope(
    IDbContextFactory<InterpretContext> database, string study, ModelPair? pair, IReadOnlyList<string>? models = null)
{
    private readonly Dictionary<Type, object> read = [];

    public string Study => study;

    /// <summary>The pair's tuned model, or the one that it is about.</summary>
    public string Tuned => pair?.Tuned ?? Models.Single();

    /// <summary>The pair; null: it is about models that are not compared.</summary>
    public ModelPair? PairOrNone => pair;

    public ModelPair Pair => pair ?? throw new InvalidOperationException($"{study}: a report of all models asked for a pair");

    /// <summary>The models that it is about.</summary>
    public IReadOnlyList<string> Models { get; } = models ?? (pair is null ? [] : [pair.Base, pair.Tuned]);

    /// <summary>The same study's scope of a pair.</summary>
    public ReportScope Of(ModelPair other) => new(database, study, other);

    public Task<InterpretContext> OpenAsync(CancellationToken cancel) => database.CreateDbContextAsync(cancel);

    /// <summary>What <paramref name="reading"/> gives; of each type it is read the first time alone.</summary>
    public async Task<T> OnceAsync<T>(Func<Task<T>> reading)
        where T : class
    {
        if (!read.TryGetValue(typeof(T), out var found)) read[typeof(T)] = found = await reading();
        return (T)found;
    }

    /// <summary>L, b and p of the study.</summary>
    public async Task<DensitySettings> DensityAsync(InterpretContext context, CancellationToken cancel) => 
        DensitySettings.Of((await context.DefinitionAsync(study, cancel)).Attribution);

    /// <summary>The models that do not have something, of a pair the base model first.</summary>
    public async Task<IReadOnlyList<string>> WithoutAsync(Func<InterpretContext, string, Task<bool>> has, CancellationToken cancel)
    {
        await using var context = await OpenAsync(cancel);
        var without = new List<string>();
        foreach (var model in Models)
        {
            if (!await has(context, model)) without.Add(model);
        }

        return without;
    }

    /// <summary>Says that models lack what a report needs. The remedy ends in a command, which gets the study and the first of them.</summary>
    public BadInputException Missing(string report, string expected, IReadOnlyList<string> without, string remedy) => new(
        ErrorClasses.ReportEmpty, study, $"{report} of {string.Join(" and ", Models)}", expected, $"none of {string.Join(" and ", without)}",
        $"{remedy} --study {Shell(study)} --model {Shell(without[0])}");

    /// <summary>A name as a shell takes it for one word.</summary>
    private static string Shell(string name) =>
        name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.') ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
