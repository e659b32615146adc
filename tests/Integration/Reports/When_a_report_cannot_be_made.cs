using Interpret.Cli;
using Interpret.Cli.Clients;
using Interpret.Cli.Commands;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

/// <summary>A study whose rows for Table 3 cannot be: a head counts a word twice.</summary>
public sealed class When_a_report_cannot_be_made : IAsyncLifetime
{
    private const string Failed = "table3 could not be made: An item with the same key has already been added";
    private readonly Scratch scratch = new();
    private EmbeddedState state = null!;

    public async ValueTask InitializeAsync()
    {
        state = await EmbeddedState.OpenAsync(CancellationToken.None, scratch.At("state"));
        await WriteAsync(new StudyRow { Id = "study", Definition = """{ "name": "study" }""", ContentHash = "", Status = StudyStatus.Active });
        await WriteAsync(
            new ModelRow { StudyId = "study", Name = "base", Role = Roles.Base },
            new ModelRow { StudyId = "study", Name = "tuned", Role = Roles.Tuned, Parent = "base", Position = 1 });
        await WriteAsync([.. from model in (string[])["base", "tuned"] from i in (int[])[1, 2] select ExampleRows.Attribution($"a_{i}", i, model)]);
        await WriteAsync([.. from model in (string[])["base", "tuned"] select new HeadWordCountRow
        {
            StudyId = "study", Model = model, Layer = 0, Head = 0, Words = ["write", "write"], Counts = [1, 2], MergedCounts = [1, 2],
        }]);
    }

    [Fact]
    public async Task The_others_are_written_and_the_command_says_which_is_not_and_why()
    {
        var result = (await ReportAsync("all", "--out", scratch.At("folder"))).ShouldExitWith(ExitCodes.Parked);
        result.Error.ShouldContain("could not be made: table3: An item with the same key");
        var files = Directory.GetFiles(scratch.At("folder")).Select(file => Path.GetFileName(file)).ToList();
        files.ShouldContain("table2.csv");
        files.ShouldNotContain(file => file.StartsWith("table3"));
        (await File.ReadAllTextAsync(scratch.At("folder/report.md"))).ShouldContain(Failed);

        var text = (await ReportAsync("all")).ShouldExitWith(ExitCodes.Parked);
        text.Output.ShouldContain("Table 2");
        text.Error.ShouldContain("could not be made: table3: ");
        (await ReportAsync("table3")).ExitCode.ShouldNotBe(ExitCodes.Done);
        (await ReportAsync("table2")).ShouldExitWith(ExitCodes.Done);
    }

    [Fact]
    public async Task A_document_says_it_in_its_place_here_and_over_HTTP()
    {
        var result = (await ReportAsync("all", "--format", "html", "--out", scratch.At("report.html"))).ShouldExitWith(ExitCodes.Parked);
        result.Error.ShouldContain("could not be made: table3 of base and tuned: ");
        var written = await File.ReadAllTextAsync(scratch.At("report.html"));
        written.ShouldContain(Failed);
        written.ShouldContain(">Table 2</h3>");
        (await ReportAsync("all", "--format", "html", "--verify", scratch.At("report.html"))).ShouldExitWith(ExitCodes.Parked);

        await using var service = ServeCommand.Create(state, port: 0);
        await service.StartAsync();
        using var client = new HttpStudyClient(new Uri(service.Urls.Single()), InterpretProcess.Token);
        foreach (var format in DocumentFormats.All)
        {
            var (there, here) = (await AllAsync(client, format), await AllAsync(new LocalStudyClient(state), format));
            there.Content.ShouldBe(here.Content);
            there.Failed.ShouldBe(here.Failed);
            there.Failed.ShouldHaveSingleItem().ShouldStartWith("table3 of base and tuned: An item with the same key");
        }
    }

    public ValueTask DisposeAsync()
    {
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Task<WrittenDocument> AllAsync(StudyClient client, IDocumentFormat format) =>
        client.DocumentAsync("study", StudyReports.Everything, null, format, TestContext.Current.CancellationToken);

    private Task<CommandResult> ReportAsync(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("state"), ["report", "study", .. arguments]);

    private async Task WriteAsync<T>(params T[] rows)
        where T : class
    {
        await using var context = state.Storage.CreateDbContext();
        await context.UpsertAsync(rows);
    }
}
