using System.Globalization;
using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>
/// What a service says of a failure. Each kind of server has its own shape: an object or a text under <c>error</c>, a bare <c>message</c>, a list
/// of what is wrong under <c>detail</c>.
/// </summary>
/// <param name="Code">Its own name for the failure, or a status; null: none.</param>
/// <param name="Text">The reason, cut to a few lines.</param>
internal sealed record ServiceError(string? Code, string Text)
{
    private const int Longest = 300;
    private const int Deepest = 8;
    private static readonly string[] Reasons = ["error", "errors", "message", "detail", "msg", "title"];

    /// <param name="body">The response's.</param>
    /// <param name="key">What the text must not tell, should the service repeat it.</param>
    public static ServiceError Parse(ReadOnlyMemory<byte> body, string? key) => Find(body, key) ?? new ServiceError(null, "no reason given");

    /// <returns>Null: it speaks of no failure.</returns>
    public static ServiceError? Find(ReadOnlyMemory<byte> body, string? key)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || Reason(json.RootElement, Deepest) is not { Length: > 0 } reason)
                return null;
            var inner = json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : json.RootElement;
            return new ServiceError(CodeOf(inner), Quoted.Beginning(reason.Replace(key is { Length: > 0 } ? key : "\0", "(key)", StringComparison.Ordinal), Longest));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // a proxy's page, nothing, or text that is no Unicode
        }
    }

    private static string? Reason(JsonElement element, int depth) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Array when depth > 0 => string.Join("; ", element.EnumerateArray().Take(3).Select(one => Reason(one, depth - 1)).OfType<string>()),
        JsonValueKind.Object when depth > 0 => Reasons.Select(name => element.TryGetProperty(name, out var value) ? Reason(value, depth - 1) : null)
            .FirstOrDefault(reason => reason is { Length: > 0 }) is { } found ? Place(element) + found : null,
        _ => null,
    };

    /// <summary>Of what a reason speaks, as some servers say beside it.</summary>
    private static string Place(JsonElement element) => element.TryGetProperty("loc", out var place) && place.ValueKind == JsonValueKind.Array
        ? string.Join('.', place.EnumerateArray().Take(Deepest).Select(part => part.ToString())) + ": " : "";

    private static string? CodeOf(JsonElement error) => error.TryGetProperty("code", out var code) ? code.ValueKind switch
    {
        JsonValueKind.String => code.GetString(),
        JsonValueKind.Number when code.TryGetInt32(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => null,
    }
    : null;
}
