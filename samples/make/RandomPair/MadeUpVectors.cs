using System.Globalization;

namespace Interpret.Samples.Make.RandomPair;

/// <summary>
/// Word vectors that no text was read for, in GloVe's format: the words of a group point in one direction, each with some noise of its
/// own, and every other word where it likes. All are in lower case, as in the tables that such files are cut from.
/// </summary>
internal static class MadeUpVectors
{
    private const string Seed = "interpret/vectors";
    private const int Dimension = 16;

    /// <summary>Standard deviation of the noise, that of a direction being 1: cosines within a group are about 1 / (1 + 0.6²).</summary>
    private const double Noise = 0.6;

    public static string Of(IEnumerable<string> words)
    {
        var groups = WordGroups.All.SelectMany(group => group.Select(word => (Word: word, Name: group[0])))
            .ToDictionary(one => one.Word, one => one.Name, StringComparer.Ordinal);
        return string.Concat(words.Select(word => word.ToLowerInvariant()).Distinct(StringComparer.Ordinal)
            .Select(word => $"{word} {string.Join(' ', Vector(word, groups.GetValueOrDefault(word)).Select(number => number.ToString("F4", CultureInfo.InvariantCulture)))}\n"));
    }

    private static IEnumerable<double> Vector(string word, string? group)
    {
        var own = new SeededNormal($"{Seed}/{word}");
        if (group is null) return Enumerable.Range(0, Dimension).Select(_ => own.Next());
        var shared = new SeededNormal($"{Seed}/group/{group}");
        return Enumerable.Range(0, Dimension).Select(_ => shared.Next() + Noise * own.Next());
    }
}
