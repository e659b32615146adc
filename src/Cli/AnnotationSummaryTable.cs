using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli;

/// <summary>Shows how a study's annotation stands: a table of answers, calls, tokens and money by stage, and what is to be said beside it.</summary>
internal static class AnnotationSummaryTable
{
    private const int Listed = 10;

    public static void Write(AnnotationSummary summary)
    {
        Screen.Output.Write(Table(summary.Costs));
        foreach (var line in Notes(summary))
            Screen.Error.MarkupLine(TerminalText.Escaped(line));
    }

    private static Table Table(IReadOnlyList<AnnotationCost> costs)
    {
        var table = new Table().RoundedBorder().AddColumn("stage");
        foreach (var column in (string[])["answers", "calls", "tokens in", "of these cached", "tokens out", "US dollars"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var (stage, own) in costs.GroupBy(cost => cost.Stage).Select(group => (group.Key, group.ToList())).Append(("all", [.. costs])))
        {
            table.AddRow(
                stage, $"{own.Sum(c => c.Answers):N0}", $"{own.Sum(c => c.Calls):N0}", $"{own.Sum(c => c.InputTokens):N0}",
                    $"{own.Sum(c => c.CachedTokens):N0}", $"{own.Sum(c => c.OutputTokens):N0}",
                own.Exists(c => c.Usd is null) ? "price unknown" : $"{own.Sum(c => c.Usd):F4}");
        }

        return table;
    }

    private static IEnumerable<string> Notes(AnnotationSummary summary)
    {
        yield return $"{summary.Annotations:N0} annotations, {summary.Uninterpretable:N0} of them \"cannot tell\".";
        if (summary.Control > 0)
            yield return $"{summary.Control:N0} annotations of the control's directions; the table counts both.";
        if (summary.Costs.Sum(cost => cost.Estimated) is > 0 and var estimated)
            yield return $"{estimated:N0} calls came back without their tokens: these, and what they cost, are estimated from the characters.";
        foreach (var batch in summary.Batches)
        {
            yield return $"batch {batch.Id}, handed over {batch.SubmittedAt:yyyy-MM-dd HH:mm} UTC: "
                + (batch.Answered is { } answered ? $"{answered:N0} of {batch.Questions:N0} questions answered." : $"{batch.Questions:N0} questions, no answer yet.");
        }

        if (summary.Unknown.Count > 0)
        {
            yield return $"{summary.Unknown.Sum(label => label.Count):N0} labels are none of those offered, and count as none: "
                + string.Join(", ", summary.Unknown.Take(Listed).Select(label => $"\"{label.Label}\" ({label.Stage}, {label.Count:N0})"))
                    + (summary.Unknown.Count > Listed ? ", …" : ".");
        }
    }
}
