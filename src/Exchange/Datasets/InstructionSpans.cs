using System.Text.RegularExpressions;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>
/// Which sentences of a prompt are its instruction. The dataset marks them loosely (<c>span|||span&amp;&amp;&amp;context</c>);
/// each mark is widened to the whole sentences of the prompt that hold it (the original's annotate).
/// </summary>
internal static partial class InstructionSpans
{
    /// <summary>Different sentences that may be marked in a prompt; each is looked for in all of it.</summary>
    public const int MostMarks = 256;

    private const string ContextMark = "&&&";
    private const string InputLabel = "Input:";
    private const string OutputLabel = "Output:";

    /// <summary>The marked part and the context of the fourth column, cut at the first <c>&amp;&amp;&amp;</c>.</summary>
    public static (string Marked, string Context) Split(string field)
    {
        var at = field.IndexOf(ContextMark, StringComparison.Ordinal);
        return at < 0 ? (field, "") : (field[..at], field[(at + ContextMark.Length)..]);
    }

    /// <summary>
    /// The distinct prompt sentences that hold the marked ones, in the order in which they are marked; never an empty one. They are quoted as the models
    /// read the prompt: without the white space around it.
    /// </summary>
    /// <remarks>The labels are no instruction: a leading "Input:" is cut off, "Output:" left out.</remarks>
    /// <returns>Or <c>span-not-in-prompt</c>: a marked sentence lies in no sentence of the prompt; <c>too-many-spans</c>.</returns>
    public static RowResult<IReadOnlyList<string>> Widen(string marked, string prompt)
    {
        var marks = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mark in MarkBreak().Split(marked).SelectMany(Sentences))
        {
            if (!string.IsNullOrWhiteSpace(mark) && mark != OutputLabel && marks.Add(mark) && marks.Count > MostMarks)
                return new RowFlaw(ErrorClasses.TooManySpans, $"at most {MostMarks} marked sentences", "more");
        }

        var read = prompt.Trim();
        List<string> sentences = [.. prompt.Split('\n').SelectMany(Sentences)];
        var (spans, known) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        var places = new SentencePlaces(sentences);
        foreach (var mark in marks) // in the order in which they were added
        {
            if (places.First(mark) is not { } at)
                return new RowFlaw(ErrorClasses.SpanNotInPrompt, "instruction spans that occur in the prompt", Quoted.Of(mark));
            var sentence = sentences[at];
            if (read.Length < prompt.Length && sentence.Trim().Length < sentence.Length && LinearSearch.IndexOf(read, sentence) < 0) sentence = sentence.Trim();
            var span = sentence.StartsWith(InputLabel, StringComparison.Ordinal) ? sentence[InputLabel.Length..] : sentence;
            if (!string.IsNullOrWhiteSpace(span) && span != OutputLabel && known.Add(span)) spans.Add(span);
        }

        return spans;
    }

    private static string[] Sentences(string line) => SentenceBreak().Split(line);

    [GeneratedRegex(@"(?<=[.!?:])\s+")]
    private static partial Regex SentenceBreak();

    [GeneratedRegex(@"\n|\|\|\|")]
    private static partial Regex MarkBreak();

    /// <summary>Finds the first sentence that holds a text, in time proportional to the length of both, whatever letters repeat in them.</summary>
    private sealed class SentencePlaces
    {
        private readonly string joined;
        private readonly List<int> starts = [];

        /// <param name="sentences">None holds a line end.</param>
        public SentencePlaces(IReadOnlyList<string> sentences)
        {
            var start = 0;
            foreach (var sentence in sentences)
            {
                starts.Add(start);
                start += sentence.Length + 1;
            }

            joined = string.Join('\n', sentences);
        }

        public int? First(string text)
        {
            var at = LinearSearch.IndexOf(joined, text);
            if (at < 0) return null;
            var place = starts.BinarySearch(at);
            return place < 0 ? ~place - 1 : place;
        }
    }
}
