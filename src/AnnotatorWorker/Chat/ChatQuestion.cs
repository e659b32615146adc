using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.Contracts;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>One question to a chat model, whole: the body of the request as it is sent, by which it is known again.</summary>
/// <param name="Endpoint">Who is asked.</param>
/// <param name="ChatModel">Which model there.</param>
/// <param name="Rehearsal">Whether that is a rehearsal: an address may be a rehearsal's today and a chat model's tomorrow.</param>
/// <param name="Stage">Which of the three questions.</param>
/// <param name="Body">The request, JSON.</param>
/// <param name="Length">Characters of its messages.</param>
public sealed record ChatQuestion(string Endpoint, string ChatModel, bool Rehearsal, string Stage, string Body, int Length)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Its place in the ledger: who is asked, and the request with its messages and parameters; a sampled one's seed is its pass.</summary>
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Endpoint}\n{(Rehearsal ? "rehearsal" : "")}\n{Body}")));

    /// <summary>What a concept's words share: sampled, so that passes differ.</summary>
    public static ChatQuestion Summary(string endpoint, string chatModel, bool rehearsal, ChatPrompt prompt, IEnumerable<string> words, int pass) =>
        Create(endpoint, chatModel, rehearsal, Stages.Summary, prompt, string.Join(", ", words), temperature: 1, topP: 0.9, seed: pass);

    /// <summary>A label of a summary: the likeliest answer.</summary>
    public static ChatQuestion Label(string endpoint, string chatModel, bool rehearsal, string stage, ChatPrompt prompt, string summary) =>
        Create(endpoint, chatModel, rehearsal, stage, prompt, summary, temperature: 0, topP: null, seed: null);

    private static ChatQuestion Create(
        string endpoint, string chatModel, bool rehearsal, string stage, ChatPrompt prompt, string about, double temperature, double? topP, int? seed)
    {
        List<Message> messages =
        [
            new("system", null, prompt.System),
            .. prompt.Examples.SelectMany(
                example => (Message[])[new("system", "example_user", example.User), new("system", "example_assistant", example.Assistant)]),
            new("user", null, prompt.Ask(about)),
        ];
        var body = JsonSerializer.Serialize(new { model = chatModel, messages, temperature, top_p = topP, seed }, Json);
        return new ChatQuestion(endpoint, chatModel, rehearsal, stage, body, messages.Sum(message => message.Content.Length));
    }

    private sealed record Message(string Role, string? Name, string Content);
}
