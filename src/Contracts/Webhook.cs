namespace Interpret.Contracts;

/// <summary>How a study stands, as a webhook tells it.</summary>
public static class StudyCondition
{
    public const string Going = "going";

    /// <summary>Something stands in the way of what it still has to do, or its annotation is paused.</summary>
    public const string StandsStill = "stands-still";

    public const string Ended = "ended";

    /// <summary>It has ended, with units that are parked.</summary>
    public const string Failed = "failed";

    /// <summary>By the same rule as status: what that says of trouble and pauses is why it stands still.</summary>
    public static string Of(StudyOverview study) =>
        study.Status != StudyStatus.Cancelled && study.Paused is not null ? StandsStill
        : study.Ended ? study.Progress.Parked > 0 ? Failed : Ended
        : study.Trouble.Count > 0 ? StandsStill
        : Going;
}

/// <summary>What a webhook is sent, as JSON.</summary>
/// <param name="Id">Another for every notice, the same at every try to send it.</param>
/// <param name="Study">The study.</param>
/// <param name="Event">What happened: <c>ended</c>, <c>failed</c> or <c>stands-still</c>.</param>
/// <param name="At">When, Unix milliseconds.</param>
/// <param name="Status">Active or cancelled.</param>
/// <param name="Units">Its units, by status.</param>
/// <param name="Reason">Why, in words; null: there is no more to say.</param>
public sealed record WebhookNotice(
    string Id, string Study, string Event, long At, string Status, IReadOnlyDictionary<string, int> Units, string? Reason)
{
    /// <param name="now">Unix milliseconds.</param>
    public static WebhookNotice Of(StudyOverview study, string condition, long now) => new(
        Guid.NewGuid().ToString("N"), study.Study, condition, study.Ended && study.EndedAt is { } ended ? ended : now, study.Status,
        UnitStatus.All.ToDictionary(status => status, study.Progress.Of), condition switch
        {
            StudyCondition.StandsStill => string.Join("; ", study.Trouble.Prepend(study.Paused!).Where(said => said is not null)),
            StudyCondition.Failed => $"{study.Progress.Parked} units are parked: `interpret failures {study.Study}` lists them",
            _ => null,
        });
}
