using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Originals;

/// <summary>A neuron pair of an attention head in the original's table.</summary>
/// <param name="Model">The model's name, e.g. <c>vicuna</c>.</param>
/// <param name="Size">Its size, e.g. <c>7B</c>; may be empty.</param>
/// <param name="Layer">From 0.</param>
/// <param name="Head">From 0.</param>
/// <param name="Dim">The neuron pair's index in the head.</param>
/// <param name="Rank">Place among the head's neuron pairs by descending score, from 1.</param>
/// <param name="Score">N, squared activations summed over the vocabulary; four decimals in a file.</param>
/// <param name="Pairs">The related words by descending cosine; may be empty.</param>
public sealed record PatternLine(
    string Model, string Size, int Layer, int Head, int Dim, int Rank, double Score, IReadOnlyList<(string Key, string Query)> Pairs) : ITsvRow;

/// <summary>
/// The original's table of attention patterns (run_bilinear_explain.py): <c>Model Size Layer Type Head Dim Rank Score TopK</c>. A pair is
/// written <c>key=query</c>.
/// </summary>
public static class AttentionTsv
{
    private const string Header = "Model\tSize\tLayer\tType\tHead\tDim\tRank\tScore\tTopK";
    private const string Type = "QK";
    private const char Equal = '=';

    /// <summary>Streams the rows of a table.</summary>
    /// <param name="parts">Its files, in order.</param>
    /// <param name="rejected">Is told of each row that cannot be used, by file and row; the rest is read.</param>
    /// <exception cref="BadInputException"><c>wrong-header</c> or <c>input-damaged</c>.</exception>
    public static IEnumerable<PatternLine> Read(IEnumerable<InputFile> parts, Action<BadInputException> rejected) =>
        OriginalTsv.Read(parts, Header, rejected, fields =>
    {
        fields.Require("Type", 3, Type);
        return new PatternLine(
            fields.Model(0), fields[1], fields.Whole("Layer", 2, 0), fields.Whole("Head", 4, 0), fields.Whole("Dim", 5, 0), fields.Whole("Rank", 6, 1),
            fields.Score(7), Pairs(fields));
    });

    private static List<(string Key, string Query)> Pairs(TsvFields fields)
    {
        if (fields.Flaw is not null) return [];
        var pairs = new List<(string Key, string Query)>();
        foreach (var text in OriginalTsv.Words(fields[8], IsPair))
        {
            if (SignAt(text) is > 0 and var at) pairs.Add((text[..at], text[(at + 1)..]));
            else fields.Refuse(ErrorClasses.BadPair, "pairs of two words with \"=\" between them", Quoted.Of(text));
        }

        return pairs;
    }

    /// <summary>
    /// Writes the table with its header, byte for byte as the original does: without the pairs whose text, cut at every <c>=</c>, is not
    /// exactly two different strings. Those are pairs of a word with itself and most pairs in which a word holds <c>=</c>.
    /// </summary>
    public static void Write(TextWriter writer, IEnumerable<PatternLine> lines)
    {
        writer.Write(Header + "\n");
        foreach (var line in lines)
        {
            var pairs = OriginalTsv.Joined(line.Pairs.Select(pair => PairText.Of(pair.Key, pair.Query)).OfType<string>(), IsPair);
            writer.Write($"{line.Model}\t{line.Size}\t{line.Layer}\t{Type}\t{line.Head}\t{line.Dim}\t{line.Rank}\t{OriginalTsv.Score(line.Score)}\t{pairs}\n");
        }
    }

    private static bool IsPair(ReadOnlySpan<char> text) => SignAt(text) > 0;

    /// <summary>
    /// Where the words of a pair part; -1 where they cannot. Of several signs together all but one belong to a word, which is taken to hold
    /// nothing else: <c>wait===</c> is "wait" and "==".
    /// </summary>
    private static int SignAt(ReadOnlySpan<char> text)
    {
        var (first, last) = (text.IndexOf(Equal), text.LastIndexOf(Equal));
        if (first == last) return first > 0 && first < text.Length - 1 ? first : -1;
        if (!PairText.IsWritten(text)) return -1;
        var leading = text.Length - text.TrimStart(Equal).Length;
        var trailing = text.Length - text.TrimEnd(Equal).Length;
        var at = leading > 1 ? leading - 1 : trailing > 1 ? text.Length - trailing : text[1..].IndexOf(Equal) + 1;
        return at < text.Length - 1 ? at : -1;
    }
}
