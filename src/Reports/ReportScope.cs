using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports;

/// <summary>A base model and its tuned sibling, by name.</summary>
public sealed record ModelPair(string Base, string Tuned);

/// <summary>What reports are made of: the rows of a study's pair of models. For one caller at a time.</summary>
public sealed class ReportScope(IDbContextFactory<InterpretContext> database, string study, ModelPair pair)
{
    private readonly Dictionary<Type, object> read = [];

    public string Study => study;

    public ModelPair Pair => pair;

    public Task<InterpretContext> OpenAsync(CancellationToken cancel) => database.CreateDbContextAsync(cancel);

    /// <summary>What <paramref name="reading"/> gives; of each type it is read the first time alone.</summary>
    public async Task<T> OnceAsync<T>(Func<Task<T>> reading)
        where T : class
    {
        if (!read.TryGetValue(typeof(T), out var found)) read[typeof(T)] = found = await reading();
        return (T)found;
    }

    /// <summary>The models of the pair that do not have something, the base model first.</summary>
    public async Task<IReadOnlyList<string>> WithoutAsync(Func<InterpretContext, string, Task<bool>> has, CancellationToken cancel)
    {
        await using var context = await OpenAsync(cancel);
        var without = new List<string>();
        foreach (var model in new[] { pair.Base, pair.Tuned })
        {
            if (!await has(context, model)) without.Add(model);
        }

        return without;
    }

    /// <summary>Says that models lack what a report needs. The remedy ends in a command, which gets the study and the first of them.</summary>
    public BadInputException Missing(string report, string expected, IReadOnlyList<string> without, string remedy) => new(
        ErrorClasses.ReportEmpty, study, $"{report} of {pair.Base} and {pair.Tuned}", expected, $"none of {string.Join(" and ", without)}",
        $"{remedy} --study {Shell(study)} --model {Shell(without[0])}");

    /// <summary>A name as a shell takes it for one word.</summary>
    private static string Shell(string name) =>
        name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.') ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
