using System.Text.Json;

namespace Interpret.Acceptance.Tests;

public sealed class When_one_case_is_explained : IDisposable
{
    private const string Prompt = "Write a note to my neighbour Ann.";
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_given_response_is_explained_token_by_token()
    {
        var json = Parse(await ExplainAsync("--prompt", Prompt, "--response", "Dear Ann, the cat is here."));
        var (n, m) = Shape(json);
        string.Concat(Texts(json, "input")).Replace('▁', ' ').Trim().ShouldBe(Prompt);
        string.Concat(Texts(json, "output")).Replace('▁', ' ').Trim().ShouldBe("Dear Ann, the cat is here.");
        json.GetProperty("response").GetString().ShouldBe("Dear Ann, the cat is here.");
        n.ShouldBeGreaterThan(5);
        m.ShouldBeGreaterThan(5);
        Numbers(json, "confidence").ShouldAllBe(p => p > 0 && p < 1);
        Numbers(json, "density").ShouldAllBe(d => d >= 0 && d <= 1);
    }

    [Fact]
    public async Task Without_a_response_the_model_writes_one_and_the_same_each_time()
    {
        var first = await ExplainAsync("--prompt", Prompt, "--max-new-tokens", "5");
        var json = Parse(first);
        Shape(json).M.ShouldBeInRange(1, 10);
        json.GetProperty("response").GetString().ShouldNotBeNullOrEmpty();
        (await ExplainAsync("--prompt", Prompt, "--max-new-tokens", "5")).Output.ShouldBe(first.Output);
    }

