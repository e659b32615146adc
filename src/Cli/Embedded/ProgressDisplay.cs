using System.Diagnostics;
using Interpret.Contracts;
using Spectre.Console;

namespace Interpret.Cli.Embedded;

/// <summary>Shows how far a study is: a live bar per model on a terminal, a plain line now and then elsewhere.</summary>
public static class ProgressDisplay
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    public static Task<StudyProgress> FollowAsync(Func<Task<StudyProgress>> read, CancellationToken cancel) =>
        Console.IsErrorRedirected ? PlainAsync(read, cancel) : LiveAsync(read, cancel);

    private static async Task<StudyProgress> PlainAsync(Func<Task<StudyProgress>> read, CancellationToken cancel)
    {
        var started = Stopwatch.StartNew();
        var (next, before) = (TimeSpan.Zero, -1);
        StudyProgress? first = null;
        while (true)
        {
            var progress = await read();
            first ??= progress;
            var ended = progress.Done + progress.Parked;
            if (progress.IsEnded || (started.Elapsed >= next && ended != before))
            {
                await Console.Error.WriteLineAsync(TerminalText.Plain(Line(first, progress, started.Elapsed)));
                (next, before) = (started.Elapsed + LineInterval, ended);
            }

            if (progress.IsEnded)
                return progress;
            await Task.Delay(RefreshInterval, cancel);
        }
    }

    private static string Line(StudyProgress first, StudyProgress progress, TimeSpan elapsed)
    {
        var ended = progress.Done + progress.Parked;
        var worked = progress.Counts.Sum(count => count.Seconds) - first.Counts.Sum(count => count.Seconds);
        var eta = RemainingTime.Of(progress.Counts, worked, elapsed.TotalSeconds) is > 0 and var left ? $", about {TimeSpan.FromSeconds(Math.Ceiling(left))} left" : "";
        return $"{progress.Study}: {ended}/{progress.Total} units{(progress.Parked > 0 ? $", {progress.Parked} parked" : "")}, {elapsed.TotalSeconds:F0} s{eta}";
    }

    private static Task<StudyProgress> LiveAsync(Func<Task<StudyProgress>> read, CancellationToken cancel) =>
        Screen.Error.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async display =>
            {
                var bars = new Dictionary<(string, string), ProgressTask>();
                while (true)
                {
                    var progress = await read();
                    foreach (var group in progress.Counts.Where(c => c.Model.Length > 0).GroupBy(c => (c.Stage, c.Model)))
                    {
                        if (!bars.TryGetValue(group.Key, out var bar))
                            bars[group.Key] = bar = display.AddTask(TerminalText.Escaped($"{group.Key.Model}: {group.Key.Stage}"));
                        bar.MaxValue = group.Sum(c => c.Count);
                        bar.Value = group.Where(c => c.Status is UnitStatus.Done or UnitStatus.Parked).Sum(c => c.Count);
                    }

                    if (progress.IsEnded)
                        return progress;
                    await Task.Delay(RefreshInterval, cancel);
                }
            });
}
