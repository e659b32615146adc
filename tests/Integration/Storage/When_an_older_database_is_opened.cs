using Interpret.Cli;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Orchestrator;
using Interpret.Reports;
using Interpret.Reports.Tables;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;

namespace Interpret.Integration.Tests.Storage;

/// <summary>A database outlives the program that wrote it: opened by the program of today, it loses nothing, and its studies go on.</summary>
[Collection("pipeline")]
public sealed class When_an_older_database_is_opened : IDisposable
{
    private readonly Scratch scratch = new();

    /// <summary>Every migration there is, the newest too: the version before this one may have had the same tables and written other rows.</summary>
    public static TheoryData<Provider, string> Migrations()
    {
        var cases = new TheoryData<Provider, string>();
        (Provider, InterpretStorage)[] providers = [(Provider.Sqlite, new SqliteStorage("none")), (Provider.Postgres, new PostgresStorage("Host=none"))];
        foreach (var (provider, storage) in providers)
        {
            using var context = storage.CreateDbContext();
            foreach (var migration in context.Database.GetMigrations())
                cases.Add(provider, migration);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Migrations))]
    public async Task Every_row_is_kept_and_its_studies_are_worked_and_reported(Provider provider, string migration)
    {
        using var database = await TestDatabase.OpenAsync(provider, tables: false);
        var storage = database.Storage;
        var older = await OlderDatabase.MigrateAsync(storage, migration);
        var study = new OlderStudy(scratch);
        await study.FillAsync(older);
        var before = await older.RowsAsync();
        older.Tables.Keys.ShouldAllBe(table => before.Any(row => row.StartsWith(table + ": ", StringComparison.Ordinal)));

        await StartAsync(storage);
        (await older.RowsAsync()).ShouldBe(before);

        await WorkedAsync(storage, older);
        await ReportedAsync(storage, older);
        if (older.Has("chat_quotas")) // before that, studies were told apart by another rule
        {
            var definition = StudyFile.Read(study.File);
            var again = await new StudyPlanner(storage, TimeProvider.System).SubmitAsync(definition, CheckpointFacts.Of(definition));
            (again.IsNew, again.Prompts).ShouldBe((false, 3));
        }
    }

    /// <summary>As the programs of today open a database.</summary>
    private static async Task StartAsync(InterpretStorage storage)
    {
        await using var context = storage.CreateDbContext();
        if (storage is SqliteStorage file)
        {
            await EmbeddedState.OpenAsync(CancellationToken.None, Path.GetDirectoryName(file.Path));
        }
        else
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration["ConnectionStrings:Database"] = context.Database.GetConnectionString();
            builder.AddDatabase(migrates: true);
            using var service = builder.Build();
            await service.StartAsync();
            await service.StopAsync();
        }

        (await context.Database.GetPendingMigrationsAsync()).ShouldBeEmpty();
    }

    /// <summary>Nothing that waited, or was with a process that is gone, is left; what was done is not done again.</summary>
    private static async Task WorkedAsync(InterpretStorage storage, OlderDatabase older)
    {
        var ledger = new UnitLedger(storage, TimeProvider.System);
        var (readOut, cancelled) = (older.Has("vocabulary") ? 2 : 0, older.Has("annotation_plans") ? 1 : 0);
        var at = await ledger.ProgressAsync("older");
        (at.Done, at.Parked, at.Cancelled, at.Of(UnitStatus.Waiting), at.Of(UnitStatus.Queued), at.Of(UnitStatus.Running))
            .ShouldBe((1, 2, cancelled, 2 + readOut, 1, 1));
        (await ledger.RetryAsync("elsewhere", null)).ShouldBe(0, "no worker has its models");
        (await ledger.ProgressAsync("elsewhere")).IsEnded.ShouldBeTrue();
        (await ledger.RetryAsync("older", null)).ShouldBe(1, "a rejected row is not tried again");

        var progress = await WorkAsync(storage, ledger);
        await using var context = storage.CreateDbContext();
        var units = await context.WorkUnits.AsNoTracking().Where(u => u.StudyId == "older").OrderBy(u => u.Id).ToListAsync();
        (progress.Done, progress.Parked, progress.Cancelled)
            .ShouldBe((6 + readOut, 1, cancelled), string.Join('\n', units.Select(u => $"{u.Subject}: {u.ErrorText}")));
        units.Where(u => u.Stage == Stages.Attribution).Select(u => (u.Queue, u.Subject, u.Status, u.Attempts)).ShouldBe(
        [
            ("explain-base", "daily_tea", "done", 1), ("explain-base", "daily_list", "done", 1), ("explain-base", "poem_moon", "done", 2),
            ("explain-tuned", "daily_tea", "done", 1), ("explain-tuned", "daily_list", "done", 2), ("explain-tuned", "poem_moon", "done", 1),
            ("", "row 5", "parked", 0),
        ]);
        var rows = await context.Attributions.Where(a => a.StudyId == "older").ToListAsync();
        rows.Count.ShouldBe(6);
        rows.Single(a => a is { Model: "base", PromptId: "daily_tea" }).Response.ShouldBe("o1o2o3o4o5o6");
        rows.Where(a => a.Response != "o1o2o3o4o5o6").ShouldAllBe(a => a.OutputTokens <= 3 && a.Mode == "forward");
        if (readOut > 0)
        {
            (await context.AttentionPatterns.Where(p => p.StudyId == "older").Select(p => p.Head).Distinct().CountAsync()).ShouldBe(4);
            (await context.Concepts.CountAsync(c => c.StudyId == "older" && c.Layer == 1)).ShouldBeGreaterThan(0);
        }
    }

    private static async Task<StudyProgress> WorkAsync(InterpretStorage storage, UnitLedger ledger)
    {
        using var host = EmbeddedHost.Create(storage, "older", ["base", "tuned"]);
        await host.StartAsync();
        try
        {
            for (var limit = DateTime.UtcNow + Waits.Limit; ; await Task.Delay(50))
            {
                var progress = await ledger.ProgressAsync("older");
                if (progress.IsEnded)
                    return progress;
                DateTime.UtcNow.ShouldBeLessThan(limit, string.Join(", ", progress.Counts));
            }
        }
        finally
        {
            await host.StopAsync();
        }
    }

    private static async Task ReportedAsync(InterpretStorage storage, OlderDatabase older)
    {
        var scope = new ReportScope(storage, "elsewhere", new ModelPair("llama", "vicuna"));
        var (llama, vicuna) = await Table2.ReadAsync(scope, CancellationToken.None);
        var table = Table2.From(llama, vicuna)[0];
        (table.Group, table.Base.Count, table.Base.Mean, table.Tuned.Mean).ShouldBe(("case", 2, 2, 6));
        var reports = new StudyReports(storage);
        (await reports.ListAsync("older")).Facts.ShouldContain("3 prompts, 0 ratings");
        (await reports.RenderAsync("older", "table2", null, [null]))[0].ShouldContain("daily");
        if (!older.Has("annotation_plans"))
            return;
        var annotated = (await new AnnotationQueries(storage).SummariesAsync("older")).ShouldHaveSingleItem();
        (annotated.Passes, annotated.Paused).ShouldBe((2, "the key was refused: set INTERPRET_OPENAI_KEY, then resume"));
        annotated.Unknown.ShouldHaveSingleItem().Label.ShouldBe("knitting");
    }

    public void Dispose() => scratch.Dispose();
}
