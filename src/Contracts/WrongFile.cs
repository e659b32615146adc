namespace Interpret.Contracts;

/// <summary>
/// Files that people have in the place of the one that they mean, told by how they begin: what a download or a checkout left there instead.
/// </summary>
/// <param name="Found">What it is.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record WrongFile(string Found, string Remedy)
{
    /// <summary>Bytes of a file's beginning that are looked at.</summary>
    public const int Looked = 64;

    private static readonly WrongFile Pointer = new("a pointer of Git LFS, not the file itself", "Fetch it with `git lfs pull`");
    private static readonly WrongFile Zip = new("a zip file", "Unpack it; a checkpoint of PyTorch's is one too, and belongs in a checkpoint's folder");
    private static readonly WrongFile Page = new("a web page", "Fetch the file itself: what answered was perhaps a login, an error or a preview");

    /// <param name="beginning">The first <see cref="Looked"/> bytes, fewer where the file is shorter.</param>
    /// <returns>Null: none of those that are known.</returns>
    public static WrongFile? Of(ReadOnlySpan<byte> beginning)
    {
        if (beginning.StartsWith("version https://git-lfs"u8)) return Pointer;
        if (beginning.StartsWith("PK\u0003\u0004"u8)) return Zip;
        if (beginning.StartsWith("\uFEFF"u8)) beginning = beginning[3..];
        beginning = beginning.TrimStart(" \t\r\n"u8);
        foreach (var mark in (ReadOnlySpan<string>)["<!doctype html", "<html", "<head", "<?xml", "<body"])
        {
            if (beginning.Length >= mark.Length && Ascii(beginning[..mark.Length]).Equals(mark, StringComparison.OrdinalIgnoreCase)) return Page;
        }

        return null;

        static string Ascii(ReadOnlySpan<byte> bytes) => System.Text.Encoding.ASCII.GetString(bytes);
    }

    /// <summary>As <see cref="Of(ReadOnlySpan{byte})"/>, of a file; null too where it cannot be read.</summary>
    public static WrongFile? At(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> beginning = stackalloc byte[Looked];
            return Of(beginning[..file.ReadAtLeast(beginning, Looked, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
