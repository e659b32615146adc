using System.Data.Common;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Orchestrator;
using Interpret.Reports;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace Interpret.Integration.Tests.Planning;

public sealed class When_a_study_is_planned : IAsyncLifetime
{
    private readonly Scratch scratch = new();
    private readonly FakeTimeProvider clock = new();
    private SqliteStorage storage = null!;

    public async ValueTask InitializeAsync()
    {
        storage = new SqliteStorage(scratch.At("interpret.db"));
        await storage.MigrateAsync();
    }

    [Fact]
    public async Task The_sample_study_becomes_prompts_ratings_models_words_and_units_of_each_model()
    {
        var submission = await SubmitAsync(StudyFile.Read(Path.Combine(SampleStudy.Samples, "study.json")));
        (submission.Study, submission.IsNew, submission.Prompts, submission.Units, submission.Rejected.Count).ShouldBe(("random-pair", true, 31, 70, 0));

        await using var context = storage.CreateDbContext();
        var study = await context.Studies.SingleAsync();
        (study.Id, study.Status, study.CreatedAt).ShouldBe(("random-pair", StudyStatus.Active, clock.GetUtcNow().ToUnixTimeMilliseconds()));
        (await context.Models.OrderBy(m => m.Position).ToListAsync()).Select(m => (m.Name, m.Role, m.Size, m.Parent, m.Checkpoint))
            .ShouldBe([("base", Roles.Base, "tiny", null, SampleStudy.BaseCheckpoint), ("tuned", Roles.Tuned, "tiny", "base", SampleStudy.TunedCheckpoint)]);
        (await context.Prompts.CountAsync()).ShouldBe(31);
        var prompt = await context.Prompts.SingleAsync(p => p.Id == "daily_packing");
        prompt.Row.ShouldBe(2);
        prompt.Text.ShouldContain("at most.\n\nInput: We sleep");
        prompt.Reference.ShouldStartWith("Wear\n- waterproof");
        prompt.Spans.ShouldBe(
            ["Write a packing list for a three-day hike in early spring.", "Group the items under three headings, and keep every item to five words at most."]);
        (await context.Ratings.CountAsync(r => r.Model == "tuned")).ShouldBe(31);
        (await context.Ratings.SingleAsync(r => r.PromptId == "daily_packing")).Rating.ShouldBe(4);

        var units = await context.WorkUnits.OrderBy(u => u.Sequence).ToListAsync();
        units.ShouldAllBe(u => u.Status == UnitStatus.Waiting && u.Attempts == 0);
        string[] layers = ["0", "1"]; // SubmitAsync gives the models two layers of four heads
        (string, string)[] subjects =
        [
            .. SampleStudy.Rows.Select(row => (Stages.Attribution, SampleStudy.Id(row))),
            .. layers.Select(layer => (Stages.Attention, $"layer {layer} heads 0-3")),
            .. layers.Select(layer => (Stages.FeedForward, $"layer {layer}")),
        ];
        units.Select(u => (u.Model, (u.Stage, u.Subject))).ShouldBe(from model in (string[])["base", "tuned"] from subject in subjects select (model, subject));

        var words = await context.Vocabulary.OrderBy(v => v.Position).ToListAsync();
        words.Count.ShouldBe(submission.Vocabulary!.Words.Count);
        words.Select(word => (word.Word, word.Frequency, word.Vector?.Length)).ShouldContain(("Input", 0.010554, 16 * sizeof(float)));
        words.Single(word => word.Word == "the").Vector.ShouldBeNull("a stop word");
    }

    [Theory]
    [InlineData(1, "heads 0-0", "heads 1-1", "heads 2-2", "heads 3-3")]
    [InlineData(3, "heads 0-2", "heads 3-3")]
    [InlineData(4, "heads 0-3")]
    [InlineData(9, "heads 0-3")]
    public async Task Heads_become_units_of_as_many_as_the_study_says(int headsPerUnit, params string[] heads)
    {
        var study = StudyFile.Read(SampleStudy.Write(scratch, "study", SampleStudy.Rows.Take(1), words: true));
        await SubmitAsync(study with { Attention = study.Attention with { HeadsPerUnit = headsPerUnit } });
        await using var context = storage.CreateDbContext();
        var units = await context.WorkUnits.Where(u => u.Stage == Stages.Attention && u.Model == "base").OrderBy(u => u.Sequence).ToListAsync();
        units.Select(u => u.Subject).ShouldBe(from layer in (int[])[0, 1] from some in heads select $"layer {layer} {some}");
    }

