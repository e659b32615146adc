using System.Security.Cryptography;
using System.Text;
using Interpret.Contracts;

namespace Interpret.ServiceDefaults;

/// <summary>
/// The bearer token that lets a caller change things: <c>Http:Token</c>, else what stands in the file <c>Http:TokenFile</c>, else in a file
/// of the user's own that is made with a new token when a service first starts.
/// </summary>
public sealed class AccessToken(string value)
{
    private readonly byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(value));

    /// <summary>Where a token is kept that nobody chose: readable by this user alone.</summary>
    public static string DefaultFile => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } configured ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
        "interpret",
        "token");

    public static AccessToken Read(HttpSettings settings) => new(
        settings.Token is { Length: > 0 } given ? given
        : settings.TokenFile is { Length: > 0 } file ? ReadFile(file)
        : File.Exists(DefaultFile) ? ReadFile(DefaultFile) : Create(DefaultFile));

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } token ? token
                : throw new BadInputException(ErrorClasses.TokenFile, file, null, "a token", "an empty file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.TokenFile, file, null, "a readable file with the token", e.Message, inner: e);
        }
    }

    private static string Create(string file)
    {
        try
        {
            using var stream = PrivateFile.Create(file);
            var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
            stream.Write(Encoding.ASCII.GetBytes(token));
            return token;
        }
        catch (IOException) when (File.Exists(file))
        {
            return ReadFile(file); // another service was quicker
        }
    }

    /// <summary>The token that an Authorization header carries; null: none.</summary>
    public static string? In(string? authorization) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : null;

    /// <summary>Whether a text is the token; takes as long for a wrong one as for the right one.</summary>
    public bool Is(string text) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(text)), hash);

    /// <summary>A key of 32 bytes that only those have who have the token; another one for each purpose.</summary>
    public byte[] Key(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, hash, 32, info: Encoding.UTF8.GetBytes(purpose));
}
