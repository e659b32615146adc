using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Interpret.ServiceDefaults;

/// <summary>
/// Metrics in Prometheus' text format 0.0.4. Names follow OpenTelemetry's rules for Prometheus: dots become underscores, the unit is
/// appended in full, a counter ends in <c>_total</c>.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Of(in Batch<Metric> metrics)
    {
        var text = new StringBuilder();
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var metric in metrics)
        {
            var name = Name(metric);
            if (Kind(metric) is { } kind && written.Add(name)) // a name has one type: who comes second is left out
                Write(text, metric, name, kind);
        }

        return text.ToString();
    }

    // A sum that may fall is a gauge to Prometheus; exponential histograms have no place in this format.
    private static string? Kind(Metric metric) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        MetricType.ExponentialHistogram => null,
        _ => "gauge",
    };

    private static string Name(Metric metric)
    {
        const string total = "_total";
        var name = Clean(metric.Name);
        if (Kind(metric) == "counter" && name.EndsWith(total, StringComparison.Ordinal))
            name = name[..^total.Length];
        var unit = Unit(metric.Unit);
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return Kind(metric) == "counter" ? name + total : name;
    }

    private static string Unit(string unit) => unit switch
    {
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "By" => "_bytes",
        "1" => "_ratio",
        _ when unit.Length == 0 || unit[0] == '{' => "",
        _ => "_" + Clean(unit),
    };

    private static string Clean(string name) => string.Concat(name.Select((c, i) => char.IsAsciiLetter(c) || c == '_' || (i > 0 && char.IsAsciiDigit(c)) ? c : '_'));

    private static void Write(StringBuilder text, Metric metric, string name, string kind)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(Help(metric)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            if (kind == "histogram")
                WriteHistogram(text, name, labels, point);
            else
                WriteLine(text, name, labels, Value(metric, point));
        }
    }

    private static string Help(Metric metric) => metric.Description is { Length: > 0 } description
        ? description.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)
        : $"{metric.Name} of {metric.MeterName}";

    private static void WriteHistogram(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        long below = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            var bound = $"le=\"{Number(bucket.ExplicitBound)}\"";
            WriteLine(text, name + "_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", Number(below));
        }

        WriteLine(text, name + "_sum", labels, Number(point.GetHistogramSum()));
        WriteLine(text, name + "_count", labels, Number(point.GetHistogramCount()));
    }

    private static string Value(Metric metric, in MetricPoint point) => metric.MetricType switch
    {
        MetricType.LongGauge => Number(point.GetGaugeLastValueLong()),
        MetricType.DoubleGauge => Number(point.GetGaugeLastValueDouble()),
        _ when metric.MetricType.IsLong() => Number(point.GetSumLong()),
        _ => Number(point.GetSumDouble()),
    };

    private static void WriteLine(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Labels(in ReadOnlyTagCollection tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal); // two tags that are one label: the later
        foreach (var tag in tags)
            labels[Clean(tag.Key)] = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value)}\""));
    }

    private static string Escape(string value) => value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);
}
