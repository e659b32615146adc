using Interpret.Integration.Tests.Storage;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>A database that takes no further connection costs time; no unit is counted as failed for it.</summary>
public sealed class When_the_database_has_no_room
{
    [Fact]
    public async Task Units_are_given_back_until_it_has()
    {
        await using var scene = await AnnotationScene.OpenAsync(provider: Provider.Postgres);
        await scene.QueueAsync(2);
        await using (var context = scene.Storage.CreateDbContext())
        {
            await context.Database.ExecuteSqlRawAsync(
                """DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN CONNECTION LIMIT 2; GRANT ALL ON ALL TABLES IN SCHEMA public TO narrow; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO narrow""");
            var narrow = context.Database.GetConnectionString()!.Replace("Username=postgres", "Username=narrow", StringComparison.Ordinal);
            narrow.ShouldContain("Username=narrow");

            var work = scene.WorkAsync(through: new PostgresStorage($"{narrow};Maximum Pool Size=30"));
            for (var i = 0; i < 400 && (await scene.UnitsAsync()).TrueForAll(u => u is not { Attempts: 0, NotBefore: > 0 }); i++)
                await Task.Delay(25, TestContext.Current.CancellationToken);
            (await scene.UnitsAsync()).ShouldContain(u => u.Attempts == 0 && u.NotBefore > 0, "given back");
            await context.Database.ExecuteSqlRawAsync("ALTER ROLE narrow CONNECTION LIMIT -1");
            (await work).Done.ShouldBe(16);
        }

        (await scene.UnitsAsync()).ShouldAllBe(u => u.Attempts == 1);
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(2));
    }
}
