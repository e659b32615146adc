using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>A prompt of the dataset.</summary>
/// <param name="Row">Its line in the file; the header is line 1.</param>
/// <param name="Id">Unique in the file and usable as a file name.</param>
/// <param name="Prompt">What the models read.</param>
/// <param name="Reference">The response that a person or a better model gave.</param>
/// <param name="Spans">The sentences of the prompt that are its instruction; none is empty.</param>
/// <param name="Context">What the instruction is about; may be empty.</param>
public sealed record DatasetPrompt(int Row, string Id, string Prompt, string Reference, IReadOnlyList<string> Spans, string Context)
{
    /// <summary>The id up to the first <c>_</c>, such as <c>lima</c>.</summary>
    public string Group => Id.Split('_')[0];
}

/// <summary>A dataset in the original's format: <c>ID Prompt Response Instruct&amp;Context</c>, tab-separated.</summary>
/// <param name="Prompts">The usable rows, in file order.</param>
/// <param name="Rejected">The others, with the reason.</param>
public sealed record DatasetFile(IReadOnlyList<DatasetPrompt> Prompts, RejectedRows Rejected)
{
    private static readonly string[] Header = ["ID", "Prompt", "Response", "Instruct&Context"];

    /// <param name="path">The file, or <c>-</c> for standard input; may be gzip-compressed.</param>
    /// <exception cref="BadInputException">The file as a whole cannot be used: missing, damaged or with another header.</exception>
    public static DatasetFile Read(string path)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var (prompts, rejected) = TableRows.Read(path, Header, RowResult<DatasetPrompt> (row, fields) =>
        {
            var (id, prompt) = (fields[0].Trim(), fields[1]);
            if (CaseId.Flaw(id) is { } flaw) return new RowFlaw(ErrorClasses.BadId, "an id usable as a file name", flaw);
            if (string.IsNullOrWhiteSpace(prompt)) return new RowFlaw(ErrorClasses.EmptyPrompt, "a prompt", "none");
            var (marked, context) = InstructionSpans.Split(fields[3]);
            var spans = InstructionSpans.Widen(marked, prompt);
            if (spans.Flaw is { } unfit) return unfit;
            if (!ids.Add(id)) return new RowFlaw(ErrorClasses.DuplicateId, "an id of its own", $"{Quoted.Of(id)} again");
            return new DatasetPrompt(row, id, prompt, fields[2], spans.Value!, context);
        });
        return new DatasetFile(prompts, rejected);
    }

    /// <summary>The prompts of a dataset that is not to lack a row.</summary>
    /// <param name="path">As <see cref="Read"/> takes it.</param>
    /// <exception cref="BadInputException">It cannot be read, or a row of it was rejected.</exception>
    public static IReadOnlyList<DatasetPrompt> ReadWhole(string path)
    {
        var dataset = Read(path);
        return dataset.Rejected is [var first, ..] ? throw new BadInputException(first.ErrorClass, path, $"row {first.Row}", first.Expected, first.Found)
            : dataset.Prompts;
    }
}
