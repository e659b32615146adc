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
/// <param name="Stage">Which of the questions.</param>
/// <param name="Body">The request, JSON.</param>
/// <param name="Length">Characters of its messages.</param>
/// <param name="Pass">The pass of a question that is sampled without a seed; 0: its body tells it from others.</param>
public sealed record ChatQuestion(string Endpoint, string ChatModel, bool Rehearsal, string Stage, string Body, int Length, int Pass = 0)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Its place in the ledger: who is asked, and the request with its messages and parameters; a sampled one's seed is its pass.</summary>
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Endpoint}\n{(Rehearsal ? "rehearsal" : "")}\n{Body}{(Pass > 0 ? $"\npass {Pass}" : "")}")));

    /// <summary>What a concept's words share: sampled, so that passes differ.</summary>
    /// <param name="form">The form in which it is put; null: the usual one.</param>
    public static ChatQuestion Summary(
        string endpoint, string chatModel, bool rehearsal, ChatPrompt prompt, IEnumerable<string> words, int pass, QuestionForm? form = null) =>
        Create(endpoint, chatModel, rehearsal, Stages.Summary, prompt, prompt.Ask(string.Join(", ", words)), form, temperature: 1, topP: 0.9, seed: pass);

    /// <summary>A label of a summary: the likeliest answer.</summary>
    /// <param name="form">The form in which it is put; null: the usual one.</param>
    public static ChatQuestion Label(
        string endpoint, string chatModel, bool rehearsal, string stage, ChatPrompt prompt, string summary, QuestionForm? form = null) =>
        Create(endpoint, chatModel, rehearsal, stage, prompt, prompt.Ask(summary), form, temperature: 0, topP: null, seed: null);

    /// <summary>Which of ten words belong to a summary: the likeliest answer.</summary>
    /// <param name="form">The form in which it is put; null: the usual one.</param>
    public static ChatQuestion Detection(
        string endpoint, string chatModel, bool rehearsal, DetectionPrompt prompt, string summary, IReadOnlyList<string> words, QuestionForm? form = null) =>
        Create(
            endpoint, chatModel, rehearsal, Stages.Detection, prompt.Prompt, prompt.Ask(summary, words), form, temperature: 0, topP: null, seed: null);

    private static ChatQuestion Create(
        string endpoint, string chatModel, bool rehearsal, string stage, ChatPrompt prompt, string asked, QuestionForm? form, double temperature, double? topP,
        int? seed)
    {
        form ??= QuestionForm.Usual;
        var messages = Messages(prompt, asked, form.Messages);
        var body = JsonSerializer.Serialize(
            new
            {
                model = chatModel,
                messages,
                temperature = Sends(QuestionForm.Temperature) ? temperature : (double?)null,
                top_p = Sends(QuestionForm.TopP) ? topP : null,
                seed = Sends(QuestionForm.Seed) ? seed : null,
                max_tokens = Sends(QuestionForm.LongestAnswer) ? form.MaxTokens : (int?)null,
                max_completion_tokens = Sends(QuestionForm.LongestCompletion) ? form.MaxTokens : (int?)null,
            },
            Json);
        var length = messages.Sum(message => message.Content.Length);
        return new ChatQuestion(endpoint, chatModel, rehearsal, stage, body, length, Sends(QuestionForm.Seed) ? 0 : seed ?? 0);

        bool Sends(string parameter) => form.Parameters.Contains(parameter);
    }

    private static List<Message> Messages(ChatPrompt prompt, string asked, MessageForm form) => form switch
    {
        MessageForm.User =>
        [
            new("user", null, string.Join("\n\n", [
                prompt.System, .. prompt.Examples.SelectMany(example => (string[])[example.User, example.Assistant]), asked,
            ])),
        ],
        MessageForm.Turns =>
        [
            new("system", null, prompt.System),
            .. prompt.Examples.SelectMany(example => (Message[])[new("user", null, example.User), new("assistant", null, example.Assistant)]),
            new("user", null, asked),
        ],
        _ =>
        [
            new("system", null, prompt.System),
            .. prompt.Examples.SelectMany(
                example => (Message[])[new("system", "example_user", example.User), new("system", "example_assistant", example.Assistant)]),
            new("user", null, asked),
        ],
    };

    private sealed record Message(string Role, string? Name, string Content);
}
