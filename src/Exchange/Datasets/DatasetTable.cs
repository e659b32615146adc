using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>A dataset in the original's format: <c>ID Prompt Response Instruct&amp;Context</c>, tab-separated.</summary>
internal static class DatasetTable
{
    private const string MarkBreak = "|||";
    private const string ContextMark = "&&&";

    public static IReadOnlyList<string> Header { get; } = ["ID", "Prompt", "Response", "Instruct&Context"];

    /// <summary>The rows below the header.</summary>
    public static DatasetFile Read(TextLines lines)
    {
        var rules = new DatasetRules();
        var (prompts, rejected) = TableRows.Rest(
            lines, line => line.Text.Length == 0, line => TableRows.Row(line, Header.Count, (row, fields) => Prompt(rules, row, fields)));
        return new DatasetFile(prompts, rejected);
    }

    private static RowResult<DatasetPrompt> Prompt(DatasetRules rules, int row, string[] fields)
    {
        var (marked, context) = Split(fields[3]);
        var prompt = rules.Prompt(new DatasetRow(row, fields[0], fields[1], fields[2])
        {
            Instruction = Array.ConvertAll(marked.Split(MarkBreak), Mark.Quoting),
            Context = context,
        });
        return prompt.Flaw is { } flaw ? flaw with { Field = null } : prompt; // its columns have other names than the fields
    }

    /// <summary>The marked part and the context of the fourth column, cut at the first <c>&amp;&amp;&amp;</c>.</summary>
    private static (string Marked, string Context) Split(string field)
    {
        var at = field.IndexOf(ContextMark, StringComparison.Ordinal);
        return at < 0 ? (field, "") : (field[..at], field[(at + ContextMark.Length)..]);
    }
}
