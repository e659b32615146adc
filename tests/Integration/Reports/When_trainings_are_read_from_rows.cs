using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Reports.Trainings;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Reports;

public sealed class When_trainings_are_read_from_rows : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Models_of_one_training_and_one_parent_are_pooled_and_each_is_compared_with_its_parent()
    {
        var storage = await StudyAsync(("llama", Roles.Base, null, null), ("a", Roles.Tuned, null, "sft"), ("b", Roles.Tuned, "llama", "sft"),
            ("alone", Roles.Tuned, "a", "dpo"), ("other", Roles.Tuned, "a", "sft"), ("c", Roles.Tuned, null, null));
        // Over their parent: a by 1 and 3, b by 5 and 5.5.
        foreach (var (model, first, second) in new[] { ("llama", 1.0, 2.0), ("a", 2, 5), ("b", 6, 7.5), ("alone", 50, 61), ("other", 70, 82), ("c", 90, 99) })
            await WriteAsync(storage, ExampleRows.Attribution("x_1", first, model), ExampleRows.Attribution("x_2", second, model));
        var scope = new ReportScope(storage, "study", null, ["llama", "a", "b", "alone", "other", "c"]);

        var effect = (await StudyTrainings.ReadAsync(scope, TestContext.Current.CancellationToken)).Effects.ShouldHaveSingleItem();
        effect.Training.Title.ShouldBe("sft of llama");
        effect.Each.Select(one => (one.Table, one.Group, one.Model, one.Cases, one.Difference))
            .ShouldBe([("Table 2: tuned − parent", "x", "a", 2, 2), ("Table 2: tuned − parent", "x", "b", 2, 5.25)]);
        effect.Each.Select(one => one.Error).ShouldBe([1, 0.25], 1e-12);

        var reports = new StudyReports(storage);
        var list = await reports.ListAsync("study");
        list.Reports.ShouldBe(["trainings", "trainings-each"]);
        list.Pairs.Select(pair => $"{pair.Base}-{pair.Tuned}").ShouldBe(["llama-a", "llama-b", "a-alone", "a-other", "llama-c"]);
        var text = (await reports.RenderAsync("study", "trainings", null, [ReportFormats.Text]))[0];
        text.ShouldContain("sft of llama");
        (await reports.RenderAsync("study", "trainings", null, [null]))[0].ShouldContain("<polygon");
    }

    [Fact]
    public async Task A_study_without_several_models_of_a_training_says_what_its_file_must_say()
    {
        var storage = await StudyAsync(("llama", Roles.Base, null, null), ("a", Roles.Tuned, null, "sft"), ("b", Roles.Tuned, null, null));
        var reports = new StudyReports(storage);
        (await Should.ThrowAsync<BadInputException>(reports.RenderAsync("study", "trainings", null, [null]))).Message
            .ShouldContain("expected several models of one training, found none. Give two tuned models or more the same \"parent\" and \"training\"");
        (await reports.ListAsync("study")).Reports.ShouldBeEmpty();
    }

    public void Dispose() => scratch.Dispose();

    private async Task<SqliteStorage> StudyAsync(params (string Name, string Role, string? Parent, string? Training)[] models)
    {
        var storage = new SqliteStorage(scratch.At("interpret.db"));
        await storage.MigrateAsync();
        await WriteAsync(storage, new StudyRow { Id = "study", Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        await WriteAsync(storage, [.. models.Select((model, i) => new ModelRow
        {
            StudyId = "study", Name = model.Name, Role = model.Role, Parent = model.Parent, Training = model.Training, Position = i,
        })]);
        return storage;
    }

    private static async Task WriteAsync<T>(SqliteStorage storage, params T[] rows)
        where T : class
    {
        await using var context = storage.CreateDbContext();
        await context.UpsertAsync(rows);
    }
}
