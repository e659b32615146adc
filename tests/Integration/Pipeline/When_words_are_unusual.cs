using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Pipeline;

[Collection("pipeline")]
public sealed class When_words_are_unusual : IDisposable
{
    private static readonly string LongWord = string.Concat(Enumerable.Repeat("überlang", 10));
    private static readonly string[] Alike = ["a=b", @"back\slash", LongWord, "Write"];

    private readonly Scratch scratch = new();

    [Fact]
    public async Task They_are_read_out_like_others()
    {
        string[] fillers = [.. Enumerable.Range(0, 36).Select(i => $"filler{i}")];
        var file = SampleStudy.Write(scratch, "unusual", SampleStudy.Rows.Take(1), maxNewTokens: 2, words: true);
        var vocabulary = scratch.Write("vocabulary", $"Write 3\n{string.Join('\n', Alike.Concat(fillers).Select(word => $"{word} 1"))}\nwrite 2\nWRITE 1\n");
        // All alike point along the first axis, each filler along one of its own.
        var vectors = scratch.Write("vectors", string.Concat(Alike.Concat(fillers).Select((word, i) =>
            $"{word.Replace("Write", "write")} {string.Join(' ', Enumerable.Range(0, 1 + fillers.Length).Select(axis => axis == Math.Max(0, i - Alike.Length + 1) ? 1 : 0))}\n")));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file))
            .Replace(Path.Combine(SampleStudy.Samples, "vocabulary.tsv"), vocabulary).Replace(Path.Combine(SampleStudy.Samples, "vectors.txt"), vectors));

        var scene = await StudyScene.PlanAsync(scratch, file);
        var progress = await scene.WorkAsync();
        (progress.Done, progress.Parked).ShouldBe((progress.Total, 0));
        await using var context = scene.State.Storage.CreateDbContext();
        var words = await context.Vocabulary.AsNoTracking().OrderBy(word => word.Position).ToListAsync();
        words.Select(word => (word.Word, word.Frequency)).ShouldBe([("Write", 7), .. Alike.Except(["Write"]).Concat(fillers).Select(word => (word, 1.0))]);
        words.ShouldAllBe(word => word.Vector != null);

        var related = (await context.AttentionPatterns.AsNoTracking().ToListAsync()).SelectMany(row => row.KeyWords.Zip(row.QueryWords)).ToList();
        foreach (var word in Alike) related.ShouldContain(pair => pair.First == word);
        related.ShouldAllBe(pair => Alike.Contains(pair.First) && Alike.Contains(pair.Second) && pair.First != pair.Second);

        // A pair with an equals sign of its own cannot be told apart from others in the original's files, and does not count.
        var counted = (await context.HeadWordCounts.AsNoTracking().ToListAsync()).SelectMany(row => row.Words).Distinct().ToList();
        counted.ShouldBe([@"back\slash", LongWord, "write"], ignoreOrder: true);
        var concepts = await context.Concepts.AsNoTracking().ToListAsync();
        concepts.ShouldAllBe(concept => concept.Words.Count == words.Count && concept.Words.Contains(LongWord) && concept.Words.Contains("a=b"));
    }

    [Theory]
    [InlineData("model.embed_tokens.weight", Stages.Attention)]
    [InlineData("lm_head.weight", Stages.FeedForward)]
    public async Task An_embedding_that_is_no_number_parks_what_would_be_read_with_it(string tensor, string stage)
    {
        var file = SampleStudy.Write(scratch, "damaged", SampleStudy.Rows.Take(1), maxNewTokens: 2, words: true);
        var files = ModelFiles.Open(SampleStudy.TunedCheckpoint);
        var row = files.Tokenizer.EncodeToIds("the")[0];
        var checkpoint = DamagedCheckpoint.Write(scratch, "checkpoint", tensor, row * files.Checkpoint.Config.HiddenSize);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(SampleStudy.TunedCheckpoint, checkpoint));
        var scene = await StudyScene.PlanAsync(scratch, file);
        await scene.WorkAsync();
        var parked = (await scene.UnitsAsync()).Where(unit => unit.Status == UnitStatus.Parked && unit.Stage == stage).ToList();
        parked.Count.ShouldBe(4);
        parked.ShouldAllBe(
            unit => unit.Model == "tuned" && unit.ErrorClass == "not-finite" && unit.ErrorText!.Contains($"tensor {tensor}: expected finite numbers"));
    }

    public void Dispose() => scratch.Dispose();
}
