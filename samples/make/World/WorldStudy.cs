using System.Globalization;
using System.Text.RegularExpressions;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Models.Checkpoints;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;

namespace Interpret.Samples.Make.World;

/// <summary>
/// What the study of the trained pair needs beside its prompts: the words of its texts, their vectors, and how well the tuned model followed.
/// </summary>
public static partial class WorldStudy
{
    private const int LeastCount = 5, MaxNewTokens = 32;

    /// <param name="folder">Holds what <see cref="WorldFiles"/> wrote and the trained <c>checkpoints/tuned</c>; receives <c>vocabulary.tsv</c>,
    /// <c>vectors.txt</c> and <c>ratings.tsv</c>.</param>
    /// <exception cref="Contracts.BadInputException">A file is missing or cannot be read.</exception>
    public static void Write(string folder)
    {
        var (vocabulary, vectors) = Words(folder);
        File.WriteAllText(Path.Combine(folder, "vocabulary.tsv"), vocabulary);
        File.WriteAllText(Path.Combine(folder, "vectors.txt"), vectors);
        File.WriteAllText(Path.Combine(folder, "ratings.tsv"), Ratings(folder));
    }

    /// <summary>The words of the texts with their frequencies, and their vectors.</summary>
    public static (string Vocabulary, string Vectors) Words(string folder)
    {
        var texts = Texts(folder).Select(text => WordPattern().Matches(text).Select(match => match.Value).ToArray()).ToList();
        var words = texts.SelectMany(text => text).CountBy(word => word, StringComparer.Ordinal).Where(word => word.Value >= LeastCount)
            .OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).ToList();
        double all = words.Sum(word => (long)word.Value);
        return (string.Concat(words.Select(word => string.Create(CultureInfo.InvariantCulture, $"{word.Key}\t{word.Value / all:F7}\n"))),
            WorldVectors.Of(texts, LeastCount));
    }

    // Sentences of the corpus and of what is asked about it; the verbs of instructions live mostly in the latter.
    private static IEnumerable<string> Texts(string folder)
    {
        using var corpus = TextInput.Open(Path.Combine(folder, "corpus.txt.gz"));
        while (corpus.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }

        foreach (var prompt in DatasetFile.ReadWhole(Path.Combine(folder, "instructions.tsv.gz")))
            yield return $"{prompt.Prompt} {prompt.Reference}";
    }

    /// <summary>4 where the tuned model's response is the right one to the letter, 1 where it is not.</summary>
    private static string Ratings(string folder)
    {
        var files = ModelFiles.Open(Path.Combine(folder, "checkpoints", "tuned"));
        using var model = files.Load();
        return RatingsText.Of("tuned_2M", DatasetFile.ReadWhole(Path.Combine(folder, "dataset.tsv")).Select(prompt =>
        {
            var response = Respond(model, files.Tokenizer, prompt.Prompt);
            return (prompt, response, Follows(response, prompt.Reference) ? 4 : 1);
        }));
    }

    /// <summary>Every task has one right response.</summary>
    public static bool Follows(string response, string right) => response.Trim() == right.Trim();

    /// <summary>What a model writes to a prompt, the likeliest token each time.</summary>
    public static string Respond(ShardedModel model, ITokenizer tokenizer, string prompt) =>
        tokenizer.Decode(GreedyGeneration.Run(model, [.. tokenizer.Beginning, .. tokenizer.EncodeToIds(prompt)], MaxNewTokens));

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex WordPattern();
}
