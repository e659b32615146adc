namespace Interpret.Contracts;

/// <summary>Addresses of services, as users write them.</summary>
public static class HttpAddress
{
    /// <returns>Null when it is no absolute http or https address.</returns>
    public static Uri? Parse(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;
}
