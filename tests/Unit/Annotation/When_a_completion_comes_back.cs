using System.Text;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_a_completion_comes_back
{
    private const string Usage = ",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":4}}";

    public static TheoryData<string, string> Readable => new()
    {
        { Completion("\"Words about stories\""), "a plain answer" },
        { "\uFEFF" + Completion("\"Words about stories\""), "a byte order mark" },
        { "\n\n\n" + Completion("\"Words about stories\""), "white space that keeps a connection open" },
        { Completion("\"<think>\\nDog, cat. Cannot Tell?\\n</think>\\n\\nWords about stories\""), "thoughts before it" },
        { Completion("[{\"type\":\"text\",\"text\":\"Words about\"},{\"type\":\"text\",\"text\":\" stories\"}]"), "parts" },
        { "{\"choices\":[{\"text\":\"Words about stories\",\"finish_reason\":\"stop\"}]" + Usage + "}", "the interface before chats" },
        {
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Words\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\" about stories\"},"
            + "\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[]" + Usage + "}\n\ndata: [DONE]\n\n",
            "events although not asked for"
        },
    };

    [Theory]
    [MemberData(nameof(Readable))]
    public void It_is_read(string body, string what)
    {
        var reply = Parse(body);
        reply.Answer.ShouldBe("Words about stories", what);
        reply.Usage.ShouldBe(new ChatUsage(10, 4, 5), what);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"usage\":null")]
    [InlineData(",\"usage\":{}")]
    [InlineData(",\"usage\":5")]
    [InlineData(",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":null}")]
    [InlineData(",\"usage\":{\"prompt_tokens\":3000000000,\"completion_tokens\":5}")]
    [InlineData(",\"usage\":{\"prompt_tokens\":-2147483648,\"completion_tokens\":-2147483648}")]
    public void A_usage_that_says_nothing_is_none_and_the_answer_counts(string usage)
    {
        var reply = Parse(Completion("\"Words about stories\"", usage: usage));
        (reply.Answer, reply.Usage).ShouldBe(("Words about stories", null));
    }

    [Theory]
    [InlineData("\"Words\"", "length")]
    [InlineData("\"<think>Okay, the words are\"", "length")]
    [InlineData("\"<think>Okay, the words are\"", "stop")]
    [InlineData("null", "length")]
    public void An_answer_that_was_cut_is_none(string content, string finish) =>
        Should.Throw<BadInputException>(() => Parse(Completion(content, finish))).ErrorClass.ShouldBe("answer-cut");

    [Fact]
    public void An_answer_as_long_as_a_book_is_none() =>
        Should.Throw<BadInputException>(() => Parse(Completion($"\"{new string('a', 20_001)}\""))).Message.ShouldContain("one of 20,001 characters");

    [Theory]
    [InlineData("<html><body>Bad Gateway</body></html>")]
    [InlineData("{\"choices\":[]}")]
    [InlineData("{\"choices\":[null]}")]
    [InlineData("{\"choices\":5}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"Words \\ud83d about stories\"}}]}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"Wor")]
    public void What_is_no_completion_is_asked_again(string body) => Should.Throw<ChatTroubleException>(() => Parse(body));

    [Fact]
    public void No_NUL_comes_in() => Parse(Completion("\"a\\u0000b\"")).Answer.ShouldBe("a\uFFFDb");

    private static string Completion(string content, string finish = "stop", string usage = Usage) =>
        $$"""{"choices":[{"index":0,"message":{"role":"assistant","content":{{content}}},"finish_reason":"{{finish}}"}]{{usage}}}""";

    private static ChatReply Parse(string body) => ChatReply.Parse(Encoding.UTF8.GetBytes(body), RateHeaders.None);
}
