using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Storage;

public sealed class When_rows_are_written_in_bulk_to_SQLite() : When_rows_are_written_in_bulk(Provider.Sqlite);

public sealed class When_rows_are_written_in_bulk_to_PostgreSQL() : When_rows_are_written_in_bulk(Provider.Postgres);

public abstract class When_rows_are_written_in_bulk(Provider provider) : IAsyncLifetime
{
    private TestDatabase database = null!;
    private InterpretStorage storage = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.OpenAsync(provider);
        storage = database.Storage;
    }

    [Fact]
    public async Task Every_column_comes_back_as_it_was_lists_blobs_and_nothings_too()
    {
        AttributionRow[] attributions = [ExampleRows.Attribution("a", 0.1 + 0.2), ExampleRows.Attribution("b", double.MaxValue, outputTokens: 0)];
        ModelRow[] models =
        [
            new() { StudyId = "study", Name = "base", Role = "base", Position = 0 },
            new() { StudyId = "study", Name = "tuned", Role = "tuned", Size = "7B", Checkpoint = "/models/'; DROP TABLE models; --", Parent = "base",
                Position = 1 },
        ];
        PromptRow[] prompts =
            [new() { StudyId = "study", Id = "a", Row = 2, Text = "Say\n\tit: 好 🙂", Reference = "", Spans = ["Say", ""] },
            new() { StudyId = "study", Id = "b", Text = "b", Reference = "b", Spans = [] }];
        await using (var context = storage.CreateDbContext())
        {
            await context.UpsertAsync(attributions);
            await context.UpsertAsync(models);
            await context.UpsertAsync(prompts);
        }

        await using var read = storage.CreateDbContext();
        (await read.Attributions.OrderBy(a => a.PromptId).ToListAsync()).ShouldBeEquivalentTo(attributions.ToList());
        (await read.Models.OrderBy(m => m.Position).ToListAsync()).ShouldBeEquivalentTo(models.ToList());
        (await read.Prompts.OrderBy(p => p.Id).ToListAsync()).ShouldBeEquivalentTo(prompts.ToList());
    }

    [Fact]
    public async Task A_row_written_twice_is_there_once_and_replaced_whole()
    {
        var (first, second) = (ExampleRows.Attribution("a", 1), ExampleRows.Attribution("a", 2, outputTokens: 9));
        second.Scores = [1, 2, 3, 4];
        second.Response = "another";
        await using (var context = storage.CreateDbContext())
        {
            await context.UpsertAsync([first, ExampleRows.Attribution("b", 5)]);
            await context.UpsertAsync([second, second]);
        }

        await using var read = storage.CreateDbContext();
        var rows = await read.Attributions.OrderBy(a => a.PromptId).ToListAsync();
        rows.Select(row => row.Score).ShouldBe([2, 5]);
        rows[0].ShouldBeEquivalentTo(second);
    }

    [Fact]
    public async Task What_was_there_can_be_replaced_by_nothing()
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync([new ModelRow { StudyId = "study", Name = "m", Role = "tuned", Size = "7B", Checkpoint = "/m", Parent = "b" }]);
        await context.UpsertAsync([new ModelRow { StudyId = "study", Name = "m", Role = "base" }]);
        var model = await context.Models.AsNoTracking().SingleAsync();
        (model.Role, model.Size, model.Checkpoint, model.Parent).ShouldBe(("base", null, null, null));
    }

    [Fact]
    public async Task Many_rows_at_once_are_as_good_as_few_and_the_last_of_a_key_counts()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => ExampleRows.Attribution($"case{i % 600}", i)).ToList();
        await using (var context = storage.CreateDbContext())
        {
            await context.UpsertAsync([ExampleRows.Attribution("case7", -1)]);
            await context.UpsertAsync(rows);
        }

        await using var read = storage.CreateDbContext();
        var scores = await read.Attributions.ToDictionaryAsync(row => row.PromptId, row => row.Score);
        scores.Count.ShouldBe(600);
        scores["case7"].ShouldBe(607);
        scores["case599"].ShouldBe(599);
        (await read.Attributions.SingleAsync(row => row.PromptId == "case500")).ShouldBeEquivalentTo(rows[500]);
    }

    [Fact]
    public async Task Texts_sort_by_their_bytes()
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync(new[] { "b", "B", "a_1", "a-1", "ä", "a" }.Select(id => ExampleRows.Attribution(id, 1)));
        (await context.Attributions.OrderBy(row => row.PromptId).Select(row => row.PromptId).ToListAsync()).ShouldBe(["B", "a", "a-1", "a_1", "b", "ä"]);
    }

    [Fact]
    public async Task A_transaction_rolled_back_leaves_nothing()
    {
        await using (var context = storage.CreateDbContext())
        {
            await using var transaction = await context.Database.BeginTransactionAsync();
            await context.UpsertAsync([ExampleRows.Attribution("a", 1)]);
            (await context.Attributions.CountAsync()).ShouldBe(1);
            await transaction.RollbackAsync();
        }

        await using var read = storage.CreateDbContext();
        (await read.Attributions.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_migrations_make_the_tables_that_the_model_describes()
    {
        await using var context = storage.CreateDbContext();
        context.Database.HasPendingModelChanges().ShouldBeFalse();
        (await context.Database.GetPendingMigrationsAsync()).ShouldBeEmpty();
        await storage.MigrateAsync(); // again: nothing to do
    }

    public ValueTask DisposeAsync()
    {
        database?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
