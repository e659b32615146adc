using System.Security.Cryptography;
using System.Text;
using Interpret.ServiceDefaults;
using Microsoft.AspNetCore.DataProtection;

namespace Interpret.Pages.Access;

/// <summary>
/// Seals what is left with a browser (sessions, the tokens of forms) under keys that come from the access token: every replica opens what another
/// sealed, nothing is written to disk, and a new access token ends all sessions. AES-256-GCM: nonce, tag, text.
/// </summary>
/// <param name="purposes">What it is for; one purpose does not open what another sealed.</param>
internal sealed class TokenProtection(AccessToken token, string purposes = "pages") : IDataProtector
{
    private const int NonceSize = 12, TagSize = 16;
    private readonly byte[] key = token.Key(purposes);

    public IDataProtector CreateProtector(string purpose) =>
        new TokenProtection(token, $"{purposes}\n{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(purpose))}");

    public byte[] Protect(byte[] plaintext)
    {
        var sealedText = new byte[NonceSize + TagSize + plaintext.Length];
        RandomNumberGenerator.Fill(sealedText.AsSpan(0, NonceSize));
        using var cipher = new AesGcm(key, TagSize);
        cipher.Encrypt(
            sealedText.AsSpan(0, NonceSize), plaintext, sealedText.AsSpan(NonceSize + TagSize), sealedText.AsSpan(NonceSize, TagSize));
        return sealedText;
    }

    /// <exception cref="CryptographicException">It was not sealed here, or not with this access token.</exception>
    public byte[] Unprotect(byte[] protectedData)
    {
        if (protectedData.Length < NonceSize + TagSize) throw new CryptographicException("too short to have been sealed here");
        var text = new byte[protectedData.Length - NonceSize - TagSize];
        using var cipher = new AesGcm(key, TagSize);
        cipher.Decrypt(
            protectedData.AsSpan(0, NonceSize), protectedData.AsSpan(NonceSize + TagSize), protectedData.AsSpan(NonceSize, TagSize), text);
        return text;
    }
}
