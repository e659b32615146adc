using System.Globalization;
using System.Text.RegularExpressions;
using Interpret.Exchange.Datasets;

namespace Interpret.Samples.Make.RandomPair;

/// <summary>
/// The words to read models out with: those that the prompts use more than once, as they write them, and the words of the groups.
/// A word's frequency is its share among these, the groups' words counted once more so that none has nothing.
/// </summary>
internal static partial class PromptVocabulary
{
    private const int LeastCount = 2;

    public static string Of(IEnumerable<DatasetPrompt> prompts)
    {
        var counts = prompts.SelectMany(prompt => WordPattern().Matches(prompt.Prompt)).CountBy(match => match.Value, StringComparer.Ordinal)
            .Where(word => word.Value >= LeastCount).ToDictionary(StringComparer.Ordinal);
        foreach (var word in WordGroups.All.SelectMany(group => group)) counts[word] = counts.GetValueOrDefault(word) + 1;

        double all = counts.Values.Sum();
        return string.Concat(counts.OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => string.Create(CultureInfo.InvariantCulture, $"{word.Key}\t{word.Value / all:F6}\n")));
    }

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex WordPattern();
}
