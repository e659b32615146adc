using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>The rule for ids of cases: they name files on export, so they may not name another place.</summary>
public static class CaseId
{
    /// <summary>In bytes, as file systems count: 255, less what is put around an id.</summary>
    private const int Longest = 200;

    /// <summary>What makes an id unusable; null for a good one.</summary>
    public static string? Flaw(string id)
    {
        if (string.IsNullOrWhiteSpace(id)) return "an empty id";
        if (id.Length > Longest) return $"{id.Length:N0} characters, of at most {Longest} bytes in UTF-8";
        if (id != id.Trim()) return $"white space around {Quoted.Of(id.Trim())}";
        if (id.Any(char.IsControl)) return "an id with control characters";
        if (StorableText.Flaw(id) is { } flaw) return flaw;
        if (id.Contains(TextInput.InvalidByte)) return "an id with bytes that are no UTF-8";
        if (id.Contains('/') || id.Contains('\\')) return $"the path separator in {Quoted.Of(id)}";
        if (id.Contains("..") || id == ".") return $"\"{(id == "." ? id : "..")}\" in {Quoted.Of(id)}";
        return Encoding.UTF8.GetByteCount(id) is > Longest and var bytes ? $"{bytes} bytes in UTF-8, of at most {Longest}" : null;
    }
}
