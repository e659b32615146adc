using Interpret.Reports;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_one_of_several_reports_fails
{
    [Fact]
    public async Task Those_after_it_are_made_and_it_is_named_with_its_reason()
    {
        var attempts = new ReportAttempts();
        (await attempts.MakeAsync("table1", () => Task.FromResult("made"))).ShouldBe(("made", ""));
        (await attempts.MakeAsync<string>("table3", () => throw new ArgumentException("a word twice"))).ShouldBe((null, "a word twice"));
        (await attempts.MakeAsync("table5", () => Task.FromResult("made"))).Made.ShouldBe("made");
        attempts.RequireOne();
        attempts.Failed.ShouldBe(["table3: a word twice"]);
    }

    /// <summary>A server or a database that is not there is no matter of one report.</summary>
    [Fact]
    public async Task What_all_fail_with_is_thrown()
    {
        var attempts = new ReportAttempts();
        attempts.RequireOne(); // there was nothing to make
        await attempts.MakeAsync<string>("table1", () => throw new IOException("first"));
        await attempts.MakeAsync<string>("table2", () => throw new ArgumentException("second"));
        Should.Throw<IOException>(attempts.RequireOne).Message.ShouldBe("first");
    }

    [Fact]
    public async Task Who_ends_it_ends_it() => await Should.ThrowAsync<OperationCanceledException>(
        new ReportAttempts().MakeAsync<string>("table1", () => throw new OperationCanceledException()));
}
