using System.Threading.Channels;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Microsoft.Extensions.Logging;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_the_embedded_services_complain
{
    [Fact]
    public void An_ordinary_failure_is_one_line_with_its_cause()
    {
        var error = Thrown(new InvalidOperationException("the call failed", new HttpRequestException("connection refused")));
        LogLines.Of(LogLevel.Error, "asking the chat model", error).ShouldBe("error: asking the chat model: connection refused");
        LogLines.Of(LogLevel.Error, "summary failed: 502", Thrown(new ChatTroubleException("502", RateHeaders.None))).ShouldBe("error: summary failed: 502");
        LogLines.Of(LogLevel.Error, "parked", Thrown(new BadInputException("x", "file", null, "a", "b")))
            .ShouldBe("error: parked: file: expected a, found b");
    }

    [Fact]
    public void An_unexpected_one_has_its_trace() =>
        LogLines.Of(LogLevel.Error, "working", Thrown(new InvalidOperationException("a defect"))).ShouldNotBeNull().ShouldContain("at Interpret.Unit");

    [Fact]
    public void A_channel_that_was_closed_when_the_work_was_done_is_no_failure() =>
        LogLines.Of(LogLevel.Error, "R-FAULT", Thrown(new InvalidOperationException("x", new ChannelClosedException()))).ShouldBeNull();

    [Fact]
    public void Foreign_text_is_made_safe() => LogLines.Of(LogLevel.Error, "a\u001b[2J", null).ShouldBe("error: a\uFFFD[2J");

    private static Exception Thrown(Exception error)
    {
        try
        {
            throw error;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
