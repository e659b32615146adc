using System.Text.Json;

namespace Interpret.Acceptance.Tests;

public sealed class When_a_response_is_verified : IDisposable
{
    private const string Context = "Ann has a cat. The cat is black.";
    private readonly Scratch scratch = new();

    [Fact]
    public async Task The_context_s_sentences_are_ranked_and_those_that_each_sentence_leans_on_are_named()
    {
        var text = await VerifyAsync("--context", Context, "--question", "What colour is the cat?", "--response", "Black. It rains.");
        text.ShouldExitWith(0);
        text.Output.ShouldContain("1 is the mean over the prompt's tokens");
        text.Output.ShouldContain("69 %");
        var json = JsonDocument.Parse((await VerifyAsync(
            "--context", scratch.Write("context.txt", Context), "--question", "What colour is the cat?", "--response", "Black. It rains.", "--format", "json")).Output).RootElement;
        json.GetProperty("generated").GetBoolean().ShouldBeFalse();
        json.GetProperty("context").EnumerateArray().Select(one => one.GetProperty("text").GetString()).ShouldBe(["Ann has a cat.", "The cat is black."]);
        json.GetProperty("context").EnumerateArray().Select(one => one.GetProperty("rank").GetInt32()).ShouldBe([1, 2], ignoreOrder: true);
        json.GetProperty("sentences").EnumerateArray().Select(one => one.GetProperty("text").GetString()).ShouldBe(["Black.", "It rains."]);
    }

    [Fact]
    public async Task What_cannot_be_verified_is_refused()
    {
        (await VerifyAsync("--context", Context, "--prompt", "Ann has a dog.")).ShouldExitWith(3).Error.ShouldContain("a prompt that holds the context");
        (await VerifyAsync("--context", Context)).ShouldExitWith(2).Error.ShouldContain("expected either --question or --prompt");
        (await VerifyAsync("--context", Context, "--prompt", Context, "--question", "Why?")).ShouldExitWith(2);
        (await VerifyAsync("--context", " ", "--question", "Why?")).ShouldExitWith(3);
    }

    public void Dispose() => scratch.Dispose();

    private Task<CommandResult> VerifyAsync(params string[] arguments) =>
        InterpretProcess.RunAsync(scratch.At("state"), ["verify", "--checkpoint", SampleStudy.TunedCheckpoint, .. arguments]);
}
