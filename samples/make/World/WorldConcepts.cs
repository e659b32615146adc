using System.Globalization;
using Interpret.Exchange.Text;
using Interpret.Reports.Statistics;

namespace Interpret.Samples.Make.World;

/// <summary>How much the words of feed-forward concepts have to do with one another: the mean cosine of their word vectors.</summary>
internal static class WorldConcepts
{
    /// <summary>A concept's first words, as many as a chat model would be shown.</summary>
    private const int Words = 15;

    /// <summary>Prints a row a layer, and all layers with Welch's test.</summary>
    /// <param name="table">What <c>interpret export feed-forward</c> wrote of a base and a tuned model.</param>
    /// <param name="vectors">GloVe's format, in lower case.</param>
    public static void Write(string table, string vectors, TextWriter output)
    {
        var directions = Rows(vectors, ' ').ToDictionary(row => row[0], row => Unit(row.Skip(1)), StringComparer.Ordinal);
        var concepts = Rows(table, '\t').Skip(1)
            .Select(row => (Model: row[0], Layer: int.Parse(row[2], CultureInfo.InvariantCulture), Coherence: Coherence(row[^1].Split("|||").Take(Words))))
                .ToList();
        output.WriteLine("layer  base   tuned");
        foreach (var layer in concepts.GroupBy(concept => concept.Layer).OrderBy(layer => layer.Key))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{layer.Key,5}  {Of("base", layer.Key).Mean:F3}  {Of("tuned", layer.Key).Mean:F3}"));
        var (before, after) = (Of("base", null), Of("tuned", null));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  all  {before.Mean:F3}  {after.Mean:F3}   {before.Count} and {after.Count} concepts, Welch's t {WelchTest.Of(before, after).T:F1}, p {WelchTest.Of(before, after).TwoSided:G2}"));

        Sample Of(string model, int? layer) =>
            Sample.Of(concepts.Where(concept => concept.Model == model && (layer ?? concept.Layer) == concept.Layer).Select(concept => concept.Coherence));

        double Coherence(IEnumerable<string> words)
        {
            var known = words.Select(word => directions.GetValueOrDefault(word.ToLowerInvariant())).OfType<double[]>().ToList();
            return known.SelectMany((a, i) => known.Take(i).Select(b => a.Zip(b, (x, y) => x * y).Sum())).Average();
        }
    }

    private static IEnumerable<string[]> Rows(string path, char separator)
    {
        using var reader = TextInput.Open(path);
        while (reader.ReadLine() is { } line)
            yield return line.Split(separator);
    }

    private static double[] Unit(IEnumerable<string> numbers)
    {
        var vector = numbers.Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var length = Math.Sqrt(vector.Sum(number => number * number));
        return Array.ConvertAll(vector, number => number / length);
    }
}