    [Fact]
    public async Task Both_modes_say_the_same()
    {
        var (forward, reverse) = (
            Parse(await ExplainAsync("--prompt", Prompt, "--response", "Dear Ann, hello.", "--mode", "forward")),
            Parse(await ExplainAsync("--prompt", Prompt, "--response", "Dear Ann, hello.", "--mode", "reverse")));
        (forward.GetProperty("mode").GetString(), reverse.GetProperty("mode").GetString()).ShouldBe(("forward", "reverse"));
        var (a, b) = (Scores(forward), Scores(reverse));
        var most = a.Max(Math.Abs);
        most.ShouldBeGreaterThan(0);
        a.Zip(b, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThanOrEqualTo(1e-4 * most);
        Texts(forward, "output").ShouldBe(Texts(reverse, "output"));
    }

    [Fact]
    public async Task The_page_shows_every_token_and_no_markup_of_the_prompt()
    {
        var json = Parse(await ExplainAsync("--prompt", Prompt, "--response", "Dear <b>Ann</b>"));
        var page = (await ExplainAsync("--prompt", Prompt, "--response", "Dear <b>Ann</b>", "--format", "html", "--out", scratch.At("page.html"))).Output;
        page.ShouldBeEmpty();
        page = await File.ReadAllTextAsync(scratch.At("page.html"));
        page.ShouldStartWith("<!DOCTYPE html>");
        page.ShouldContain("http-equiv=\"Content-Security-Policy\" content=\"default-src &#x27;none&#x27;; script-src &#x27;sha256-");
        var shown = System.Text.RegularExpressions.Regex.Matches(page, "<span role=\"option\"[^>]*>([^<]*)</span>")
            .Select(match => System.Net.WebUtility.HtmlDecode(match.Groups[1].Value)).ToList();
        shown.Select(text => text.Trim()).ShouldBe(Texts(json, "input").Concat(Texts(json, "output"))
            .Select(piece => piece.Replace('▁', ' ').Replace("<0x3C>", "<", StringComparison.Ordinal).Trim()), "a byte of a letter is shown as that letter");
    }

    [Fact]
    public async Task An_adapter_is_explained_over_its_base_and_asks_for_it_where_it_is_not_named()
    {
        var adapter = SampleAdapter.Write(scratch, "adapter");
        string[] asked = ["explain", "input", "--checkpoint", adapter, "--prompt", Prompt, "--response", "Dear Ann."];
        using var alone = InterpretProcess.Start(scratch.At("state"), null, asked);
        (await alone.EndAsync()).ShouldExitWith(3).Error.ShouldContain("--base on the command line");
        using var over = InterpretProcess.Start(scratch.At("state"), null, [.. asked, "--base", SampleStudy.BaseCheckpoint]);
        using var whole = InterpretProcess.Start(scratch.At("state"), null, [.. asked.Select(word => word == adapter ? SampleStudy.BaseCheckpoint : word)]);
        JsonElement merged = Parse((await over.EndAsync()).ShouldExitWith(0)), plain = Parse((await whole.EndAsync()).ShouldExitWith(0));
        Texts(merged, "output").ShouldBe(Texts(plain, "output"));
        Numbers(merged, "confidence").ShouldNotBe(Numbers(plain, "confidence"));
    }

    [Fact]
    public async Task A_response_is_contrasted_with_what_the_other_model_would_say()
    {
        string[] asked = ["--prompt", Prompt, "--response", "Dear Ann.", "--target", "contrast_other"];
        var json = JsonDocument.Parse((await ExplainAsync([.. asked, "--other", SampleStudy.BaseCheckpoint])).Output).RootElement;
        var (output, contrasts) = (Texts(json, "output"), Texts(json, "contrasts"));
        contrasts.Count.ShouldBe(output.Count);
        contrasts.Zip(output).ShouldAllBe(pair => pair.First != pair.Second);
        var other = json.GetProperty("others").EnumerateArray().ShouldHaveSingleItem();
        (other.GetProperty("method").GetString(), other.GetProperty("target").GetString()).ShouldBe(("gradient_input", "contrast_other"));
        other.GetProperty("values").GetArrayLength().ShouldBe(output.Count);

        (await ExplainAnyAsync(asked)).ShouldExitWith(2).Error.ShouldContain("--target contrast_other and --other: expected both, found one of them");
        (await ExplainAnyAsync("--prompt", Prompt, "--other", SampleStudy.BaseCheckpoint)).ShouldExitWith(2).Error.ShouldContain("found one of them");
        var another = Path.Combine(SampleStudy.Root, "samples", "checkpoints", "base");
        (await ExplainAnyAsync([.. asked, "--other", another])).ShouldExitWith(3).Error.ShouldContain("contrast_other needs two models with one tokenizer");
    }

    [Fact]
    public async Task A_dash_reads_the_prompt_from_standard_input()
    {
        using var process =
            InterpretProcess.Start(
            scratch.At("state"), "  " + Prompt + "\n", "explain", "input", "--checkpoint", SampleStudy.TunedCheckpoint, "--prompt", "-", "--response",
            "Dear Ann.");
        (await process.EndAsync()).ShouldExitWith(0).Output.ShouldBe((await ExplainAsync("--prompt", Prompt, "--response", "Dear Ann.")).Output);
    }

    [Theory]
    [InlineData("the prompt alone", "prompt: expected at most 512 tokens")]
    [InlineData("with its response", "prompt with its response: expected at most 512 tokens")]
    public async Task What_is_longer_than_the_context_is_refused(string what, string message)
    {
        var endless = string.Join(' ', Enumerable.Repeat("Water the plants.", 300));
        var result = await ExplainAnyAsync(what == "the prompt alone" ? ["--prompt", endless] : ["--prompt", "Water", "--response", endless]);
        result.ShouldExitWith(3).Error.ShouldContain($"error: --prompt: {message} with BOS, the model's context, found ");
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_prompt_is_refused() =>
        (await ExplainAnyAsync("--prompt", " \n ")).ShouldExitWith(3).Error.ShouldContain("expected a prompt, found only white space");

    public void Dispose() => scratch.Dispose();

    private static JsonElement Parse(CommandResult result)
    {
        var json = JsonDocument.Parse(result.Output).RootElement;
        json.EnumerateObject().Select(field => field.Name).ShouldBe(["input", "output", "response", "scores", "confidence", "density", "mode"]);
        return json;
    }

    /// <summary>n and m, the same wherever they occur.</summary>
    private static (int N, int M) Shape(JsonElement json)
    {
        var (n, m) = (json.GetProperty("input").GetArrayLength(), json.GetProperty("output").GetArrayLength());
        json.GetProperty("scores").GetArrayLength().ShouldBe(n);
        json.GetProperty("scores").EnumerateArray().ShouldAllBe(row => row.GetArrayLength() == m);
        json.GetProperty("confidence").GetArrayLength().ShouldBe(m);
        json.GetProperty("density").GetArrayLength().ShouldBe(n);
        return (n, m);
    }

    private static List<string> Texts(JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray().Select(v => v.GetString()!)];

    private static List<double> Numbers(JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];

    private static List<double> Scores(JsonElement json) =>
        [.. json.GetProperty("scores").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(v => v.GetDouble())];

    private async Task<CommandResult> ExplainAsync(params string[] arguments) => (await ExplainAnyAsync(arguments)).ShouldExitWith(0);

    private Task<CommandResult> ExplainAnyAsync(params string[] arguments) =>
        InterpretProcess.RunAsync(scratch.At("state"), ["explain", "input", "--checkpoint", SampleStudy.TunedCheckpoint, .. arguments]);
}
