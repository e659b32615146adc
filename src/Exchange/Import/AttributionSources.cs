using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Models.Tokenizers;

namespace Interpret.Exchange.Import;

/// <summary>What attribution files were made with and are checked against, and where that lies.</summary>
public sealed record AttributionSources(
    string DatasetPath, DatasetFile Dataset, string TokenizerPath, ITokenizer Tokenizer, string? RatingsPath, RatingsFile? Ratings)
{
    /// <param name="dataset">The dataset with the prompts.</param>
    /// <param name="tokenizer">The <c>tokenizer.model</c>, or its folder.</param>
    /// <param name="ratings">Ratings of the model's responses; null: none.</param>
    /// <exception cref="Contracts.BadInputException">One of them cannot be used as a whole.</exception>
    public static AttributionSources Read(string dataset, string tokenizer, string? ratings) => new(
        dataset, DatasetFile.Read(dataset), tokenizer, TokenizerFormats.Load(tokenizer), ratings, ratings is null ? null : RatingsFile.Read(ratings));

    /// <summary>What of the dataset was passed over, in words.</summary>
    public IEnumerable<string> Notes => IgnoredKeys.Notes(TextInput.Name(DatasetPath), Dataset.Ignored);

    /// <summary>Rows of the dataset and the ratings that cannot be used.</summary>
    public IEnumerable<(string File, RejectedRow Row)> Rejected =>
        Dataset.Rejected.Select(row => (DatasetPath, row)).Concat((Ratings?.Rejected ?? []).Select(row => (RatingsPath!, row)));
}
