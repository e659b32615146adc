using System.Diagnostics.Metrics;
using Interpret.ServiceDefaults;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Interpret.Unit.Tests.Telemetry;

public sealed class When_metrics_are_written_for_Prometheus : IDisposable
{
    private readonly Meter meter = new($"test-{Guid.NewGuid()}");
    private readonly PrometheusExporter exporter = new();
    private readonly MeterProvider provider;

    public When_metrics_are_written_for_Prometheus() =>
        provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(new BaseExportingMetricReader(exporter)).Build();

    [Fact]
    public void A_counter_ends_in_total_and_has_its_unit_spelled_out()
    {
        meter.CreateCounter<double>("work.time", "s", "Time at work.").Add(1.5, new KeyValuePair<string, object?>("who", "me"));
        exporter.Scrape().ShouldBe("# HELP work_time_seconds_total Time at work.\n# TYPE work_time_seconds_total counter\nwork_time_seconds_total{who=\"me\"} 1.5\n");
    }

    [Fact]
    public void A_name_that_has_its_unit_or_ending_already_keeps_it()
    {
        meter.CreateCounter<long>("read_bytes_total", "By").Add(3);
        exporter.Scrape().ShouldContain("\nread_bytes_total 3\n");
    }

    [Fact]
    public void Values_that_would_break_a_line_are_escaped()
    {
        meter.CreateGauge<long>("odd", "{thing}", "One\\two\nthree").Record(1, new("a.b", "quote \" back \\ line\nend"), new("c", null));
        exporter.Scrape().ShouldBe("# HELP odd One\\\\two\\nthree\n# TYPE odd gauge\nodd{a_b=\"quote \\\" back \\\\ line\\nend\",c=\"\"} 1\n");
    }

    [Fact]
    public void A_histogram_has_buckets_that_add_up_and_end_in_infinity()
    {
        var histogram = meter.CreateHistogram("wait", "s", "Waiting.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var seconds in new[] { 0.25, 0.5, 0.75, 4 })
            histogram.Record(seconds, new KeyValuePair<string, object?>("at", "door"));
        exporter.Scrape().ShouldBe("""
            # HELP wait_seconds Waiting.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{at="door",le="0.5"} 2
            wait_seconds_bucket{at="door",le="1"} 3
            wait_seconds_bucket{at="door",le="+Inf"} 4
            wait_seconds_sum{at="door"} 5.5
            wait_seconds_count{at="door"} 4

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_sum_that_may_fall_is_a_gauge()
    {
        var open = meter.CreateUpDownCounter<long>("open");
        open.Add(3);
        open.Add(-5);
        exporter.Scrape().ShouldEndWith("# TYPE open gauge\nopen -2\n");
    }

    [Fact]
    public void Numbers_that_are_none_are_written_as_Prometheus_reads_them()
    {
        meter.CreateGauge<double>("share", "1").Record(double.NaN);
        exporter.Scrape().ShouldEndWith("\nshare_ratio NaN\n");
    }

    [Fact]
    public void Counters_go_on_between_two_looks()
    {
        var counter = meter.CreateCounter<long>("n");
        counter.Add(2);
        exporter.Scrape().ShouldContain("n_total 2\n");
        counter.Add(3);
        exporter.Scrape().ShouldContain("n_total 5\n");
    }

    public void Dispose()
    {
        provider.Dispose();
        exporter.Dispose();
        meter.Dispose();
    }
}
