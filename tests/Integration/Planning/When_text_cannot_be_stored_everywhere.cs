using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Integration.Tests.Storage;
using Interpret.Orchestrator;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Planning;

/// <summary>PostgreSQL has no U+0000 in texts, SQLite has: a study is the same on both.</summary>
public sealed class When_text_cannot_be_stored_everywhere : IDisposable
{
    private readonly Scratch scratch = new();

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task The_rows_that_hold_it_are_set_aside_and_the_others_are_planned(Provider provider)
    {
        using var database = await TestDatabase.OpenAsync(provider);
        var bad = SampleStudy.Rows[1].Insert(SampleStudy.Rows[1].IndexOf('\t') + 4, "\0");
        var study = StudyFile.Read(SampleStudy.Write(scratch, "study", [SampleStudy.Rows[0], bad, SampleStudy.Rows[2]], words: true));
        var vocabulary = scratch.Write("study/words.tsv", await File.ReadAllTextAsync(study.Vocabulary!) + "a\0b 0.1\n");
        var submission = await new StudyPlanner(database.Storage, TimeProvider.System).SubmitAsync(
            study with { Vocabulary = vocabulary }, study.Models.ToDictionary(model => model.Name, _ => new ModelFacts(2, 4)));
        submission.Rejected.Select(one => one.File).ShouldBe([study.Dataset, vocabulary]);
        submission.Rejected.ShouldAllBe(one => one.Row.ErrorClass == "bad-text");
        submission.Vocabulary!.Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("bad-text");

        await using var context = database.Storage.CreateDbContext();
        (await context.Prompts.Select(prompt => prompt.Id).OrderBy(id => id).ToListAsync())
            .ShouldBe(new[] { SampleStudy.Id(SampleStudy.Rows[0]), SampleStudy.Id(SampleStudy.Rows[2]) }, ignoreOrder: true);
        (await context.WorkUnits.Where(unit => unit.Status == UnitStatus.Parked).OrderBy(unit => unit.Subject).ToListAsync())
            .Select(unit => (unit.Subject, unit.Stage, unit.ErrorClass))
            .ShouldBe([("row 3", Stages.Attribution, "bad-text"), ($"vocabulary line {submission.Rejected[1].Row.Row}", Stages.FeedForward, "bad-text")]);
    }

    public void Dispose() => scratch.Dispose();
}
