using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Storage;
using Interpret.Unit.Tests.Studies;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_state_may_only_be_read : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Its_rows_are_read_and_nothing_is_written_beside_it()
    {
        var path = await StoredAsync("a folder with 100% #1?");
        await using var context = new SqliteStorage(path, readOnly: true).CreateDbContext();
        (await context.Studies.SingleAsync(TestContext.Current.CancellationToken)).Id.ShouldBe("s");
        (await context.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        Directory.EnumerateFiles(Path.GetDirectoryName(path)!).ShouldHaveSingleItem().ShouldBe(path);
    }

    [Fact]
    public async Task What_writes_is_told_that_it_may_not()
    {
        var path = await StoredAsync("state");
        await using var context = new SqliteStorage(path, readOnly: true).CreateDbContext();
        context.Studies.Add(Study("other"));
        var error = await Should.ThrowAsync<DbUpdateException>(context.SaveChangesAsync(TestContext.Current.CancellationToken));
        var (found, remedy) = DatabaseFailure.Lasting(error).ShouldNotBeNull();
        found.ShouldContain("may only read");
        remedy.ShouldContain("INTERPRET_STATE");
    }

    [Fact]
    public async Task A_damaged_file_and_one_that_is_no_database_are_lasting_trouble()
    {
        var path = scratch.Write("interpret.db", new string('x', 5000));
        await using var context = new SqliteStorage(path).CreateDbContext();
        var error = await Should.ThrowAsync<SqliteException>(() => context.Studies.AnyAsync(TestContext.Current.CancellationToken));
        DatabaseFailure.Lasting(error).ShouldNotBeNull().Found.ShouldContain("damaged");
    }

    [Theory]
    [InlineData(13, true)] // full
    [InlineData(5, false)] // busy
    [InlineData(6, false)] // locked
    [InlineData(19, false)] // constraint
    public void Trouble_that_passes_is_told_from_trouble_that_stays(int code, bool lasting) =>
        (DatabaseFailure.Lasting(new DbUpdateException("x", new SqliteException("x", code))) is not null).ShouldBe(lasting);

    [Fact]
    public void A_file_in_a_folder_s_place_and_a_folder_in_a_file_s_are_refused_before_the_work()
    {
        var file = scratch.Write("file", "x");
        var refusal = Should.Throw<BadInputException>(() => OutputFile.RequireFolder(Path.Combine(file, "below")));
        (refusal.ErrorClass, refusal.Found).ShouldBe(("output-place", $"the file {file}"));
        Should.Throw<BadInputException>(() => OutputFile.RequireFile(scratch.Root)).Found.ShouldBe("a folder");
        Should.Throw<BadInputException>(() => OutputFile.RequireFile(Path.Combine(file, "below"))).ErrorClass.ShouldBe("output-place");
        OutputFile.RequireFile(file);
        OutputFile.RequireFile("-");
        OutputFile.RequireFolder(Path.Combine(scratch.Root, "new", "folder"));
    }

    [Fact]
    public async Task What_could_not_be_written_whole_leaves_nothing_behind()
    {
        var path = Path.Combine(scratch.Root, "out.txt");
        await Should.ThrowAsync<IOException>(() => OutputFile.WriteAsync(path, (TextWriter _) => throw new IOException("no room")));
        Directory.EnumerateFileSystemEntries(scratch.Root).ShouldBeEmpty();
    }

    public void Dispose() => scratch.Dispose();

    private async Task<string> StoredAsync(string folder)
    {
        var path = Path.Combine(scratch.Root, folder, "interpret.db");
        var storage = new SqliteStorage(path);
        await storage.MigrateAsync(TestContext.Current.CancellationToken);
        await using (var context = storage.CreateDbContext())
        {
            context.Studies.Add(Study("s"));
            await context.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        SqliteConnection.ClearAllPools(); // the last one to leave writes the log back
        return path;
    }

    private static StudyRow Study(string name) => new() { Id = name, Definition = "{}", ContentHash = "", Status = StudyStatus.Active, CreatedAt = 1 };
}
