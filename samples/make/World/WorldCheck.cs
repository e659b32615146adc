using System.Globalization;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Models.Checkpoints;
using Interpret.Reports.Statistics;

namespace Interpret.Samples.Make.World;

/// <summary>How often a model's response is the right one, by families of tasks.</summary>
internal static class WorldCheck
{
    /// <summary>Prints a row a family with its share and 95 % Wilson interval, and every response that is not right.</summary>
    /// <param name="checkpoint">The model's folder.</param>
    /// <param name="dataset">Prompts with their right responses.</param>
    public static void Write(string checkpoint, string dataset, TextWriter output)
    {
        var files = ModelFiles.Open(checkpoint);
        using var model = files.Load();
        var asked = DatasetFile.ReadWhole(dataset)
            .Select(prompt => (prompt.Group, Response: WorldStudy.Respond(model, files.Tokenizer, prompt.Prompt), Right: prompt.Reference)).ToList();
        foreach (var group in asked.GroupBy(one => one.Group).Select(group => (group.Key, group.ToList())).Append(("all", asked)))
        {
            var (followed, count) = (group.Item2.Count(one => WorldStudy.Follows(one.Response, one.Right)), group.Item2.Count);
            var (low, high) = WilsonInterval.Of(followed / (double)count, count);
            output.WriteLine(
                string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Item1,-10} {followed,4} of {count,4}  {100.0 * followed / count,5:F1} %  ({100 * low:F1} to {100 * high:F1})"));
        }

        foreach (var (group, response, right) in asked.Where(one => !WorldStudy.Follows(one.Response, one.Right)))
            output.WriteLine($"{group}: expected \"{right}\", found \"{FieldText.Encode(response)}\"");
    }
}
