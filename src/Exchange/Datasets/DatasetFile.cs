using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Datasets;

/// <summary>A prompt of the dataset.</summary>
/// <param name="Row">Its line in the file, from 1; a header is line 1.</param>
/// <param name="Id">Unique in the file and usable as a file name.</param>
/// <param name="Prompt">What the models read; of a chat, the last user turn.</param>
/// <param name="Reference">The response that a person or a better model gave.</param>
/// <param name="Spans">The sentences of the prompt that are its instruction; none is empty.</param>
/// <param name="Context">What the instruction is about; may be empty.</param>
public sealed record DatasetPrompt(int Row, string Id, string Prompt, string Reference, IReadOnlyList<string> Spans, string Context)
{
    /// <summary>The chat that ends in the prompt; null: the prompt stands alone.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>The parts of the context that people marked as what the answer rests on; null: nobody did.</summary>
    public IReadOnlyList<CharacterSpan>? Evidence { get; init; }

    /// <summary>The id up to the first <c>_</c>, such as <c>lima</c>.</summary>
    public string Group => Id.Split('_')[0];
}

/// <summary>
/// A dataset: a table in the original's format (<see cref="DatasetTable"/>), an object a line (<see cref="DatasetJson"/>), told by its first character, or
/// the same objects as rows of a Parquet file (<see cref="ParquetRows"/>).
/// </summary>
/// <param name="Prompts">The usable rows, in file order.</param>
/// <param name="Rejected">The others, with the reason.</param>
public sealed record DatasetFile(IReadOnlyList<DatasetPrompt> Prompts, RejectedRows Rejected)
{
    /// <summary>Keys of its rows that mean nothing here.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <param name="path">The file, or <c>-</c> for standard input; may be gzip-compressed.</param>
    /// <exception cref="BadInputException">The file as a whole cannot be used: missing, damaged, or neither with the table's header nor of objects.</exception>
    public static DatasetFile Read(string path) =>
        ParquetRows.IsOne(path) ? ParquetRows.Within(path, DatasetJson.Keys, lines => DatasetJson.Read(path, lines)) : TableRows.Within(path, OfText(path));

    private static Func<TextLines, DatasetFile> OfText(string path) => lines =>
    {
        string? first = null;
        var any = lines.TryRead(out var line);
        if (any) first = line.Text;
        while (any && string.IsNullOrWhiteSpace(line.Text)) any = lines.TryRead(out line);
        if (!any || !DatasetJson.Begins(line.Text))
        {
            TableRows.RequireHeader(path, DatasetTable.Header, first, "an object of JSON a line");
            return DatasetTable.Read(lines);
        }

        lines.PutBack(line);
        return DatasetJson.Read(path, lines);
    };

    /// <summary>A dataset with a prompt or more.</summary>
    /// <param name="path">As <see cref="Read"/> takes it.</param>
    /// <exception cref="BadInputException">It cannot be read, or has no usable row (<c>dataset-empty</c>).</exception>
    public static DatasetFile ReadUsable(string path)
    {
        var dataset = Read(path);
        return dataset.Prompts.Count > 0 ? dataset
            : throw new BadInputException(
                ErrorClasses.DatasetEmpty, path, null, "at least one usable prompt", $"none, {dataset.Rejected.Count} rows rejected",
                dataset.Rejected is [var first, ..] ? first.ToString() : null);
    }

    /// <summary>The prompts of a dataset that is not to lack a row.</summary>
    /// <param name="path">As <see cref="Read"/> takes it.</param>
    /// <exception cref="BadInputException">It cannot be read, or a row of it was rejected.</exception>
    public static IReadOnlyList<DatasetPrompt> ReadWhole(string path)
    {
        var dataset = Read(path);
        return dataset.Rejected is [var first, ..] ? throw new BadInputException(first.ErrorClass, path, first.Place, first.Expected, first.Found)
            : dataset.Prompts;
    }
}
