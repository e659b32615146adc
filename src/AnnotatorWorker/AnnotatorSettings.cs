using System.ComponentModel.DataAnnotations;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.Extensions.Configuration;

namespace Interpret.AnnotatorWorker;

/// <summary>How an annotator asks.</summary>
/// <param name="Endpoint">The only endpoint that gets the key.</param>
/// <param name="EndpointGiven">Whether someone named it; one that was named may need no key.</param>
/// <param name="Limits">What the service lets through, all annotators together.</param>
/// <param name="Prices">What the service takes.</param>
public sealed record AnnotatorSettings(string Endpoint, bool EndpointGiven, QuotaLimits Limits, PriceTable Prices)
{
    public static AnnotatorSettings Default { get; } = new(ChatEndpoint.Default, false, new QuotaLimits(), new PriceTable());

    /// <summary>The key; shown and stored nowhere.</summary>
    public string? Key { get; init; }

    /// <summary>A call that takes longer is given up and tried again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Tries again after a trouble that may pass, before the unit is given back.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>Pause before the first of them; the next ones double, up to half a minute.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Units at a time: with <see cref="Concepts"/>, enough calls in flight to use a large quota.</summary>
    public int Units { get; init; } = 16;

    /// <summary>Concepts of a unit at a time.</summary>
    public int Concepts { get; init; } = 8;

    /// <summary>Between two looks at a batch.</summary>
    public TimeSpan BatchPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What to show an endpoint: the key where it is the one that this annotator is set to, whatever a study's plan says.</summary>
    /// <exception cref="AnnotationPausedException">It wants a key, and there is none that it may have.</exception>
    public string KeyFor(string endpoint)
    {
        const string none = "none"; // a service of one's own may need no key; the client insists on something
        if (endpoint == Endpoint && Key is { } key)
            return key;
        if (new Uri(endpoint).IsLoopback || (endpoint == Endpoint && EndpointGiven))
            return none;
        throw new AnnotationPausedException(endpoint == Endpoint
            ? $"There is no key for {endpoint}: set OPENAI_API_KEY, or Annotator__KeyFile to a file that holds it. Then `interpret annotate` goes on"
            : $"This annotator's key is for {Endpoint}, and the plan is for {endpoint}: set Annotator__Endpoint to that address where it may have the key. Then `interpret annotate` goes on");
    }

    /// <param name="configuration">Settings under <c>Annotator:</c>.</param>
    /// <param name="environment">Environment variables; the key comes from here or from a file that they name, and from nowhere else.</param>
    /// <exception cref="BadInputException"><c>setting-bad</c>, <c>input-missing</c>.</exception>
    public static AnnotatorSettings From(IConfiguration configuration, Func<string, string?> environment)
    {
        var read = Settings.Read<AnnotatorOptions>(configuration, AnnotatorOptions.Section);
        var given = read.Endpoint is { Length: > 0 } endpoint ? HttpAddress.Parse(endpoint) : null;
        var limits = new QuotaLimits(
            read.RequestsPerMinute, read.TokensPerMinute, read.RequestsPerDay, read.WindowSeconds ?? new QuotaLimits().WindowSeconds, read.BatchTokens);
        // With a small quota few units at a time: a unit that waits for its turn for long would be taken for lost by the broker.
        var units = limits.RequestsPerMinute is { } requests ? Math.Clamp((int)(requests / 30), 1, Default.Units) : Default.Units;
        return new AnnotatorSettings(given is null ? ChatEndpoint.Default : ChatEndpoint.Normal(given), given is not null, limits, new PriceTable(read.Prices))
        {
            Key = KeyFrom(environment),
            Timeout = read.TimeoutSeconds is { } timeout ? TimeSpan.FromSeconds(timeout) : Default.Timeout,
            BatchPause = read.BatchPauseSeconds is { } pause ? TimeSpan.FromSeconds(pause) : Default.BatchPause,
            Units = read.Units ?? units,
            Concepts = read.Concepts ?? Default.Concepts,
        };
    }

    private static string? KeyFrom(Func<string, string?> environment)
    {
        if (environment("Annotator__KeyFile") is { Length: > 0 } file)
            return File.Exists(file) ? Given(File.ReadAllText(file), file)
                : throw new BadInputException(ErrorClasses.InputMissing, file, "Annotator__KeyFile", "a file with the key", "nothing at that path");
        return Given(environment("Annotator__Key"), "Annotator__Key") ?? Given(environment("OPENAI_API_KEY"), "OPENAI_API_KEY");
    }

    /// <returns>Null: an empty one is none.</returns>
    private static string? Given(string? text, string source)
    {
        if (text?.Trim() is not { Length: > 0 } key)
            return null;
        return key.All(letter => letter is > ' ' and < '\u007f') ? key
            : throw new BadInputException(ErrorClasses.SettingBad, source, null, "one key: letters, digits and signs of ASCII in one line", "something else");
    }
}

/// <summary>The settings <c>Annotator:…</c>, as they are written; null: not set. The key is none of them: it comes from the environment alone.</summary>
public sealed record AnnotatorOptions
{
    public const string Section = "Annotator";

    private const string Positive = "a number above 0", Count = "a whole number above 0";
    private const double MostSeconds = 7 * 86_400;

    [HttpAddress(ErrorMessage = "an http or https address")]
    public string? Endpoint { get; init; }

    [Range(double.Epsilon, double.MaxValue, ErrorMessage = Positive)]
    public double? RequestsPerMinute { get; init; }

    [Range(double.Epsilon, double.MaxValue, ErrorMessage = Positive)]
    public double? TokensPerMinute { get; init; }

    [Range(1.0, double.MaxValue, ErrorMessage = Count)]
    public long? RequestsPerDay { get; init; }

    [Range(double.Epsilon, MostSeconds)]
    public double? WindowSeconds { get; init; }

    [Range(double.Epsilon, double.MaxValue, ErrorMessage = Positive)]
    public double? BatchTokens { get; init; }

    [Range(0.001, MostSeconds)]
    public double? TimeoutSeconds { get; init; }

    [Range(0.001, MostSeconds)]
    public double? BatchPauseSeconds { get; init; }

    [Range(1, 10_000)]
    public int? Units { get; init; }

    [Range(1, 10_000)]
    public int? Concepts { get; init; }

    /// <summary>As <see cref="PriceTable"/> reads them.</summary>
    public string? Prices { get; init; }
}
