using System.Reflection;

namespace Interpret.Reports.Verbs;

/// <summary>The two lists of verbs that Table 3 compares; the files beside this one, whose README says where they come from.</summary>
public static class VerbLists
{
    /// <summary>How many general verbs the paper takes, the most frequent ones.</summary>
    public const int GeneralCount = 3000;

    /// <summary>The 38 verbs of instructions, in ordinal order.</summary>
    public static IReadOnlyList<string> Instruction { get; } = Read("instruction.txt");

    /// <summary>Every candidate for a general verb, in ordinal order.</summary>
    public static IReadOnlyList<string> Candidates { get; } = Read("general.txt");

    /// <summary>
    /// A study's general verbs: the candidates most frequent in its vocabulary, equally frequent ones by spelling. A verb outside the
    /// vocabulary can never count and is not among them. Without a vocabulary (imported results): all candidates.
    /// </summary>
    /// <remarks>The original ranks by the frequencies of a library; the README says why that makes no difference.</remarks>
    /// <param name="vocabulary">Words in any case with their frequencies; those of case variants add up.</param>
    public static IReadOnlyList<string> General(IEnumerable<(string Word, double Frequency)> vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        var frequencies = vocabulary
            .GroupBy(one => one.Word.ToLowerInvariant(), StringComparer.Ordinal)
            .ToDictionary(variants => variants.Key, variants => variants.Sum(one => one.Frequency), StringComparer.Ordinal);
        if (frequencies.Count == 0) return Candidates;
        return [.. Candidates
            .Where(frequencies.ContainsKey)
            .OrderByDescending(verb => frequencies[verb])
            .ThenBy(verb => verb, StringComparer.Ordinal)
            .Take(GeneralCount)];
    }

    private static string[] Read(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(typeof(VerbLists), file)!;
        using var text = new StreamReader(stream);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
