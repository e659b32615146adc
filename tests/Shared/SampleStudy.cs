using System.Text.Json;

namespace Interpret.Tests.Shared;

/// <summary>Cut-down copies of the random pair's study, over its checkpoints.</summary>
public static class SampleStudy
{
    /// <summary>The top of the source tree, above wherever the tests were built.</summary>
    public static string Root { get; } = Find();

    /// <summary>The random pair's files.</summary>
    public static string Samples { get; } = Path.Combine(Root, "tests", "data", "random-pair");

    public static string BaseCheckpoint { get; } = Path.Combine(Samples, "checkpoints", "base-tiny");

    public static string TunedCheckpoint { get; } = Path.Combine(Samples, "checkpoints", "tuned-tiny");

    /// <summary>Rows of the sample's dataset, without its header.</summary>
    public static IReadOnlyList<string> Rows { get; } = [.. File.ReadLines(Path.Combine(Samples, "dataset.tsv")).Skip(1)];

    public static string DatasetHeader { get; } = File.ReadLines(Path.Combine(Samples, "dataset.tsv")).First();

    /// <summary>A row whose prompt no sample model can read whole: its context holds 512 tokens.</summary>
    public static string RowBeyondTheContext { get; } =
        $"daily_endless\t{string.Join(' ', Enumerable.Repeat("Water the plants.", 300))}\tNo.\tWater the plants.&&&";

    /// <summary>A row that cannot be used: it marks an instruction that its prompt does not hold.</summary>
    public const string BadRow = "daily_bad\tWater the plants.\tYes.\tFeed the cat.&&&";

    /// <summary>Writes a study of some rows of the sample.</summary>
    /// <param name="scratch">Where, in a folder of the study's name.</param>
    /// <param name="name">The study's name.</param>
    /// <param name="rows">Its prompts.</param>
    /// <param name="maxNewTokens">Longest response.</param>
    /// <param name="rated">Whether with the sample's ratings.</param>
    /// <param name="words">Whether with the sample's vocabulary and word vectors: heads and layers are read out.</param>
    /// <param name="ownModels">Whether its models are named after the study: a broker's queues outlive a test.</param>
    /// <param name="change">What else it says.</param>
    /// <returns>The study file.</returns>
    public static string Write(
        Scratch scratch, string name, IEnumerable<string> rows, int maxNewTokens = 6, bool rated = true, bool words = false, bool ownModels = false,
        Action<Dictionary<string, object>>? change = null)
    {
        scratch.Write($"{name}/dataset.tsv", string.Join('\n', [DatasetHeader, .. rows, ""]));
        var prefix = ownModels ? $"{name}-" : "";
        if (rated)
        {
            var ratings = File.ReadAllText(Path.Combine(Samples, "ratings.tsv"));
            scratch.Write($"{name}/ratings.tsv", ratings.Replace("\ttuned_", $"\t{prefix}tuned_", StringComparison.Ordinal));
        }

        var study = new Dictionary<string, object>
        {
            ["name"] = name,
            ["models"] = new object[]
            {
                new { name = $"{prefix}base", size = "tiny", role = "base", checkpoint = BaseCheckpoint },
                new { name = $"{prefix}tuned", size = "tiny", role = "tuned", checkpoint = TunedCheckpoint },
            },
            ["dataset"] = "dataset.tsv",
            ["attribution"] = new { maxNewTokens },
        };
        if (rated)
            study["ratings"] = "ratings.tsv";
        if (words)
            (study["vocabulary"], study["vectors"]) = (Path.Combine(Samples, "vocabulary.tsv"), Path.Combine(Samples, "vectors.txt"));
        change?.Invoke(study);
        return scratch.Write($"{name}/study.json", JsonSerializer.Serialize(study));
    }

    /// <summary>Some rows of every group: the first few of each.</summary>
    public static IEnumerable<string> RowsOfEachGroup(int each) =>
        Rows.GroupBy(row => row.Split('_')[0], StringComparer.Ordinal).SelectMany(group => group.Take(each));

    /// <summary>The sample's rows several times over, with ids of their own: enough that a study is still under way when another command comes.</summary>
    public static IEnumerable<string> RowsManyTimes(int times) =>
        Enumerable.Range(0, times).SelectMany(time => Rows.Select(row => $"{Id(row)}_{time}{row[row.IndexOf('\t', StringComparison.Ordinal)..]}"));

    /// <summary>A row's id.</summary>
    public static string Id(string row) => row.Split('\t')[0];

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Interpret.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"expected Interpret.sln above {AppContext.BaseDirectory}, found none");
    }
}
