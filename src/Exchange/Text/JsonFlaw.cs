using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Exchange.Text;

/// <summary>What System.Text.Json says of a text that is no JSON.</summary>
internal static class JsonFlaw
{
    /// <summary>Without "LineNumber: … | BytePositionInLine: …", which the reader appends and counts from 0.</summary>
    public static string Plain(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return Quoted.Beginning(end < 0 ? e.Message : e.Message[..end].TrimEnd('.'), 200);
    }
}
