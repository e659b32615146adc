using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Datasets;

/// <summary>
/// Which sentences of a prompt are its instruction. The dataset marks them loosely, by parts of them; each mark is widened to the whole sentences of the
/// prompt that hold it (the original's annotate).
/// </summary>
internal static class InstructionSpans
{
    /// <summary>Different sentences that may be marked in a prompt; each is looked for in all of it.</summary>
    public const int MostMarks = 256;

    private const string Field = "instruction";
    private const string InputLabel = "Input:";
    private const string OutputLabel = "Output:";

    /// <summary>
    /// The distinct prompt sentences that hold the marked ones, in the order in which they are marked; never an empty one. They are quoted as the models
    /// read the prompt: without the white space around it.
    /// </summary>
    /// <remarks>The labels are no instruction: a leading "Input:" is cut off, "Output:" left out.</remarks>
    /// <returns>Or <c>span-not-in-prompt</c>: a marked sentence lies in no sentence of the prompt; <c>too-many-spans</c>.</returns>
    public static RowResult<IReadOnlyList<string>> Widen(IReadOnlyList<Mark> marked, string prompt)
    {
        var ranges = Sentences.Of(prompt);
        var characters = new CharacterPlaces(prompt);
        var marks = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < marked.Count; i++)
        {
            if (marked[i].Flaw(characters, ErrorClasses.SpanNotInPrompt, $"{Field}[{i}]") is { } outside) return outside;
            var parts = marked[i].Quote is { } quote ? Sentences.Of(quote).Select(range => quote[range])
                : Within(ranges, characters.Units(marked[i].Span)).Select(range => prompt[range]);
            foreach (var mark in parts)
            {
                if (mark != OutputLabel && marks.Add(mark) && marks.Count > MostMarks)
                    return new RowFlaw(ErrorClasses.TooManySpans, $"at most {MostMarks} marked sentences", "more", Field);
            }
        }

        List<string> sentences = ranges.ConvertAll(range => prompt[range]);
        var read = prompt.Trim();
        var (spans, known) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        var places = new SentencePlaces(sentences);
        foreach (var mark in marks) // in the order in which they were added
        {
            if (places.First(mark) is not { } at)
                return new RowFlaw(ErrorClasses.SpanNotInPrompt, "instruction spans that occur in the prompt", Quoted.Of(mark), Field);
            var sentence = sentences[at];
            if (read.Length < prompt.Length && sentence.Trim().Length < sentence.Length && LinearSearch.IndexOf(read, sentence) < 0) sentence = sentence.Trim();
            var span = sentence.StartsWith(InputLabel, StringComparison.Ordinal) ? sentence[InputLabel.Length..] : sentence;
            if (!string.IsNullOrWhiteSpace(span) && span != OutputLabel && known.Add(span)) spans.Add(span);
        }

        return spans;
    }

    /// <summary>The sentences that a part of the prompt touches.</summary>
    private static IEnumerable<Range> Within(List<Range> sentences, Range part)
    {
        var (low, high) = (0, sentences.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sentences[middle].End.Value <= part.Start.Value) low = middle + 1;
            else high = middle;
        }

        return sentences.Skip(low).TakeWhile(sentence => sentence.Start.Value < part.End.Value);
    }

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
