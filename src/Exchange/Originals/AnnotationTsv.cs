using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Originals;

/// <summary>A concept with what a chat model said of it, in one of the original's three tables of a pass.</summary>
/// <param name="Model">The model's name, e.g. <c>vicuna</c>.</param>
/// <param name="Size">Its size, e.g. <c>7B</c>; may be empty.</param>
/// <param name="Layer">From 0.</param>
/// <param name="Rank">The concept's rank, from 1.</param>
/// <param name="Score">Share of the layer's variance; four decimals in a file.</param>
/// <param name="TopK">The concept's words as files hold them, see <see cref="AnnotationTsv.TopK"/>.</param>
/// <param name="Interpretable">False when the summary is "cannot tell".</param>
/// <param name="Summary">The summary.</param>
/// <param name="Label">The answer to the table's question; empty in the table of summaries.</param>
public sealed record AnnotationLine(
    string Model, string Size, int Layer, int Rank, double Score, string TopK, bool Interpretable, string Summary, string Label) : ITsvRow
{
    int ITsvRow.Head => 0;
}

/// <summary>
/// The original's tables of annotations (run_chatgpt_annotate.py), three a pass. Summaries, of all concepts: <c>Explainable Tokens Summary</c>, then the
/// columns of the concept. Task labels and linguistic labels, of interpretable concepts only: <c>Task</c> or <c>Concept</c>, then the columns of the summaries.
/// </summary>
public static class AnnotationTsv
{
    /// <summary>Words of a concept that the original shows the chat model.</summary>
    public const int WordsShown = 15;

    private const string Concept = "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK";
    private const string Summary = "Explainable\tTokens\tSummary\t" + Concept;
    private const string CannotTell = "cannot tell";

    /// <summary>The questions and the headers of their tables, in the order in which they are asked.</summary>
    private static readonly (string Stage, string Header)[] Tables =
        [(Stages.Summary, Summary), (Stages.TaskLabel, $"Task\t{Summary}"), (Stages.LinguisticLabel, $"Concept\t{Summary}")];

    /// <summary>Which question a file's rows answer, by its header: <c>summary</c>, <c>task-label</c> or <c>linguistic-label</c>.</summary>
    /// <exception cref="BadInputException"><c>wrong-header</c>: none; <c>input-damaged</c>.</exception>
    public static string StageOf(InputFile file)
    {
        var header = TsvLines.Of([file]).FirstOrDefault().Text;
        return Tables.FirstOrDefault(table => table.Header == header).Stage
            ?? throw new BadInputException(
                ErrorClasses.WrongHeader, file.Name, "row 1", string.Join(" or ", Tables.Select(table => TableRows.Shown(table.Header))), header is null ? "no text"
                : TableRows.Beginning(header));
    }

    /// <summary>Streams the rows of a table.</summary>
    /// <param name="stage">The question that it answers.</param>
    /// <param name="parts">Its files, in order.</param>
    /// <param name="rejected">Is told of each row that cannot be used, by file and row; the rest is read.</param>
    /// <param name="check">Sees each row first, and may say why it is not to be used.</param>
    /// <exception cref="BadInputException"><c>wrong-header</c> or <c>input-damaged</c>.</exception>
    public static IEnumerable<AnnotationLine> Read(
        string stage, IEnumerable<InputFile> parts, Action<BadInputException> rejected, Func<AnnotationLine, RowFlaw?> check) =>
        OriginalTsv.Read(
            parts, Header(stage), rejected,
            fields =>
            {
                var own = stage == Stages.Summary ? 0 : 1; // the label's column comes first
                var (label, explainable, summary) = (own == 0 ? "" : fields[0], fields[own], fields[own + 2]);
                var concept = own + 3;
                fields.Require("Type", concept + 3, FeedForwardTsv.Type);
                fields.Require("Head", concept + 4, FeedForwardTsv.Head);
                fields.Require("Explainable", own, summary.Contains(CannotTell, StringComparison.OrdinalIgnoreCase) ? "0" : "1");
                if (stage != Stages.Summary && explainable == "0")
                    fields.Refuse(ErrorClasses.NotInterpretable, "a label of a concept that has a summary", $"one of {Quoted.Of(summary)}");
                return new AnnotationLine(
                    fields.Model(concept), fields[concept + 1], fields.Whole("Layer", concept + 2, 0), fields.Whole("Rank", concept + 5, 1),
                    fields.Score(concept + 6), fields[concept + 7], explainable == "1", summary, label);
            },
            check);

    /// <summary>Writes a table with its header, byte for byte as the original does.</summary>
    /// <param name="stage">The question that it answers.</param>
    /// <param name="words">Words of a concept that the chat model was shown.</param>
    /// <param name="lines">The rows; line ends and tabs in answers are dropped, as the original drops them.</param>
    public static void Write(TextWriter writer, string stage, int words, IEnumerable<AnnotationLine> lines)
    {
        writer.Write(Header(stage) + "\n");
        foreach (var line in lines)
        {
            if (stage != Stages.Summary) writer.Write($"{OneLine(line.Label)}\t");
            var shown = string.Join(", ", line.TopK.Split("|||").Take(words));
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{(line.Interpretable ? 1 : 0)}\tWords: {shown}.\t{OneLine(line.Summary)}\t{line.Model}\t{line.Size}\t{line.Layer}\t{FeedForwardTsv.Type}\t{FeedForwardTsv.Head}\t{line.Rank}\t{OriginalTsv.Score(line.Score)}\t{line.TopK}\n"));
        }
    }

    /// <summary>A concept's words as files hold them.</summary>
    public static string TopK(IEnumerable<string> words) => OriginalTsv.Joined(words);

    /// <summary>An answer as files hold it.</summary>
    public static string OneLine(string answer) => answer.Replace("\r", "").Replace("\n", "").Replace("\t", "");

    private static string Header(string stage) => Tables.Single(table => table.Stage == stage).Header;
}
