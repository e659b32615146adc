using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

public sealed class When_concepts_are_annotated
{
    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task Every_concept_has_a_row_in_every_pass(Provider provider)
    {
        await using var scene = await AnnotationScene.OpenAsync(provider: provider);
        var queued = await scene.QueueAsync(3);
        (queued.Concepts, queued.Passes, queued.Added).ShouldBe((80, 3, 24));
        (await scene.WorkAsync()).Done.ShouldBe(24);

        var rows = await scene.ReadAsync(context => context.Annotations.AsNoTracking().ToListAsync());
        rows.Select(r => (r.Model, r.Pass, r.Layer, r.Rank)).Distinct().Count().ShouldBe(240);
        rows.ShouldAllBe(r => r.Rehearsal && r.ChatModel == "gpt-4o-mini");
        rows.ShouldAllBe(r => r.Interpretable == (r.TaskText != null) && r.Interpretable == (r.LinguisticText != null));
        rows.ShouldContain(r => !r.Interpretable);
        rows.ShouldContain(r => r.Tasks.Count > 0);
        rows.Select(r => r.Linguistic).Distinct().Count().ShouldBeGreaterThan(2);
        (await scene.UnitsAsync()).ShouldAllBe(u => u.Attempts == 1 && u.Subject.StartsWith("rehearsal pass "));
    }

    [Fact]
    public async Task Passes_differ_and_each_comes_out_the_same_again()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.QueueAsync(2);
        await scene.WorkAsync();
        var rows = await scene.AnnotationsAsync();
        rows.ShouldBe(await AnnotationScene.UndisturbedAsync(2));
        var passes = rows.GroupBy(row => row.Split(' ')[1]).Select(pass => pass.Select(row => row[(row.IndexOf(':'))..]).ToList()).ToList();
        passes[0].ShouldNotBe(passes[1]);
    }

    [Fact]
    public async Task Equal_questions_are_asked_once()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.QueueAsync(3);
        await scene.WorkAsync();
        var rows = await scene.ReadAsync(context => context.Annotations.AsNoTracking().ToListAsync());
        var summaries = (await scene.ReadAsync(context => context.Concepts.AsNoTracking().ToListAsync())).Select(c => string.Join(' ', c.Words.Take(15)))
            .Distinct().Count() * 3;
        var labels = rows.Where(r => r.Interpretable).Select(r => r.Summary).Distinct().Count() * 2;
        labels.ShouldBeLessThan(rows.Count / 2, "or nothing is shown");
        scene.Server.Statistics.Requests.ShouldBe(summaries + labels);
        (await scene.ReadAsync(context => context.ChatCalls.CountAsync())).ShouldBe(summaries + labels);
    }

    [Fact]
    public async Task Everything_is_said_again_from_the_ledger_with_nobody_to_ask()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.QueueAsync(2);
        await scene.WorkAsync();
        var rows = await scene.AnnotationsAsync();
        await scene.Server.DisposeAsync();
        await scene.ReadAsync(async context =>
        {
            await context.Annotations.ExecuteDeleteAsync();
            return await context.WorkUnits.ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Waiting));
        });
        (await scene.WorkAsync()).Done.ShouldBe(16);
        (await scene.AnnotationsAsync()).ShouldBe(rows);
    }

    [Fact]
    public async Task More_passes_and_later_concepts_are_added_to_what_is_there()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.QueueAsync(1);
        await scene.WorkAsync();
        (await scene.QueueAsync(1)).Added.ShouldBe(0);
        (await scene.UnitsAsync()).ShouldAllBe(u => u.Status == UnitStatus.Done);
        (await scene.QueueAsync(3)).Added.ShouldBe(16);
        (await scene.QueueAsync(2)).Passes.ShouldBe(3);
        await scene.WorkAsync();
        (await scene.AnnotationsAsync()).ShouldBe(await AnnotationScene.UndisturbedAsync(3));

        // Ranks 21 to 40 of a layer come in: four in a range that was done, the others in new ones.
        await scene.ReadAsync(async context =>
        {
            context.Concepts.AddRange(Enumerable.Range(21, 20).Select(rank => AnnotationScene.Concept("base", 0, rank)));
            return await context.SaveChangesAsync();
        });
        (await scene.QueueAsync(3)).Added.ShouldBe(3);
        (await scene.UnitsAsync()).Where(u => u.Status == UnitStatus.Waiting).Select(u => AnnotationSubject.Parse(u.Subject)).Select(s => (s.Pass, s.First))
            .Order()
            .ShouldBe([(1, 17), (1, 33), (2, 17), (2, 33), (3, 17), (3, 33)]);
        await scene.WorkAsync();
        (await scene.ReadAsync(context => context.Annotations.CountAsync())).ShouldBe(3 * 100);
    }

    [Fact]
    public async Task Concepts_of_a_layer_that_is_not_read_out_yet_are_left_out_and_said_so()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.ReadAsync(async context =>
        {
            context.WorkUnits.Add(
                new WorkUnitRow
                {
                    StudyId = AnnotationScene.Study,
                    Stage = Stages.FeedForward,
                    Model = "base",
                    Queue = Queues.Explain("base"),
                    Subject = "layer 2",
                    Status = UnitStatus.Waiting
                });
            return await context.SaveChangesAsync();
        });
        (await scene.QueueAsync(1)).LayersToCome.ShouldBe(1);
        await scene.ReadAsync(context => context.Concepts.ExecuteDeleteAsync());
        (await Should.ThrowAsync<BadInputException>(() => scene.QueueAsync(1))).ErrorClass.ShouldBe("concepts-missing");
    }

    [Fact]
    public async Task A_real_plan_keeps_its_settings_and_a_rehearsal_starts_anew()
    {
        await using var scene = await AnnotationScene.OpenAsync();
        await scene.QueueAsync(1);
        await scene.WorkAsync();
        var other = new Contracts.AnnotationRequest(1, scene.Server.Address, "other-model");
        (await scene.Planner.QueueAsync(AnnotationScene.Study, other, rehearsal: true)).Added.ShouldBe(8);
        (await scene.ReadAsync(context => context.Annotations.CountAsync())).ShouldBe(0);

        await scene.QueueAsync(1, rehearsal: false);
        await scene.Planner.QueueAsync(AnnotationScene.Study, other, rehearsal: false); // nothing is there yet that it would be compared with
        await scene.QueueAsync(1, rehearsal: false);
        await using (var context = scene.Storage.CreateDbContext())
        {
            context.Annotations.Add(new AnnotationRow
            {
                StudyId = AnnotationScene.Study,
                Model = "base",
                Pass = 1,
                Layer = 0,
                Rank = 1,
                ChatModel = "gpt-4o-mini",
                Summary = "words",
                Interpretable = true,
                Tasks = [],
            });
            await context.SaveChangesAsync();
        }

        (await Should.ThrowAsync<BadInputException>(() => scene.Planner.QueueAsync(AnnotationScene.Study, other, rehearsal: false))).ErrorClass.ShouldBe(
            "annotation-differs");
    }
}
