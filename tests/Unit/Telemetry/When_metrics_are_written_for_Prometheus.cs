using System.Diagnostics.Metrics;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.Unit.Tests.Telemetry;

/// <summary>The page that every service has, as alerts and dashboards read it.</summary>
public sealed class When_metrics_are_written_for_Prometheus : IAsyncLifetime
{
    private readonly Meter meter = new(Metrics.Meter);
    private readonly HttpClient client = new();
    private WebApplication service = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddTelemetry();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        service = builder.Build();
        service.UseTelemetry();
        await service.StartAsync();
        client.BaseAddress = new Uri(service.Urls.Single());
    }

    [Fact]
    public async Task A_counter_ends_in_total_and_has_its_unit_spelled_out()
    {
        meter.CreateCounter<double>("work.time", "s", "Time at work.").Add(1.5, new KeyValuePair<string, object?>("who", "me"));
        (await LinesAsync("work_time"))
            .ShouldBe(["# TYPE work_time_seconds_total counter", "# HELP work_time_seconds_total Time at work.",
            "work_time_seconds_total{otel_scope_name=\"Interpret\",who=\"me\"} 1.5"]);
    }

    [Fact]
    public async Task A_name_that_has_its_unit_or_ending_already_keeps_it()
    {
        meter.CreateCounter<long>("read_bytes_total", "By").Add(3);
        (await LinesAsync("read_")).ShouldContain("read_bytes_total{otel_scope_name=\"Interpret\"} 3");
    }

    [Fact]
    public async Task Values_that_would_break_a_line_are_escaped()
    {
        meter.CreateGauge<long>("odd", "{thing}", "One\\two\nthree").Record(1, new("a.b", "quote \" back \\ line\nend"), new("c", null));
        (await LinesAsync("odd"))
            .ShouldBe(["# TYPE odd gauge", "# HELP odd One\\\\two\\nthree",
            "odd{otel_scope_name=\"Interpret\",a_b=\"quote \\\" back \\\\ line\\nend\",c=\"\"} 1"]);
    }

    [Fact]
    public async Task A_histogram_has_buckets_that_add_up_and_end_in_infinity()
    {
        var histogram = meter.CreateHistogram("wait", "s", "Waiting.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var seconds in new[] { 0.25, 0.5, 0.75, 4 })
            histogram.Record(seconds, new KeyValuePair<string, object?>("at", "door"));
        (await LinesAsync("wait")).ShouldBe("""
            # TYPE wait_seconds histogram
            # HELP wait_seconds Waiting.
            wait_seconds_bucket{otel_scope_name="Interpret",at="door",le="0.5"} 2
            wait_seconds_bucket{otel_scope_name="Interpret",at="door",le="1"} 3
            wait_seconds_bucket{otel_scope_name="Interpret",at="door",le="+Inf"} 4
            wait_seconds_sum{otel_scope_name="Interpret",at="door"} 5.5
            wait_seconds_count{otel_scope_name="Interpret",at="door"} 4
            """.ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task A_sum_that_may_fall_is_a_gauge()
    {
        var open = meter.CreateUpDownCounter<long>("open");
        open.Add(3);
        open.Add(-5);
        (await LinesAsync("open")).ShouldBe(["# TYPE open gauge", "open{otel_scope_name=\"Interpret\"} -2"]);
    }

    [Fact]
    public async Task Numbers_that_are_none_are_written_as_Prometheus_reads_them()
    {
        meter.CreateGauge<double>("share", "1").Record(double.NaN);
        (await LinesAsync("share")).ShouldContain("share{otel_scope_name=\"Interpret\"} NaN");
    }

    [Fact]
    public async Task Counters_go_on_between_two_looks()
    {
        var counter = meter.CreateCounter<long>("n");
        counter.Add(2);
        (await LinesAsync("n_total")).ShouldContain("n_total{otel_scope_name=\"Interpret\"} 2");
        counter.Add(3);
        for (var tries = 0; !(await LinesAsync("n_total")).Contains("n_total{otel_scope_name=\"Interpret\"} 5"); tries++) // a page is kept for a moment
        {
            tries.ShouldBeLessThan(50);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Names_are_the_same_for_a_Prometheus_that_reads_other_formats_too()
    {
        client.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
        meter.CreateCounter<double>("more.time", "s").Add(1.5);
        (await LinesAsync("more_time")).ShouldContain("more_time_seconds_total{otel_scope_name=\"Interpret\"} 1.5");
    }

    /// <summary>Lines of metrics whose name starts so.</summary>
    private async Task<List<string>> LinesAsync(string name) =>
        [.. (await client.GetStringAsync("/metrics")).Split('\n')
            .Where(line => line.Replace("# TYPE ", "").Replace("# UNIT ", "").Replace("# HELP ", "").StartsWith(name, StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        client.Dispose();
        meter.Dispose();
    }
}
