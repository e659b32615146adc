using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Unit.Tests.Architecture;

/// <summary>The rules of docs/migrations.md.</summary>
public sealed class When_migrations_are_kept
{
    private const string Designer = ".Designer";

    [Fact]
    public void Each_is_found_by_its_file_s_name_and_only_the_newest_has_a_description_of_the_whole_model()
    {
        Check("Sqlite", new SqliteStorage("none"));
        Check("Postgres", new PostgresStorage("Host=none"));
    }

    private static void Check(string provider, InterpretStorage storage)
    {
        using var context = storage.CreateDbContext();
        var known = context.Database.GetMigrations().ToList();
        var files = Directory.GetFiles(Path.Combine(SourceTree.Root, "src/Storage/Migrations", provider), "2*.cs").Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal).ToList();
        known.ShouldBe(files.Where(file => !file!.EndsWith(Designer, StringComparison.Ordinal))); // one without its attributes is passed over in silence
        files.Where(file => file!.EndsWith(Designer, StringComparison.Ordinal)).ShouldBe([known[^1] + Designer]);
    }
}
