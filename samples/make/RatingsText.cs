using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;

namespace Interpret.Samples.Make;

/// <summary>Writes a ratings file, in the original's columns.</summary>
internal static class RatingsText
{
    public static string Of(string model, IEnumerable<(DatasetPrompt Prompt, string Response, int Rating)> rated) =>
        "File\tModel\tPrompt\tReference\tInstruct\tResponse\tRating\n" + string.Concat(rated.Select(one => Row(model, one.Prompt, one.Response, one.Rating)));

    private static string Row(string model, DatasetPrompt prompt, string response, int rating)
    {
        string[] texts = [$"{prompt.Id}.pkl", model, prompt.Prompt, prompt.Reference, $"{string.Join("|||", prompt.Spans)}&&&{prompt.Context}", response];
        return $"{string.Join('\t', texts.Select(FieldText.Encode))}\t{rating}\n";
    }
}
