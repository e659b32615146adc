using System.Globalization;
using System.Text.RegularExpressions;

namespace Interpret.Integration.Tests.Telemetry;

/// <summary>What stands at <c>/metrics</c>, read strictly: a line that is no comment and no sample is an error.</summary>
internal sealed partial class PrometheusPage
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> samples = [];

    private PrometheusPage()
    {
    }

    /// <summary>Type by metric.</summary>
    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

    public static async Task<PrometheusPage> ReadAsync(Uri service)
    {
        using var client = new HttpClient();
        return Parse(await client.GetStringAsync(new Uri(service, "/metrics")));
    }

    public static PrometheusPage Parse(string text)
    {
        text.ShouldEndWith("\n");
        var page = new PrometheusPage();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Type().Match(line) is { Success: true } type)
            {
                page.Types.Add(type.Groups["name"].Value, type.Groups["type"].Value);
            }
            else if (!Help().IsMatch(line))
            {
                var sample = Sample().Match(line);
                sample.Success.ShouldBeTrue(line);
                seen.Add(line[..line.LastIndexOf(' ')]).ShouldBeTrue($"twice: {line}");
                page.samples.Add((
                    sample.Groups["name"].Value,
                    sample.Groups["label"].Captures.Zip(sample.Groups["value"].Captures)
                        .ToDictionary(pair => pair.First.Value, pair => pair.Second.Value, StringComparer.Ordinal),
                    Number(sample.Groups["number"].Value)));
            }
        }

        return page;
    }

    /// <summary>Sum of a metric's samples with these labels.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) => samples
        .Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value)).Sum(sample => sample.Value);

    /// <summary>Whether a metric has a sample.</summary>
    public bool Has(string name) => samples.Exists(sample => sample.Name == name);

    /// <summary>A histogram's buckets: bound and count.</summary>
    public IReadOnlyList<(double Bound, double Count)> Buckets(string name, string label, string value) =>
        [.. samples.Where(sample => sample.Name == name + "_bucket" && sample.Labels.GetValueOrDefault(label) == value)
            .Select(sample => (Number(sample.Labels["le"]), sample.Value))];

    private static double Number(string text) => text == "+Inf" ? double.PositiveInfinity : text == "-Inf" ? double.NegativeInfinity
        : double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Type();

    [GeneratedRegex("^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* .+$", RegexOptions.NonBacktracking)]
    private static partial Regex Help();

    [GeneratedRegex("^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\\{((?<label>[a-zA-Z_][a-zA-Z0-9_]*)=\"(?<value>([^\"\\\\\\n]|\\\\[\\\\\"n])*)\",?)+\\})? (?<number>[0-9.eE+-]+|[+-]Inf|NaN)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();
}
