using Interpret.Orchestrator.Http;
using Spectre.Console;

namespace Interpret.Cli;

/// <summary>Tells what became of a submission, to this machine's state or to a cluster.</summary>
internal static class SubmissionText
{
    private const int Named = 10;

    /// <param name="submitted">What became of it.</param>
    /// <param name="models">Models of the study.</param>
    /// <param name="knownAlready">What follows where the same study was there already.</param>
    public static void Tell(SubmittedStudy submitted, int models, string knownAlready)
    {
        foreach (var row in submitted.Rejected)
            Screen.Error.MarkupLine($"[yellow]rejected:[/] {Markup.Escape(row)}");
        if (submitted.Unmarked is { Count: > 0 } unmarked)
        {
            var named = string.Join(", ", unmarked.Take(Named)) + (unmarked.Count > Named ? ", …" : "");
            Screen.Error.MarkupLine($"[yellow]no instruction marked:[/] {Markup.Escape($"{unmarked.Count} prompts, left out of Tables 1 and 2: {named}")}");
        }

        Screen.Error.MarkupLine(Markup.Escape(submitted.IsNew
            ? $"{submitted.Study}: {submitted.Prompts} prompts, {models} models, {submitted.Units} work units"
            : $"{submitted.Study}: known already, {knownAlready}"));
        if (submitted is { IsNew: true, Vocabulary: { } vocabulary })
            Screen.Error.MarkupLine(Markup.Escape($"{submitted.Study}: {vocabulary}"));
    }
}
