using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Pages;

/// <summary>Style and script, carried in the program and served compressed; their addresses change with their content.</summary>
internal static class EmbeddedAssets
{
    /// <summary>Under which they are.</summary>
    public const string Folder = "/assets";

    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, Asset> All = typeof(EmbeddedAssets).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(Read).ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);

    /// <summary>The address of one.</summary>
    public static string Address(string name) => $"{Folder}/{name}?v={All[name].Hash}";

    /// <summary>The content of one, for pages that stand alone.</summary>
    public static string Text(string name) => Encoding.UTF8.GetString(All[name].Content);

    public static void MapAssets(this IEndpointRouteBuilder app) => app.MapGet(Folder + "/{name}", (string name, HttpContext context) =>
    {
        if (!All.TryGetValue(name, out var asset)) return Results.NotFound();
        var packed = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase);
        context.Response.Headers.Vary = "Accept-Encoding";
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        if (packed) context.Response.Headers.ContentEncoding = "br";
        return Results.Bytes(packed ? asset.Packed : asset.Content, asset.MediaType);
    });

    private static Asset Read(string resource)
    {
        using var stream = typeof(EmbeddedAssets).Assembly.GetManifestResourceStream(resource)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize)) brotli.Write(content.ToArray());
        var media = Path.GetExtension(resource) switch { ".css" => "text/css", ".js" => "text/javascript", _ => "image/svg+xml" };
        return new(resource[Prefix.Length..], media, content.ToArray(), packed.ToArray(), Convert.ToHexStringLower(SHA256.HashData(content.ToArray()))[..12]);
    }

    private sealed record Asset(string Name, string MediaType, byte[] Content, byte[] Packed, string Hash);
}
