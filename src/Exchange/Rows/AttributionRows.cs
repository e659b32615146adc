using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Models.Tokenizers;
using Interpret.Storage;

namespace Interpret.Exchange.Rows;

/// <summary>
/// Turns explanations into rows, those of the original's files as well: what a report needs of them (density, instruction mask, score) is computed
/// here, once, beside the model's tokenizer.
/// </summary>
public static class AttributionRows
{
    private const string Imported = "imported";

    /// <summary>The row of a prompt that a model of this process explained.</summary>
    /// <param name="prompt">Its id.</param>
    public static AttributionRow From(string study, string model, string prompt, InputExplanation explanation) => new()
    {
        StudyId = study,
        Model = model,
        PromptId = prompt,
        Input = [.. explanation.Input],
        Output = [.. explanation.Output],
        Response = StorableText.Of(explanation.Response),
        Generated = explanation.Generated,
        Scores = Bytes(explanation.Scores),
        Confidences = Bytes(explanation.Confidences),
        Density = Bytes(explanation.Density),
        InstructionMask = Bytes(explanation.InstructionMask),
        Rendered = explanation.Rendered is { } rendered ? StorableText.Of(rendered) : null,
        TemplateMask = explanation.IsTemplate is { } template ? Bytes(template) : null,
        Score = explanation.Score,
        InputTokens = explanation.Input.Count,
        OutputTokens = explanation.Output.Count,
        Mode = explanation.Mode.ToString().ToLowerInvariant(),
    };

    /// <summary>The rows of the other methods and targets that a case was explained by.</summary>
    /// <param name="row">The case's own.</param>
    /// <param name="scores">Their scores.</param>
    public static IReadOnlyList<AttributionScoresRow> Others(AttributionRow row, IReadOnlyList<MethodScores> scores) => [.. scores.Select(
        other => new AttributionScoresRow
        {
            StudyId = row.StudyId,
            Model = row.Model,
            PromptId = row.PromptId,
            Method = other.Method,
            Target = other.Target,
            Scores = Bytes(other.Scores),
            Values = Bytes(other.Values),
            CompletenessError = other.CompletenessError,
        })];

    /// <summary>What another model holds likeliest in the places of a row's response.</summary>
    /// <param name="row">The row.</param>
    /// <param name="other">The other model.</param>
    /// <param name="tokens">What it said.</param>
    public static ContrastTokensRow Contrasts(AttributionRow row, string other, ContrastTokens tokens) => new()
    {
        StudyId = row.StudyId,
        Model = row.Model,
        PromptId = row.PromptId,
        Other = other,
        Read = Bytes(tokens.Read),
        Tokens = Bytes(tokens.Ids),
        Pieces = [.. tokens.Pieces],
    };

    /// <summary>The same, back.</summary>
    public static ContrastTokens Contrasts(ContrastTokensRow row) =>
        new(MemoryMarshal.Cast<byte, int>(row.Read).ToArray(), MemoryMarshal.Cast<byte, int>(row.Tokens).ToArray(), row.Pieces);

    /// <summary>What becomes of a row's case as the tokens of its rankings go and come.</summary>
    public static IReadOnlyList<FaithfulnessRow> Faithfulness(AttributionRow row, IReadOnlyList<FaithfulnessCurves> curves) => [.. curves.Select(
        one => new FaithfulnessRow
        {
            StudyId = row.StudyId,
            Model = row.Model,
            PromptId = row.PromptId,
            Ranking = one.Ranking,
            Deletion = Bytes(one.Deletion),
            Insertion = Bytes(one.Insertion),
            SoftDeletion = one.SoftDeletion,
            SoftInsertion = one.SoftInsertion,
        })];

    /// <summary>The row of a case from the original's files.</summary>
    /// <param name="source">The file that it comes from, for messages.</param>
    /// <exception cref="BadInputException">The file's tokens are not those of the dataset's prompt.</exception>
    public static AttributionRow From(
        string study, string model, PromptRow prompt, PublishedAttribution published, string source, ITokenizer tokenizer, DensitySettings settings)
    {
        var text = prompt.Text.Trim();
        var expected = tokenizer.EncodeToIds(text).Select(tokenizer.Piece).ToArray();
        if (!expected.SequenceEqual(published.Input))
        {
            var at = expected.Zip(published.Input).TakeWhile(pair => pair.First == pair.Second).Count();
            throw new BadInputException(
                ErrorClasses.TokensDiffer, source, $"input token {at}", At(expected, at) + ", the dataset's prompt tokenised", At(published.Input, at),
                "Dataset and tokenizer must be those that the file was made with");
        }

        var mask = InstructionMask.Of(text, prompt.Spans, tokenizer);
        var density = ImportanceDensity.Of(published.Scores, published.Rows, published.Columns, settings);
        return new AttributionRow
        {
            StudyId = study,
            Model = model,
            PromptId = prompt.Id,
            Input = [.. published.Input],
            Output = [.. published.Output],
            Response = tokenizer.Decode(published.Output.Select(piece => tokenizer.TryGetId(piece, out var id) ? id : tokenizer.UnkId)),
            Generated = true,
            Scores = Bytes(published.Scores),
            Confidences = [],
            Density = Bytes(density),
            InstructionMask = Bytes(mask),
            Score = InstructionScore.Of(density, mask),
            InputTokens = published.Rows,
            OutputTokens = published.Columns,
            Mode = Imported,
        };

        static string At(IReadOnlyList<string> pieces, int i) => i < pieces.Count ? $"'{Quoted.Beginning(pieces[i])}'" : "the end";
    }

    /// <summary>A row as the original's files hold it.</summary>
    public static PublishedAttribution ToPublished(AttributionRow row, string reference) =>
        new(row.PromptId, row.Input, row.Output, reference, MemoryMarshal.Cast<byte, float>(row.Scores).ToArray());

    private static byte[] Bytes(bool[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] Bytes(IReadOnlyList<int> values) => MemoryMarshal.AsBytes<int>(values.ToArray()).ToArray();

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
