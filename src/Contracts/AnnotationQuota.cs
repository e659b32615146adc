namespace Interpret.Contracts;

/// <summary>
/// What lets a study's annotation ask, and what it may cost. Limits that operators set count in place of the annotators' settings; the service's own word
/// narrows both.
/// </summary>
/// <param name="Study">The study.</param>
/// <param name="Endpoint">Its chat service.</param>
/// <param name="ChatModel">The model there. All studies with this model at this service share the quota.</param>
/// <param name="RequestsPerMinute">As an operator set it; null: as the annotators' settings say.</param>
/// <param name="TokensPerMinute">Likewise, of questions and answers together.</param>
/// <param name="RequestsPerDay">Likewise (UTC).</param>
/// <param name="ServiceRequestsPerMinute">The service's own word; null: it said nothing.</param>
/// <param name="ServiceTokensPerMinute">Likewise.</param>
/// <param name="RequestsToday">Requests that went out today.</param>
/// <param name="SpendLimitUsd">US dollars that the study's annotation may cost; null: no limit.</param>
/// <param name="SpentUsd">US dollars that it has cost.</param>
/// <param name="Paused">Why it is paused; null: it is not.</param>
public sealed record AnnotationQuota(
    string Study, string Endpoint, string ChatModel, double? RequestsPerMinute, double? TokensPerMinute, long? RequestsPerDay, double? ServiceRequestsPerMinute,
    double? ServiceTokensPerMinute, long RequestsToday, double? SpendLimitUsd, double SpentUsd, string? Paused);

/// <summary>A change of an <see cref="AnnotationQuota"/>: what is null stays as it is; 0 takes a limit away again.</summary>
/// <param name="RequestsPerMinute">Requests a minute of all annotators together.</param>
/// <param name="TokensPerMinute">Tokens a minute.</param>
/// <param name="RequestsPerDay">Requests a day.</param>
/// <param name="SpendLimitUsd">US dollars.</param>
public sealed record QuotaChange(double? RequestsPerMinute = null, double? TokensPerMinute = null, long? RequestsPerDay = null, double? SpendLimitUsd = null)
{
    /// <summary>The largest number that a limit may be.</summary>
    public const double Most = 1e12;

    /// <summary>Whether anything changes.</summary>
    public bool IsNone => this == new QuotaChange();

    /// <exception cref="BadInputException"><c>bad-number</c>.</exception>
    public void Require(string source)
    {
        foreach (var (name, value) in new[]
        {
            ("requestsPerMinute", RequestsPerMinute), ("tokensPerMinute", TokensPerMinute), ("requestsPerDay", RequestsPerDay), ("spendLimitUsd", SpendLimitUsd),
        })
        {
            if (value is { } number && !(number is >= 0 and <= Most))
                throw new BadInputException(ErrorClasses.BadNumber, source, name, $"a number from 0 (no limit) to {Most:0}", $"{number}");
        }
    }
}
