namespace Interpret.Storage;

/// <summary>A named access token of a server. The token itself was shown once and is nowhere kept.</summary>
public sealed class AccessTokenRow
{
    /// <summary>Its name; never given to another, so that the audit log means one holder by it.</summary>
    public required string Name { get; set; }

    /// <summary>What its holder may do: a name of <c>AccessRole</c>.</summary>
    public required string Role { get; set; }

    /// <summary>SHA-256 of the token. It is random and long: nothing is gained by a slower hash.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long CreatedAt { get; set; }

    /// <summary>Who made it, as the audit log calls them.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>Unix milliseconds, to the hour; null: never used.</summary>
    public long? LastUsedAt { get; set; }

    /// <summary>Unix milliseconds; null: it is good.</summary>
    public long? RevokedAt { get; set; }
}

/// <summary>Something that somebody changed, or tried to. What is said of a study stays when the study goes.</summary>
public sealed class AuditRow
{
    public long Id { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long At { get; set; }

    /// <summary>A token's name, <c>server</c> for the configured token, a user of this machine, or what of a service did it by itself.</summary>
    public required string Actor { get; set; }

    /// <summary>What was done, by the name of its command.</summary>
    public required string Action { get; set; }

    /// <summary>The study; null: it is about none.</summary>
    public string? Study { get; set; }

    /// <summary>What else it is about: a worker, a model, a token; null: nothing.</summary>
    public string? Subject { get; set; }

    /// <summary>How, in a few words; null: there is no more to say.</summary>
    public string? Detail { get; set; }

    /// <summary>What came of it: a name of <c>AuditOutcome</c>.</summary>
    public required string Outcome { get; set; }
}

/// <summary>Something about a study that is told to a webhook.</summary>
public sealed class WebhookNoticeRow
{
    public long Id { get; set; }

    public required string StudyId { get; set; }

    /// <summary>A name of <c>WebhookEvent</c>.</summary>
    public required string Event { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long At { get; set; }

    /// <summary>What is sent, JSON; the same at every try, so that its signature is.</summary>
    public required string Body { get; set; }

    /// <summary>Times that an orchestrator tried to send it.</summary>
    public int Attempts { get; set; }

    /// <summary>Unix milliseconds until which an orchestrator has it in hand.</summary>
    public long LeaseUntil { get; set; }

    /// <summary>Unix milliseconds at which it was taken, or given up; null: it is to be sent.</summary>
    public long? EndedAt { get; set; }
}
