using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>The rule for ids of cases: they name files on export, so they may not name another place.</summary>
public static class CaseId
{
    private const int Longest = 200;

    /// <returns><paramref name="id"/>, checked.</returns>
    /// <exception cref="BadRowException"><c>bad-id</c>.</exception>
    public static string Require(string id) =>
        Flaw(id) is { } flaw ? throw new BadRowException(ErrorClasses.BadId, "an id usable as a file name", flaw) : id;

    /// <summary>What makes an id unusable; null for a good one.</summary>
    public static string? Flaw(string id)
    {
        if (string.IsNullOrWhiteSpace(id)) return "an empty id";
        if (id.Any(char.IsControl)) return "an id with control characters";
        if (id.Contains('/') || id.Contains('\\')) return $"the path separator in \"{id}\"";
        if (id.Contains("..")) return $"\"..\" in \"{id}\"";
        return id.Length > Longest ? $"{id.Length} characters, of at most {Longest}" : null;
    }
}
