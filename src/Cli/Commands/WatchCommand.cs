using System.CommandLine;
using System.Diagnostics;
using Interpret.Cli.Clients;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret watch STUDY</c>.</summary>
public static class WatchCommand
{
    /// <summary>A server may be away for so long while it is watched: it is being restarted.</summary>
    private static readonly TimeSpan UnreachableTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var command = new Command("watch", "Follows a study until it has ended.") { study };
        command.SetAction(
            async (parsed, cancel) => await FollowAsync(await StudyClient.OpenAsync(parsed, parsed.GetValue(study), cancel), parsed.GetValue(study)!, cancel));
        return command;
    }

    /// <returns>The exit code: whether units were set aside or cancelled.</returns>
    public static async Task<int> FollowAsync(StudyClient client, string study, CancellationToken cancel)
    {
        return await EndAsync(client, study, await ProgressAsync(client, study, null, cancel), "", cancel);
    }

    /// <summary>Says what is left to do about a study whose units have ended.</summary>
    /// <param name="cancelledToo">What else there is to say of cancelled units.</param>
    /// <returns>The exit code: whether units were set aside or cancelled.</returns>
    public static async Task<int> EndAsync(StudyClient client, string study, StudyProgress progress, string cancelledToo, CancellationToken cancel)
    {
        TellParked(progress, study);
        if (progress.Cancelled > 0)
            Screen.Error.MarkupLine(
                $"[yellow]{progress.Cancelled} units cancelled[/]{cancelledToo}; [bold]interpret resume {TerminalText.Escaped(study)}[/] goes on.");
        await TellPausedAsync(client, study, cancel);
        return progress.Parked + progress.Cancelled == 0 ? ExitCodes.Done : ExitCodes.Parked;
    }

    public static void TellParked(StudyProgress progress, string study)
    {
        if (progress.Parked > 0)
            Screen.Error.MarkupLine($"[yellow]{progress.Parked} units parked[/]; see [bold]interpret failures {TerminalText.Escaped(study)}[/].");
    }

    /// <summary>Says why annotation passes stand still, where they do.</summary>
    public static async Task TellPausedAsync(StudyClient client, string study, CancellationToken cancel)
    {
        if ((await client.OverviewsAsync(study, cancel))[0].Paused is { } reason)
            Screen.Error.MarkupLine($"[red]annotation stands still:[/] {TerminalText.Escaped(reason)}.");
    }

    /// <summary>Shows a study's progress until it has ended.</summary>
    /// <param name="stage">Of this stage alone; null: of all.</param>
    public static Task<StudyProgress> ProgressAsync(StudyClient client, string study, string? stage, CancellationToken cancel) =>
        ProgressDisplay.FollowAsync(
            async () =>
            {
                var progress = await ReadAsync(client, study, cancel);
                return progress with { Counts = [.. progress.Counts.Where(count => stage is null || count.Stage == stage)] };
            },
            cancel);

    private static async Task<StudyProgress> ReadAsync(StudyClient client, string study, CancellationToken cancel)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(Pause, cancel))
        {
            try
            {
                return (await client.OverviewsAsync(study, cancel))[0].Progress;
            }
            catch (ServiceException e) when (e.ExitCode == ExitCodes.Unreachable && since.Elapsed < UnreachableTimeout)
            {
                Screen.Error.MarkupLine($"[yellow]waiting:[/] {TerminalText.Escaped(e.Message)}");
            }
        }
    }
}
