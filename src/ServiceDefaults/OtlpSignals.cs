namespace Interpret.ServiceDefaults;

/// <summary>What is sent to a collector: nothing, unless a standard variable names one.</summary>
public sealed record OtlpSignals(bool Traces, bool Metrics, bool Logs)
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <param name="environment">Environment variables.</param>
    public static OtlpSignals From(Func<string, string?> environment)
    {
        return environment("OTEL_SDK_DISABLED") is { } disabled && bool.TryParse(disabled, out var off) && off
            ? new OtlpSignals(false, false, false)
            : new OtlpSignals(IsSent("TRACES"), IsSent("METRICS"), IsSent("LOGS"));

        bool IsSent(string signal) => (Has(Endpoint) || Has($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")) && environment($"OTEL_{signal}_EXPORTER") != "none";

        bool Has(string variable) => environment(variable) is { Length: > 0 };
    }
}
