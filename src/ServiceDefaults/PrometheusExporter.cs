using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Interpret.ServiceDefaults;

/// <summary>Metrics for whoever asks: collected when Prometheus reads them, and only then.</summary>
public sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Lock turn = new();
    private string text = "";

    /// <summary>Set by the reader that this is given to.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>Every metric, as of now.</summary>
    public string Scrape()
    {
        lock (turn)
        {
            Collect?.Invoke((int)Patience.TotalMilliseconds);
            return text;
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        text = PrometheusText.Of(batch);
        return ExportResult.Success;
    }
}
