namespace Interpret.Contracts;

/// <summary>What the holder of an access token may do.</summary>
public static class AccessRole
{
    /// <summary>Reads, and changes something.</summary>
    public const string Operator = "operator";

    /// <summary>Reads.</summary>
    public const string Reader = "reader";
}

/// <summary>A named access token, as it is listed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="LastUsedAt">Unix milliseconds, to the hour; null: never.</param>
/// <param name="RevokedAt">Unix milliseconds; null: it is good.</param>
public sealed record NamedToken(string Name, string Role, long CreatedAt, string CreatedBy, long? LastUsedAt, long? RevokedAt);

/// <summary>A new access token.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="Token">The token itself, shown this once.</param>
public sealed record NewToken(string Name, string Role, string Token);
