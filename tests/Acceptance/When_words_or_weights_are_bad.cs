using System.Text.Json;

namespace Interpret.Acceptance.Tests;

/// <summary>Bad words stop a study before it starts; a bad weight costs the units that need it and no others.</summary>
public sealed class When_words_or_weights_are_bad : IDisposable
{
    private readonly Scratch scratch = new();

    [Theory]
    [InlineData("vocabulary", "", "vocabulary: expected at least one line of a word and its frequency, found none, 0 lines rejected [vocabulary-empty]")]
    [InlineData("vocabulary", "write\ncook\n",
        "found none, 2 lines rejected. row 1: expected a word and its frequency, parted by white space, found 1 field [wrong-columns] [vocabulary-empty]")]
    [InlineData("vectors", "", "vectors: expected a table of word vectors, found none [vectors-empty]")]
    [InlineData("vectors", "write 1 2\ncook 1\n", "vectors: row 2: expected 2 numbers, as in the rows before, found 1 [vectors-length]")]
    [InlineData("vectors", "write 1 2\ncook 1 2 3\n", "vectors: row 2: expected 2 numbers, as in the rows before, found 3 [vectors-length]")]
    [InlineData("vectors", "write 1 2\ncook 1 NaN\n", "vectors: row 2, \"cook\", number 2: expected a finite number, found \"NaN\" [vectors-number]")]
    [InlineData("vectors", "write 1 2\nsing 3 4\ncook 1",
        "vectors: row 3: expected 2 numbers, as in the rows before to its end, found 1. The file breaks off; fetch it again [vectors-truncated]")]
    public async Task Bad_words_are_refused_by_file_and_row_before_anything_is_planned(string which, string text, string message)
    {
        var file = Study("words", vocabulary: which == "vocabulary" ? text : "write 3\ncook 2\n", vectors: which == "vectors" ? text : "write 1 2\n");
        var result = (await RunAsync(file)).ShouldExitWith(3);
        result.Error.ShouldStartWith("error: ");
        result.Error.ShouldContain(scratch.At("words/"));
        result.Error.ShouldContain(message);
        result.Error.ShouldNotContain("   at ", customMessage: "no stack trace");
        result.Output.ShouldBeEmpty();
        (await InterpretProcess.RunAsync(scratch.At("state"), "status", "--format", "json")).ShouldExitWith(0).Output.Trim().ShouldBe("[]");
    }

    [Fact]
    public async Task A_missing_stop_list_is_refused()
    {
        var file = Study("words", "write 1\n", "write 1 2\n", new { stopWords = "stop.txt" });
        (await RunAsync(file)).ShouldExitWith(3).Error.ShouldContain($"error: {scratch.At("words/stop.txt")}: expected a readable file");
    }

    [Fact]
    public async Task Word_vectors_without_a_vocabulary_are_refused()
    {
        var file = Study("words", vocabulary: null, vectors: "write 1 2\n");
        (await RunAsync(file)).ShouldExitWith(3).Error.ShouldMatch(@"line \d+, vectors: expected the key ""vocabulary"" beside it, found none");
    }

    [Fact]
    public async Task Without_word_vectors_layers_are_read_out_and_heads_are_not()
    {
        var file = Study("no-vectors", "write 3\nWRITE 2\nWrite 1\ncook\nsing 1\n", vectors: null);
        var result = (await RunAsync(file)).ShouldExitWith(1); // a line of the vocabulary is set aside
        result.Error.ShouldContain("no-vectors: 2 words, no word vectors: attention heads are not read out");
        result.Error.ShouldMatch(@"rejected: \S+: row 4: expected a word and its frequency, parted by white space, found 1 field \[wrong-columns\]");
        (await InterpretProcess.RunAsync(scratch.At("state"), "failures", "no-vectors")).ShouldExitWith(0).Output.ShouldContain("wrong-columns (1)");
        result.Output.ShouldNotContain("Table 3");

        var status = (await InterpretProcess.RunAsync(scratch.At("state"), "status", "no-vectors", "--format", "json")).ShouldExitWith(0);
        status.Output.ShouldContain("\"feed-forward\"");
        status.Output.ShouldNotContain("\"attention\"");
        (await InterpretProcess.RunAsync(scratch.At("state"), "report", "no-vectors", "table3"))
            .ShouldExitWith(3).Error.ShouldContain("table3 of base and tuned: expected head word counts of both models, found none of base and tuned");
    }

    [Theory]
    [InlineData("model.layers.1.mlp.down_proj.weight", "feed-forward", "layer 1", "tensor model.layers.1.mlp.down_proj.weight: expected finite numbers")]
    [InlineData("model.layers.2.self_attn.q_proj.weight", "attention", "layer 2 heads 0-7", "layer 2 head 0: expected finite activations")]
    public async Task A_weight_that_is_no_number_parks_what_needs_it_and_the_rest_goes_on(string tensor, string stage, string subject, string error)
    {
        var file = SampleStudy.Write(scratch, "damaged", SampleStudy.Rows.Take(2), maxNewTokens: 2, words: true);
        var checkpoint = DamagedCheckpoint.Write(scratch, "checkpoint", tensor);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(SampleStudy.TunedCheckpoint, checkpoint));
        var result = (await RunAsync(file)).ShouldExitWith(1);
        result.Error.ShouldContain("3 units parked; see interpret failures damaged.");
        var page = await File.ReadAllTextAsync(scratch.At("state/report-damaged/report.md"));
        page.ShouldContain("* 17 units done\n* 3 parked: not-finite\n");
        page.Contains("Left out: 8 heads that only one of the models has.").ShouldBe(stage == "attention");

        var failures = (await InterpretProcess.RunAsync(scratch.At("state"), "failures", "damaged", "--format", "json")).ShouldExitWith(0);
        var parked = JsonDocument.Parse(failures.Output).RootElement.EnumerateArray().ToList();
        parked.ShouldAllBe(unit => unit.GetProperty("model").GetString() == "tuned" && unit.GetProperty("attempts").GetInt32() == 1);
        // The model as a whole answers nothing any more: its prompts are parked too.
        parked.Count(unit => unit.GetProperty("stage").GetString() == "attribution").ShouldBe(2);
        var readOut = parked.Single(unit => unit.GetProperty("stage").GetString() == stage);
        readOut.GetProperty("subject").GetString().ShouldBe(subject);
        readOut.GetProperty("errorText").GetString()!.ShouldContain(error);
    }

    public void Dispose() => scratch.Dispose();

    private Task<CommandResult> RunAsync(string file) => InterpretProcess.RunAsync(scratch.At("state"), "run", file);

    private string Study(string name, string? vocabulary, string? vectors, object? attention = null)
    {
        var file = SampleStudy.Write(scratch, name, SampleStudy.Rows.Take(1), maxNewTokens: 2, rated: false);
        var study = JsonSerializer.Deserialize<Dictionary<string, object>>(File.ReadAllText(file))!;
        foreach (var (key, text) in new[] { ("vocabulary", vocabulary), ("vectors", vectors) })
        {
            if (text is not null)
                study[key] = Path.GetFileName(scratch.Write($"{name}/{key}", text));
        }

        if (attention is not null)
            study["attention"] = attention;
        return scratch.Write($"{name}/study.json", JsonSerializer.Serialize(study));
    }
}
