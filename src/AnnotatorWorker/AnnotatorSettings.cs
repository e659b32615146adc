using System.Globalization;
using Interpret.Contracts;
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
        var given = configuration["Annotator:Endpoint"] is { Length: > 0 } endpoint ? endpoint : null;
        var limits = new QuotaLimits(
            Number("RequestsPerMinute"), Number("TokensPerMinute"), (long?)Number("RequestsPerDay"), Number("WindowSeconds")
                ?? new QuotaLimits().WindowSeconds, Number("BatchTokens"));
        // With a small quota few units at a time: a unit that waits for its turn for long would be taken for lost by the broker.
        var units = limits.RequestsPerMinute is { } requests ? Math.Clamp((int)(requests / 30), 1, Default.Units) : Default.Units;
        return new AnnotatorSettings(
            ChatEndpoint.Normal(Address(given ?? ChatEndpoint.Default)), given is not null, limits, new PriceTable(configuration["Annotator:Prices"]))
        {
            Key = KeyFrom(environment),
            Timeout = TimeSpan.FromSeconds(Number("TimeoutSeconds") ?? Default.Timeout.TotalSeconds),
            BatchPause = TimeSpan.FromSeconds(Number("BatchPauseSeconds") ?? Default.BatchPause.TotalSeconds),
            Units = (int)(Number("Units") ?? units),
            Concepts = (int)(Number("Concepts") ?? Default.Concepts),
        };

        double? Number(string name) => configuration[$"Annotator:{name}"] is not { Length: > 0 } text ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value) ? value
            : throw new BadInputException(ErrorClasses.SettingBad, "configuration", $"Annotator:{name}", "a number above 0", text);
    }

    private static Uri Address(string text) => HttpAddress.Parse(text)
        ?? throw new BadInputException(ErrorClasses.SettingBad, "configuration", "Annotator:Endpoint", "an http or https address", text);

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
