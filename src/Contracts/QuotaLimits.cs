namespace Interpret.Contracts;

/// <summary>What a service lets through; null: it sets no such limit, or nobody knows it yet.</summary>
/// <param name="RequestsPerMinute">Requests a minute.</param>
/// <param name="TokensPerMinute">Tokens a minute, of questions and answers together.</param>
/// <param name="RequestsPerDay">Requests a day (UTC).</param>
/// <param name="WindowSeconds">The shortest time over which the service counts; the per-minute limits hold in proportion.</param>
/// <param name="BatchTokens">Tokens of questions and answers that batches may hold at a time.</param>
public sealed record QuotaLimits(
    double? RequestsPerMinute = null, double? TokensPerMinute = null, long? RequestsPerDay = null, double WindowSeconds = 60, double? BatchTokens = null)
{
    /// <summary>The narrower of both; what the service itself says counts as much as what was configured.</summary>
    public QuotaLimits And(double? requestsPerMinute, double? tokensPerMinute) => this with
    {
        RequestsPerMinute = Least(RequestsPerMinute, requestsPerMinute),
        TokensPerMinute = Least(TokensPerMinute, tokensPerMinute),
    };

    // What is no limit says nothing: a service's 0 or less, or a row that holds no number.
    private static double? Least(double? one, double? other) =>
        other is not > 0 || !double.IsFinite(other.Value) ? one : one is null || other < one ? other : one;
}
