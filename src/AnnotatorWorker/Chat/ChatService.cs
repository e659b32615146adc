using System.Net.Http.Headers;
using System.Text;
using Interpret.Contracts;
using Interpret.WorkUnits;

namespace Interpret.AnnotatorWorker.Chat;

/// <summary>Asks an OpenAI-compatible service one question, once.</summary>
public sealed class ChatService(ChatHttp http, AnnotatorSettings settings)
{
    /// <summary>Bytes of a response.</summary>
    private const long MostBytes = 4_000_000;

    /// <summary>Asks. A call is not cut off midway: what is asked is paid.</summary>
    /// <exception cref="ChatTroubleException">It may be tried again.</exception>
    /// <exception cref="BadInputException">This question will not be answered: <c>content-filter</c>, <c>chat-refused</c>.</exception>
    /// <exception cref="AnnotationPausedException">No question will be answered: the key is refused, missing, or its money used up.</exception>
    public async Task<ChatReply> AskAsync(ChatQuestion question)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{question.Endpoint}/chat/completions")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(question.Body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        var absent = $"Expected a chat model {question.ChatModel} at this endpoint: look at both names";
        var response = await http.SendAsync(question.Endpoint, request, absent, settings.Timeout, MostBytes);
        try
        {
            return ChatReply.Parse(response.Content, response.Rates);
        }
        catch (ChatTroubleException e)
        {
            throw http.FailureIn(question.Endpoint, response) ?? e;
        }
    }
}
