
namespace Interpret.Acceptance.Tests;

/// <summary>Bad input is answered with exit code 3 and a message that names the place, what was expected and what was found.</summary>
public sealed class When_the_input_is_bad(SampleRun run) : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task An_unknown_key_is_answered_with_the_nearest_known_one()
    {
        var file = scratch.Write("study.json", "{\n \"dataste\": \"d.tsv\",\n \"models\": [] }");
        await RefusedAsync($"error: {file}: line 2, dataste: expected ", "\"dataset\"", "found \"dataste\"", ["run", file]);
    }

    [Fact]
    public async Task A_missing_study_file() =>
        await RefusedAsync($"error: {scratch.At("none.json")}: expected a readable file", "found ", "[input-missing]", ["run", scratch.At("none.json")]);

    [Fact]
    public async Task A_missing_dataset()
    {
        var file = SampleStudy.Write(scratch, "study", SampleStudy.Rows.Take(1));
        File.Delete(scratch.At("study/dataset.tsv"));
        await RefusedAsync($"error: {scratch.At("study/dataset.tsv")}: expected a readable file", "found ", "[input-missing]", ["run", file]);
    }

    [Fact]
    public async Task A_missing_checkpoint_which_is_noticed_before_anything_is_planned()
    {
        var file = SampleStudy.Write(scratch, "study", SampleStudy.Rows.Take(1));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(SampleStudy.TunedCheckpoint, scratch.At("nowhere")));
        await RefusedAsync($"error: {scratch.At("nowhere")}", "expected ", "found ", ["run", file]);
        File.Exists(scratch.At("state/interpret.db")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_dataset_with_another_header()
    {
        var file = SampleStudy.Write(scratch, "study", []);
        scratch.Write("study/dataset.tsv", "id\tprompt\n");
        await RefusedAsync(
            $"error: {scratch.At("study/dataset.tsv")}: row 1: ", "expected ID<tab>Prompt<tab>Response<tab>Instruct&Context", "found id<tab>prompt",
            ["run", file]);
    }

    [Fact]
    public async Task Another_study_under_a_known_name()
    {
        var file = SampleStudy.Write(scratch, SampleRun.Study, SampleStudy.Rows.Take(1));
        var result = (await run.AskAsync("run", file)).ShouldExitWith(3);
        result.Error.ShouldContain(
            "sample: expected the same files and settings as when it was first submitted, found others. Give the changed study another name");
    }

    [Theory]
    [InlineData("report")]
    [InlineData("status")]
    [InlineData("resume")]
    public async Task An_unknown_study_is_answered_with_the_known_ones(string verb)
    {
        var result = (await run.AskAsync(verb, "nowhere")).ShouldExitWith(3);
        result.Error.ShouldBe("error: nowhere: expected a study: sample, found no study of that name [study-unknown]\n");
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_model()
    {
        (await run.AskAsync("export", "attributions", "--study", "sample", "--model", "vicuna", "--out", scratch.At("x")))
            .ShouldExitWith(3).Error.ShouldContain("sample: model vicuna: expected attributions of that model, found none");
        (await run.AskAsync("report", "sample", "--tuned", "vicuna")).ShouldExitWith(3).Error.ShouldContain("sample: --tuned: expected tuned, found vicuna");
    }

    [Fact]
    public async Task A_directory_without_any_state() =>
        await RefusedAsync(
            $"error: {scratch.At("state")}: expected studies run or imported here, found no database", "interpret run", "[state-missing]",
            ["report", "sample"]);

    [Fact]
    public async Task A_database_that_is_none()
    {
        scratch.Write("state/interpret.db", "This is no database, and long enough to look like one at a first glance.");
        var result = (await InterpretProcess.RunAsync(scratch.At("state"), "status")).ShouldExitWith(3);
        result.Error.ShouldStartWith($"error: {scratch.At("state")}: expected a database that can be used, found a file that is damaged, or no database. ");
        result.Error.TrimEnd().ShouldEndWith("[state-damaged]");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("run")]
    [InlineData("report", "sample", "table9")]
    [InlineData("explain", "input", "--prompt", "hello")]
    [InlineData("explain", "input", "--prompt", "hello", "--checkpoint", "x", "--max-new-tokens", "0")]
    [InlineData("import", "attributions", "x", "--study", "s", "--model", "m", "--role", "cousin", "--dataset", "d", "--tokenizer", "t")]
    public async Task Wrong_usage_is_answered_with_where_to_find_help(params string[] arguments)
    {
        var result = (await run.AskAsync(arguments)).ShouldExitWith(2);
        result.Error.ShouldStartWith("error: ");
        result.Error.ShouldContain("--help");
        result.Output.ShouldBeEmpty();
    }

    public void Dispose() => scratch.Dispose();

    private async Task RefusedAsync(string place, string expected, string found, string[] arguments)
    {
        var result = (await InterpretProcess.RunAsync(scratch.At("state"), arguments)).ShouldExitWith(3);
        result.Error.ShouldContain(place);
        result.Error.ShouldContain(expected);
        result.Error.ShouldContain(found);
        result.Error.ShouldNotContain("   at ", customMessage: "no stack trace");
        result.Output.ShouldBeEmpty();
    }
}
