using System.Security.Cryptography;
using System.Text;
using Interpret.Contracts;

namespace Interpret.Orchestrator.Webhooks;

/// <summary>
/// What a webhook's receiver knows a notice by: the file <c>Orchestrator:WebhookSecretFile</c>, read for every notice, so that it may change.
/// </summary>
internal static class WebhookSecret
{
    /// <summary>The header with the signature.</summary>
    public const string Header = "Interpret-Signature";

    /// <summary>The signature of what is sent: HMAC-SHA256 with the secret; null: there is no secret.</summary>
    /// <exception cref="BadInputException"><c>webhook-secret</c>.</exception>
    public static string? Sign(OrchestratorSettings settings, byte[] body)
    {
        if (settings.WebhookSecretFile is not { Length: > 0 } file) return null;
        string secret;
        try
        {
            secret = File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.WebhookSecret, file, null, "a readable file with the webhook's secret", e.Message, inner: e);
        }

        return secret.Length > 0 ? $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body))}"
            : throw new BadInputException(ErrorClasses.WebhookSecret, file, null, "the webhook's secret", "an empty file");
    }
}
