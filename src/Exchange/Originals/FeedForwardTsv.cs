using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Originals;

/// <summary>A concept in the original's table.</summary>
/// <param name="Model">The model's name, e.g. <c>vicuna</c>.</param>
/// <param name="Size">Its size, e.g. <c>7B</c>; may be empty.</param>
/// <param name="Layer">From 0.</param>
/// <param name="Rank">Place by descending explained variance, from 1.</param>
/// <param name="Score">Share of the layer's variance that the direction explains; four decimals in a file.</param>
/// <param name="Words">Words by descending absolute projection; may be empty.</param>
public sealed record ConceptLine(string Model, string Size, int Layer, int Rank, double Score, IReadOnlyList<string> Words) : ITsvRow
{
    int ITsvRow.Head => 0;
}

/// <summary>The original's table of feed-forward concepts (run_linear_explain.py): <c>Model Size Layer Type Head Rank Score TopK</c>.</summary>
public static class FeedForwardTsv
{
    private const string Header = "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK";
    internal const string Type = "FFN";
    internal const string Head = "0";

    /// <summary>Streams the rows of a table.</summary>
    /// <param name="parts">Its files, in order.</param>
    /// <param name="rejected">Is told of each row that cannot be used, by file and row; the rest is read.</param>
    /// <exception cref="BadInputException"><c>wrong-header</c> or <c>input-damaged</c>.</exception>
    public static IEnumerable<ConceptLine> Read(IEnumerable<InputFile> parts, Action<BadInputException> rejected) =>
        OriginalTsv.Read(parts, Header, rejected, fields =>
    {
        fields.Require("Type", 3, Type);
        fields.Require("Head", 4, Head);
        return new ConceptLine(
            fields.Model(0), fields[1], fields.Whole("Layer", 2, 0), fields.Whole("Rank", 5, 1), fields.Score(6),
            fields.Flaw is null ? OriginalTsv.Words(fields[7]) : []);
    });

    /// <summary>Writes the table with its header, byte for byte as the original does.</summary>
    public static void Write(TextWriter writer, IEnumerable<ConceptLine> lines)
    {
        writer.Write(Header + "\n");
        foreach (var line in lines)
            writer.Write(
                $"{line.Model}\t{line.Size}\t{line.Layer}\t{Type}\t{Head}\t{line.Rank}\t{OriginalTsv.Score(line.Score)}\t{OriginalTsv.Joined(line.Words)}\n");
    }
}
