using Interpret.Contracts;
using System.Text.RegularExpressions;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>
/// Which sentences of a prompt are its instruction. The dataset marks them loosely (<c>span|||span&amp;&amp;&amp;context</c>);
/// each mark is widened to the whole sentences of the prompt that hold it (the original's annotate).
/// </summary>
internal static partial class InstructionSpans
{
    private const string ContextMark = "&&&";
    private const string InputLabel = "Input:";
    private const string OutputLabel = "Output:";

    /// <summary>The marked part and the context of the fourth column, cut at the first <c>&amp;&amp;&amp;</c>.</summary>
    public static (string Marked, string Context) Split(string field)
    {
        var at = field.IndexOf(ContextMark, StringComparison.Ordinal);
        return at < 0 ? (field, "") : (field[..at], field[(at + ContextMark.Length)..]);
    }

    /// <summary>The distinct prompt sentences that hold the marked ones, in the order in which they are marked; never an empty one.</summary>
    /// <remarks>The labels are no instruction: a leading "Input:" is cut off, "Output:" left out.</remarks>
    /// <exception cref="BadRowException"><c>span-not-in-prompt</c>: a marked sentence lies in no sentence of the prompt.</exception>
    public static IReadOnlyList<string> Widen(string marked, string prompt)
    {
        var sentences = prompt.Split('\n').SelectMany(Sentences).ToList();
        var spans = new List<string>();
        foreach (var mark in MarkBreak().Split(marked).SelectMany(Sentences))
        {
            if (string.IsNullOrWhiteSpace(mark) || mark == OutputLabel) continue;
            var sentence = sentences.Find(sentence => sentence.Contains(mark, StringComparison.Ordinal))
                ?? throw new BadRowException(ErrorClasses.SpanNotInPrompt, "instruction spans that occur in the prompt", $"\"{mark}\"");
            var span = sentence.StartsWith(InputLabel, StringComparison.Ordinal) ? sentence[InputLabel.Length..] : sentence;
            if (!string.IsNullOrWhiteSpace(span) && span != OutputLabel && !spans.Contains(span)) spans.Add(span);
        }

        return spans;
    }

    private static string[] Sentences(string line) => SentenceBreak().Split(line);

    [GeneratedRegex(@"(?<=[.!?:])\s+")]
    private static partial Regex SentenceBreak();

    [GeneratedRegex(@"\n|\|\|\|")]
    private static partial Regex MarkBreak();
}
