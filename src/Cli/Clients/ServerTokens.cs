using System.Text.Json;
using Interpret.Contracts;
using Interpret.ServiceDefaults;

namespace Interpret.Cli.Clients;

/// <summary>
/// Access tokens, each of one server: what <c>INTERPRET_TOKEN</c> holds, else what <c>interpret login</c> kept for that server, else, for a server on this
/// machine, the token of the user's own services. None goes over plain HTTP to another machine, unless <c>INTERPRET_PLAIN_HTTP=allow</c>.
/// </summary>
public static class ServerTokens
{
    private const string PlainHttp = "INTERPRET_PLAIN_HTTP";

    /// <summary>Where tokens are kept, readable by this user alone.</summary>
    public static string File => Path.Combine(Path.GetDirectoryName(AccessToken.DefaultFile)!, "servers.json");

    /// <param name="server">The server.</param>
    /// <returns>Its token, if there is one that may be sent; and, where there is none, what to do about it.</returns>
    public static (string? Token, string Remedy) Of(Uri server)
    {
        var token = Environment.GetEnvironmentVariable("INTERPRET_TOKEN") is { Length: > 0 } given ? given
            : Read().TryGetValue(Key(server), out var kept) ? kept
            : server.IsLoopback && System.IO.File.Exists(AccessToken.DefaultFile) ? System.IO.File.ReadAllText(AccessToken.DefaultFile).Trim()
            : null;
        if (token is null)
            return (null, $"`interpret login {Key(server)}` keeps its token, or set INTERPRET_TOKEN");
        return MaySend(server) ? (token, "The token that was sent is another: `interpret login` keeps a new one")
            : (null, $"A token goes over plain HTTP to this machine only: use https, or set {PlainHttp}=allow");
    }

    private static bool MaySend(Uri server) => server.Scheme == Uri.UriSchemeHttps || server.IsLoopback || Environment.GetEnvironmentVariable(PlainHttp) == "allow";

    /// <summary>Keeps a server's token, or forgets it.</summary>
    /// <param name="token">Null: it is forgotten.</param>
    public static void Keep(Uri server, string? token)
    {
        var all = Read();
        if (token is null)
            all.Remove(Key(server));
        else
            all[Key(server)] = token;
        var written = File + ".new";
        if (System.IO.File.Exists(written))
            System.IO.File.Delete(written); // of one that was killed
        using (var stream = PrivateFile.Create(written))
            JsonSerializer.Serialize(stream, all);
        System.IO.File.Move(written, File, overwrite: true);
    }

    private static string Key(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private static SortedDictionary<string, string> Read()
    {
        if (!System.IO.File.Exists(File))
            return new(StringComparer.Ordinal);
        try
        {
            return new(JsonSerializer.Deserialize<Dictionary<string, string>>(System.IO.File.ReadAllText(File)) ?? [], StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.TokenFile, File, null, "the tokens that `interpret login` kept", e.Message, "Delete it and log in again", e);
        }
    }
}
