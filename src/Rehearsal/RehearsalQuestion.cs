using System.Text.Json;

namespace Interpret.Rehearsal;

/// <summary>A chat completion's request, as far as the rules look at it.</summary>
/// <param name="Model">The chat model's name.</param>
/// <param name="System">The first system message.</param>
/// <param name="User">The last message.</param>
/// <param name="Seed">What tells passes apart; 0: nothing.</param>
/// <param name="Tokens">Tokens of all messages, by a rule of thumb.</param>
internal sealed record RehearsalQuestion(string Model, string System, string User, long Seed, int Tokens)
{
    private const int TokensOfMessage = 4;

    public static RehearsalQuestion Parse(string body)
    {
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        var messages = root.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").GetString() ?? "").ToList();
        if (messages.Count == 0)
            throw new InvalidOperationException("no messages");
        return new RehearsalQuestion(
            root.GetProperty("model").GetString() ?? "", messages[0], messages[^1],
            root.TryGetProperty("seed", out var seed) && seed.ValueKind == JsonValueKind.Number ? seed.GetInt64() : 0,
            messages.Sum(message => TokensOf(message) + TokensOfMessage));
    }

    /// <summary>English has about four characters a token.</summary>
    public static int TokensOf(string text) => (text.Length + 3) / 4;
}
