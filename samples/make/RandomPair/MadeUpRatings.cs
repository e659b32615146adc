using Interpret.Exchange.Datasets;

namespace Interpret.Samples.Make.RandomPair;

/// <summary>
/// Ratings that nobody gave, so that the random pair's study has a Table 1. The response beside a rating fits it: the reference response whole (4),
/// its first half (3) or its first words (2) was followed; the answer to the next prompt (1) was not; an empty one is unrated (0).
/// </summary>
internal static class MadeUpRatings
{
    // Eleven long, as the largest group is, so that every group holds each value.
    private static readonly int[] Pattern = [4, 1, 3, 1, 2, 4, 1, 0, 1, 3, 2];

    public static string Of(IReadOnlyList<DatasetPrompt> prompts, string model) => RatingsText.Of(model, prompts.Select((prompt, index) =>
    {
        var rating = Pattern[index % Pattern.Length];
        return (prompt, Response(rating, prompt.Reference, prompts[(index + 1) % prompts.Count].Reference), rating);
    }));

    private static string Response(int rating, string reference, string another)
    {
        var words = reference.Split(' ');
        return rating switch
        {
            4 => reference,
            3 => string.Join(' ', words.Take((words.Length + 1) / 2)),
            2 => string.Join(' ', words.Take(4)),
            1 => another,
            _ => "",
        };
    }
}
