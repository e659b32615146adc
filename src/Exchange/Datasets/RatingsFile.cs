using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>How well a model's response followed its instruction, as a person rated it.</summary>
/// <param name="Row">Its line in the file; the header is line 1.</param>
/// <param name="Id">The prompt's id.</param>
/// <param name="Model">The model's name as the file writes it, e.g. <c>vicuna_7B</c>.</param>
/// <param name="Value">1 is unfollowed, 2 and above followed; 0 and below unrated.</param>
/// <param name="Response">What the model answered.</param>
public sealed record Rating(int Row, string Id, string Model, int Value, string Response);

/// <summary>Ratings in the original's format: <c>File Model Prompt Reference Instruct Response Rating</c>, tab-separated.</summary>
/// <param name="Ratings">The usable rows, in file order.</param>
/// <param name="Rejected">The others, with the reason.</param>
public sealed record RatingsFile(IReadOnlyList<Rating> Ratings, RejectedRows Rejected)
{
    private const string FileSuffix = ".pkl";
    private static readonly string[] Header = ["File", "Model", "Prompt", "Reference", "Instruct", "Response", "Rating"];

    /// <param name="path">The file, or <c>-</c> for standard input; may be gzip-compressed.</param>
    /// <exception cref="BadInputException">The file as a whole cannot be used: missing, damaged or with another header.</exception>
    public static RatingsFile Read(string path)
    {
        var rated = new HashSet<(string Id, string Model)>();
        var (ratings, rejected) = TableRows.Read(path, Header, RowResult<Rating> (row, fields) =>
        {
            var file = fields[0].Trim();
            var id = (file.EndsWith(FileSuffix, StringComparison.Ordinal) ? file[..^FileSuffix.Length] : file).Trim();
            if (CaseId.Flaw(id) is { } flaw) return new RowFlaw(ErrorClasses.BadId, "an id usable as a file name", flaw);
            if (fields[1].Trim() is not { Length: > 0 } model) return new RowFlaw(ErrorClasses.NoModel, "a model's name", "none");
            if (Whole(fields[6]) is not { } value) return new RowFlaw(ErrorClasses.BadRating, "a whole number", Quoted.Of(fields[6]));
            if (!rated.Add((id, model)))
                return new RowFlaw(ErrorClasses.DuplicateId, "one rating for a prompt and model", $"{Quoted.Of(id)} of {Quoted.Beginning(model)} again");
            return new Rating(row, id, model, value, fields[5]);
        });
        return new RatingsFile(ratings, rejected);
    }

    /// <summary>A whole number, also as <c>1.0</c>: so programs write a column of whole numbers in which one is missing.</summary>
    private static int? Whole(string field) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value == Math.Truncate(value) && Math.Abs(value) <= int.MaxValue ? (int)value : null;
}
