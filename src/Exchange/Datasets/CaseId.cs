using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>The rule for ids of cases: they name files on export, so they may not name another place.</summary>
public static class CaseId
{
    /// <summary>In bytes, as file systems count: 255, less what is put around an id.</summary>
    private const int Longest = 200;

    /// <returns><paramref name="id"/> without white space around it, checked.</returns>
    /// <exception cref="BadRowException"><c>bad-id</c>.</exception>
    public static string Require(string id)
    {
        var bare = id.Trim();
        return Flaw(bare) is { } flaw ? throw new BadRowException(ErrorClasses.BadId, "an id usable as a file name", flaw) : bare;
    }

    /// <summary>What makes an id unusable; null for a good one.</summary>
    public static string? Flaw(string id)
    {
        if (string.IsNullOrWhiteSpace(id)) return "an empty id";
        if (id != id.Trim()) return $"white space around \"{id.Trim()}\"";
        if (id.Any(char.IsControl)) return "an id with control characters";
        if (id.Contains('/') || id.Contains('\\')) return $"the path separator in \"{id}\"";
        if (id.Contains("..")) return $"\"..\" in \"{id}\"";
        return Encoding.UTF8.GetByteCount(id) is > Longest and var bytes ? $"{bytes} bytes in UTF-8, of at most {Longest}" : null;
    }
}
