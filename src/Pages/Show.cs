using System.Globalization;
using Interpret.Contracts;

namespace Interpret.Pages;

/// <summary>Times, numbers and addresses as pages write them.</summary>
internal static class Show
{
    /// <summary>A length of time, in its two largest units.</summary>
    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Max(0, Math.Ceiling(seconds)));
        return time.TotalDays >= 1 ? $"{(int)time.TotalDays} d {time.Hours} h"
            : time.TotalHours >= 1 ? $"{time.Hours} h {time.Minutes} min"
            : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
            : $"{time.Seconds} s";
    }

    /// <summary>How long ago something was.</summary>
    /// <param name="milliseconds">Unix milliseconds; null: not known.</param>
    public static string Since(long? milliseconds, TimeProvider clock) =>
        milliseconds is { } at ? Duration((clock.GetUtcNow().ToUnixTimeMilliseconds() - at) / 1000.0) : "";

    /// <summary>A time, UTC.</summary>
    public static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The page of a study, or one below it.</summary>
    public static string Study(string study, string below = "") => $"/study/{Uri.EscapeDataString(study)}{below}";

    /// <summary>The page of a concept.</summary>
    public static string Concept(string study, string model, int layer, int rank) =>
        Study(study, string.Create(CultureInfo.InvariantCulture, $"/concept/{Uri.EscapeDataString(model)}/{layer}/{rank}"));

    /// <summary>The page of an attention head.</summary>
    public static string Head(string study, string model, int layer, int head) =>
        Study(study, string.Create(CultureInfo.InvariantCulture, $"/head/{Uri.EscapeDataString(model)}/{layer}/{head}"));

    /// <summary>A name in an address as it was before it was escaped: of a slash alone, routing leaves that to others.</summary>
    public static string Named(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public static string Percent(double share) => (100 * share).ToString("F2", CultureInfo.InvariantCulture) + "%";

    /// <summary>A study's health: a word, and a class of the style sheet.</summary>
    /// <param name="troubled">Whether something stands in its way.</param>
    public static (string Word, string Style) Health(StudyOverview study, bool troubled) =>
        study.Status == StudyStatus.Cancelled ? ("cancelled", "off")
        : troubled ? ("needs attention", "bad")
        : study.Ended && study.Progress.Parked > 0 ? ("ended, some parked", "warn")
        : study.Ended ? ("done", "good")
        : study.Progress.Parked > 0 ? ("running, some parked", "warn")
        : ("running", "busy");
}