    [Fact]
    public async Task Without_word_vectors_layers_are_read_out_and_heads_are_not()
    {
        var study = StudyFile.Read(SampleStudy.Write(scratch, "study", SampleStudy.Rows.Take(1), words: true));
        var submission = await SubmitAsync(study with { Vectors = null });
        submission.Vocabulary!.ToString().ShouldBe("402 words, no word vectors: attention heads are not read out");
        await using var context = storage.CreateDbContext();
        (await context.WorkUnits.Where(u => u.Model == "base").OrderBy(u => u.Sequence).Select(u => u.Stage).ToListAsync())
            .ShouldBe([Stages.Attribution, Stages.FeedForward, Stages.FeedForward]);
        (await context.Vocabulary.CountAsync(v => v.Vector != null)).ShouldBe(0);
    }

    [Fact]
    public async Task Submitting_the_same_again_changes_nothing()
    {
        var study = Study(rows: [.. SampleStudy.Rows.Take(3), SampleStudy.BadRow]);
        var first = await SubmitAsync(study);
        await using (var context = storage.CreateDbContext())
            await context.WorkUnits.Where(u => u.Model == "base").ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Done));
        var again = await SubmitAsync(study);
        (again.IsNew, again.Prompts, again.Units, again.Rejected.Count).ShouldBe((false, first.Prompts, first.Units, 1));
        (await new UnitLedger(storage, clock).ProgressAsync("study")).Done.ShouldBe(3);
    }

    [Fact]
    public async Task What_has_no_effect_in_a_checkpoint_is_kept_and_is_no_part_of_what_is_the_same_study()
    {
        var study = Study();
        var facts = study.Models.ToDictionary(m => m.Name, m => new ModelFacts(2, 4, "a") { Remarks = m.Name == "base" ? ["config.json: it says so twice"] : null });
        (await new StudyPlanner(storage, clock).SubmitAsync(study, facts)).Remarks.ShouldBe(["base: config.json: it says so twice"]);
        (await new StudyReports(storage).ListAsync("study")).Facts.ShouldContain("base: config.json: it says so twice");
        var unseen = facts.ToDictionary(one => one.Key, one => one.Value with { Remarks = null }); // by whoever has not the checkpoint
        (await new StudyPlanner(storage, clock).SubmitAsync(study, unseen)).IsNew.ShouldBeFalse();
    }

    [Fact]
    public async Task What_has_no_effect_is_reported_of_a_model_whose_checkpoint_only_a_worker_or_an_operator_has()
    {
        const string Remark = "config.json: it says so twice";
        var study = Study();
        var facts = study.Models.ToDictionary(m => m.Name, m => new ModelFacts(2, 4, "a"));
        await new StudyPlanner(storage, clock).SubmitAsync(study, facts);
        await NoteAsync("another");
        (await FactsAsync()).ShouldNotContain($"base: {Remark}");
        (await CompletedAsync()).ShouldBeNull();
        await NoteAsync("a");
        (await FactsAsync()).ShouldContain($"base: {Remark}");
        (await CompletedAsync()).ShouldBe([Remark]);

        Task NoteAsync(string hash) => new StudyOperations(storage, clock).RegisterModelAsync("base", new ModelFacts(2, 4, hash) { Remarks = [Remark] });
        async Task<IReadOnlyList<string>> FactsAsync() => (await new StudyReports(storage).ListAsync("study")).Facts;
        async Task<IReadOnlyList<string>?> CompletedAsync()
        {
            var known = (await new StudyQueries(storage, clock).ModelsAsync()).Select(model => model with { Registered = false }).ToList();
            return ModelDirectory.Complete(study, facts, [], known)["base"].Remarks;
        }
    }

    [Theory]
    [InlineData("a prompt")]
    [InlineData("a rating")]
    [InlineData("a setting")]
    public async Task Another_study_under_the_same_name_is_refused(string changed)
    {
        await SubmitAsync(Study());
        if (changed == "a prompt")
            await File.AppendAllTextAsync(scratch.At("study/dataset.tsv"), SampleStudy.Rows[5] + "\n");
        if (changed == "a rating")
            await File.WriteAllTextAsync(
                scratch.At("study/ratings.tsv"), (await File.ReadAllTextAsync(scratch.At("study/ratings.tsv"))).Replace("\t4\n", "\t3\n"));
        var study = StudyFile.Read(scratch.At("study/study.json"));
        if (changed == "a setting")
            study = study with { Attribution = study.Attribution with { Threshold = 6 } };

        var error = await Should.ThrowAsync<BadInputException>(SubmitAsync(study));
        error.ErrorClass.ShouldBe("study-differs");
        error.Message.ShouldContain("another name");
        await using var context = storage.CreateDbContext();
        (await context.Prompts.CountAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Rows_that_cannot_be_used_are_parked_units_with_file_and_row()
    {
        var submission = await SubmitAsync(Study(rows: [SampleStudy.Rows[0], SampleStudy.BadRow, "only one column", SampleStudy.Rows[0], SampleStudy.Rows[1]]));
        submission.Prompts.ShouldBe(2);
        submission.Rejected.Select(r => (r.File, r.Row.Row))
            .ShouldBe([(scratch.At("study/dataset.tsv"), 3), (scratch.At("study/dataset.tsv"), 4), (scratch.At("study/dataset.tsv"), 5)]);

        await using var context = storage.CreateDbContext();
        var parked = await context.WorkUnits.Where(u => u.Status == UnitStatus.Parked).OrderBy(u => u.Subject).ToListAsync();
        parked.Select(u => (u.Subject, u.ErrorClass)).ShouldBe([("row 3", "span-not-in-prompt"), ("row 4", "wrong-columns"), ("row 5", "duplicate-id")]);
        parked[0].ErrorText.ShouldBe(
            $"{scratch.At("study/dataset.tsv")}: row 3: expected instruction spans that occur in the prompt, found \"Feed the cat.\" [span-not-in-prompt]");
        (await context.WorkUnits.CountAsync(u => u.Status == UnitStatus.Waiting)).ShouldBe(4);
    }

    [Fact]
    public async Task A_ratings_row_that_cannot_be_used_is_a_parked_unit_as_well()
    {
        var study = Study();
        await File.AppendAllTextAsync(study.Ratings!, "too\tfew\n");
        (await SubmitAsync(study)).Rejected.ShouldHaveSingleItem().File.ShouldBe(study.Ratings);
        await using var context = storage.CreateDbContext();
        var parked = await context.WorkUnits.SingleAsync(u => u.Status == UnitStatus.Parked);
        (parked.Subject, parked.ErrorClass).ShouldBe(("ratings row 33", "wrong-columns"));
    }

    [Theory]
    [InlineData("tuned_tiny", "ratings-ambiguous")]
    [InlineData("Tuned", "ratings-unmatched")]
    public async Task Ratings_that_cannot_be_told_or_match_nothing_are_refused(string name, string errorClass)
    {
        var study = Study();
        var header = (await File.ReadAllLinesAsync(study.Ratings!))[0];
        var id = SampleStudy.Id(SampleStudy.Rows[0]);
        await File.WriteAllTextAsync(study.Ratings!, $"{header}\n{id}\t{name}\tp\tr\ti\to\t1\n{id}\t{name}2\tp\tr\ti\to\t2\n");
        var error = await Should.ThrowAsync<BadInputException>(SubmitAsync(study with { Models = [study.Models[0], study.Models[1] with { Size = "" }] }));
        error.ErrorClass.ShouldBe(errorClass);
        await NothingIsThere();
    }

    [Fact]
    public async Task Prompts_without_a_marked_instruction_are_named()
    {
        string[] unmarked = ["daily_none\tWater the plants.\tYes.\t&&&", "daily_label\tOutput: x\tYes.\tOutput:&&&"];
        var submission = await SubmitAsync(Study(rows: [SampleStudy.Rows[0], .. unmarked]));
        (submission.Prompts, submission.Rejected.Count).ShouldBe((3, 0));
        submission.Unmarked.ShouldBe(["daily_none", "daily_label"]);
    }

    /// <summary>Nobody has to say what a file is: a dataset of objects may have any name.</summary>
    [Fact]
    public async Task A_dataset_of_objects_is_kept_with_its_chats_and_its_evidence()
    {
        var study = Study();
        await File.WriteAllTextAsync(study.Dataset, """
            {"id": "qa_tea", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Tea is hot. Why?"}], "context": "Tea is hot.", "evidence": ["hot"]}
            {"id": "qa_none", "prompt": "Why?", "topic": "none"}
            {"id": "qa_bad", "prompt": "Why?", "evidence": ["hot"]}
            """);
        var submission = await SubmitAsync(study with { Ratings = null });
        (submission.Prompts, submission.Rejected.Single().Row.Field).ShouldBe((2, "evidence"));
        submission.Ignored.Keys.ShouldBe(["topic"]);
        submission.Unmarked.ShouldBe(["qa_tea", "qa_none"]);
        await using var context = storage.CreateDbContext();
        var rows = await context.Prompts.AsNoTracking().OrderBy(prompt => prompt.Row).ToListAsync();
        (rows[0].Text, rows[0].Context, rows[0].Messages).ShouldBe(
            ("Tea is hot. Why?", "Tea is hot.", """[{"role":"system","content":"Be brief."},{"role":"user","content":"Tea is hot. Why?"}]"""));
        rows[0].Evidence.ShouldBe([7, 10]);
        (rows[1].Text, rows[1].Context, rows[1].Messages, rows[1].Evidence).ShouldBe(("Why?", null, null, null));
    }

    [Fact]
    public async Task A_name_for_two_models_is_refused()
    {
        var study = Study();
        var error = await Should.ThrowAsync<BadInputException>(SubmitAsync(study with { Models = [study.Models[0], study.Models[1] with { Name = "base" }] }));
        error.Message.ShouldContain("\"base\" twice");
        await NothingIsThere();
    }

    [Fact]
    public async Task A_model_without_a_checkpoint_is_refused()
    {
        var study = Study();
        var error = await Should.ThrowAsync<BadInputException>(
            SubmitAsync(study with { Models = [study.Models[0], study.Models[1] with { Checkpoint = null }] }));
        error.Message.ShouldContain("model tuned: expected a checkpoint");
        await NothingIsThere();
    }

    [Theory]
    [InlineData(null, "none, 0 rows rejected")]
    [InlineData(SampleStudy.BadRow, "none, 1 rows rejected. row 2: ")]
    public async Task A_dataset_without_a_usable_prompt_is_refused(string? row, string found)
    {
        var error = await Should.ThrowAsync<BadInputException>(SubmitAsync(Study(rows: row is null ? [] : [row])));
        error.ErrorClass.ShouldBe("dataset-empty");
        error.Message.ShouldContain(found);
        await NothingIsThere();
    }

    [Fact]
    public async Task A_plan_that_fails_in_its_last_step_leaves_nothing()
    {
        await using (var context = storage.CreateDbContext())
            await context.Database.ExecuteSqlRawAsync(
                "CREATE TRIGGER full BEFORE INSERT ON work_units WHEN NEW.Subject = 'row 4' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
        await Should.ThrowAsync<DbException>(SubmitAsync(Study(rows: [.. SampleStudy.Rows.Take(2), SampleStudy.BadRow])));
        await NothingIsThere();
    }

    public ValueTask DisposeAsync()
    {
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    private StudyDefinition Study(IEnumerable<string>? rows = null) => StudyFile.Read(SampleStudy.Write(scratch, "study", rows ?? SampleStudy.Rows.Take(2)));

    private Task<Submission> SubmitAsync(StudyDefinition study) =>
        new StudyPlanner(storage, clock).SubmitAsync(study, study.Models.DistinctBy(m => m.Name).ToDictionary(m => m.Name, _ => new ModelFacts(2, 4)));

    private async Task NothingIsThere()
    {
        await using var context = storage.CreateDbContext();
        (await context.Studies.CountAsync() + await context.Models.CountAsync() + await context.Prompts.CountAsync() + await context.Ratings.CountAsync()
            + await context.WorkUnits.CountAsync()).ShouldBe(0);
    }
}
