namespace Interpret.ServiceDefaults;

/// <summary>How a service answers over HTTP: the settings <c>Http:…</c>.</summary>
public sealed record HttpSettings
{
    public const string Section = "Http";

    /// <summary>Where it listens; null or empty: on loopback.</summary>
    [HttpAddress(Listens = true, ErrorMessage = "http://host:port; + for every interface")]
    public string? Address { get; init; }

    /// <summary>What callers that change something must show.</summary>
    public string? Token { get; init; }

    /// <summary>The file that holds it.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Whether those without the token may read; null: only on loopback.</summary>
    public bool? OpenReads { get; init; }
}
