using System.ComponentModel.DataAnnotations;
using Interpret.ServiceDefaults;

namespace Interpret.Orchestrator;

/// <summary>What an orchestrator takes in: the settings <c>Orchestrator:…</c>.</summary>
public sealed record OrchestratorSettings
{
    public const string Section = "Orchestrator";

    /// <summary>The folder for files on their way into a study; null or empty: the temporary folder.</summary>
    public string? Uploads { get; init; }

    /// <summary>The longest submission or import: the largest public word vectors, and room.</summary>
    [Range(1.0, double.PositiveInfinity, ErrorMessage = "a whole number of bytes above 0")]
    public long MaxUploadBytes { get; init; } = 64L << 30;

    /// <summary>How long a study stays in the archive before it is deleted; null: for ever.</summary>
    [Range(typeof(TimeSpan), "0:00:01", "36500.0:00:00", ErrorMessage = "a time as [d:]h:mm:ss, at least a second")]
    public TimeSpan? Retention { get; init; }

    /// <summary>What is told when a study ends, ends with parked units, or stands still; null or empty: nobody.</summary>
    [HttpAddress(ErrorMessage = "where the webhook's receiver answers, as https://host/path")]
    public string? Webhook { get; init; }

    /// <summary>The file that holds the secret by which the receiver knows that it was this service; null or empty: nothing is signed.</summary>
    public string? WebhookSecretFile { get; init; }

    /// <summary>How long a study must have stood still before the webhook is told.</summary>
    [Range(typeof(TimeSpan), "0:00:00", "1.0:00:00")]
    public TimeSpan WebhookDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the webhook is tried for one notice.</summary>
    [Range(1, 1000)]
    public int WebhookTries { get; init; } = 20;
}

/// <summary>Where an orchestrator finds the reports service: the settings <c>Reports:…</c>.</summary>
public sealed record ReportsSettings
{
    public const string Section = "Reports";

    /// <summary>Its address; null or empty: on loopback.</summary>
    [HttpAddress(ErrorMessage = "where the reports service answers, as http://host:port")]
    public string? Address { get; init; }
}
