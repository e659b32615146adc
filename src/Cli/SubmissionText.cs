using Interpret.Orchestrator.Http;
using Spectre.Console;

namespace Interpret.Cli;

/// <summary>Tells what became of a submission, to this machine's state or to a cluster.</summary>
internal static class SubmissionText
{
    private const int Named = 10;

    /// <summary>Tells of rows that cannot be used: the first ten, and how many there are.</summary>
    /// <returns>The exit code of a command that did without them.</returns>
    public static int TellRejected(IReadOnlyCollection<string> rows)
    {
        foreach (var row in rows.Take(Named))
            Screen.Error.MarkupLine($"[yellow]rejected:[/] {TerminalText.Escaped(row)}");
        if (rows.Count > Named)
            Screen.Error.MarkupLine($"[yellow]rejected:[/] {rows.Count - Named:N0} more rows; the last: {TerminalText.Escaped(rows.Last())}");
        return rows.Count > 0 ? ExitCodes.Parked : ExitCodes.Done;
    }

    /// <summary>Tells what was passed over without harm.</summary>
    public static void TellNotes(IEnumerable<string>? notes)
    {
        foreach (var note in notes ?? [])
            Screen.Error.MarkupLine($"[grey]note:[/] {TerminalText.Escaped(note)}");
    }

    /// <param name="submitted">What became of it.</param>
    /// <param name="models">Models of the study.</param>
    /// <param name="knownAlready">What follows where the same study was there already.</param>
    /// <returns>The exit code: whether rows were set aside.</returns>
    public static int Tell(SubmittedStudy submitted, int models, string knownAlready)
    {
        var code = TellRejected(submitted.Rejected);
        TellNotes(submitted.Notes);
        if (submitted.Unmarked is { Count: > 0 } unmarked)
        {
            var named = string.Join(", ", unmarked.Take(Named)) + (unmarked.Count > Named ? ", …" : "");
            Screen.Error.MarkupLine($"[yellow]no instruction marked:[/] {TerminalText.Escaped($"{unmarked.Count} prompts, left out of Tables 1 and 2: {named}")}");
        }

        Screen.Error.MarkupLine(TerminalText.Escaped(submitted.IsNew
            ? $"{submitted.Study}: {submitted.Prompts} prompts, {models} models, {submitted.Units} work units"
            : $"{submitted.Study}: known already, {knownAlready}"));
        if (submitted is { IsNew: true, Vocabulary: { } vocabulary })
            Screen.Error.MarkupLine(TerminalText.Escaped($"{submitted.Study}: {vocabulary}"));
        return code;
    }
}
