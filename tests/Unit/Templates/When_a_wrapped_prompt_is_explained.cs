using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.RandomPair;

namespace Interpret.Unit.Tests.Templates;

public sealed class When_a_wrapped_prompt_is_explained
{
    private const string Prompt = "List three animals. They live in the sea.";

    private static readonly string Folder = RandomPairFiles.Study.Models.Single(model => model.Name == "tuned").Checkpoint!;

    [Theory]
    [InlineData(AttributionMode.Forward)]
    [InlineData(AttributionMode.Reverse)]
    public void Scores_are_those_of_what_the_model_reads(AttributionMode mode)
    {
        var files = ModelFiles.Open(Folder);
        using var model = files.Load();
        var wrapped = Wrapped("{{ bos_token }}[INST] {{ messages[0].content }} [/INST]");
        var tokens = new RenderedTokens(wrapped, files.Tokenizer, "case");
        var explained = Explain(files, wrapped, "A whale.", mode);
        var ids = tokens.With("A whale.");
        var expected = model.Reverse(new AttributionInput("case", ids, tokens.Count));
        explained.Scores.Zip(expected.Scores, (one, other) => Math.Abs(one - other)).Max().ShouldBeLessThan(1e-4f * expected.Scores.Max(Math.Abs));
        explained.Input.ShouldBe(ids.Skip(1).Take(tokens.Count).Select(files.Tokenizer.Piece));
        explained.Output.ShouldBe(ids.Skip(1 + tokens.Count).Select(files.Tokenizer.Piece));
        (explained.Rendered, explained.Mode).ShouldBe((wrapped.Text, mode));
    }

    [Fact]
    public void The_template_s_tokens_are_their_own_segment()
    {
        var files = ModelFiles.Open(Folder);
        var explained = Explain(files, Wrapped("{{ bos_token }}List three animals. {{ messages[0].content }} [/INST]"), "A whale.", null, "List three animals.");
        var template = explained.IsTemplate!;
        template.ShouldContain(true);
        template.ShouldContain(false);
        // The template holds the same words before: the instruction is the prompt's own.
        explained.InstructionMask.Zip(template).ShouldNotContain(token => token.First && token.Second);
        string.Concat(Pieces(files, explained, explained.InstructionMask)).Trim().ShouldBe("List three animals.");
        explained.Density.Zip(template).Where(token => token.Second).ShouldAllBe(token => token.First == 0);
        explained.Density.Max().ShouldBe(1, 1e-5);
        explained.Score.ShouldBe(InstructionScore.Of(explained.Density, explained.InstructionMask));
        // The density is that of the prompt's own rows.
        var (n, m) = (explained.Input.Count, explained.Output.Count);
        float[] own = [.. Enumerable.Range(0, n).Where(i => !template[i]).SelectMany(i => explained.Scores.Skip(i * m).Take(m))];
        explained.Density.Where((_, i) => !template[i]).ShouldBe(ImportanceDensity.Of(own, own.Length / m, m, DensitySettings.Default));
        explained.Scores.Where((_, i) => template[i / m]).ShouldContain(score => score != 0);
    }

    [Fact]
    public void An_instruction_marks_the_tokens_that_it_marks_without_a_template()
    {
        var files = ModelFiles.Open(Folder);
        foreach (var prompt in RandomPairFiles.Dataset.Prompts.Where(prompt => prompt.Spans.Count > 0))
        {
            var text = prompt.Prompt.Trim();
            var alone = InstructionMask.Of(text, prompt.Spans, files.Tokenizer);
            var tokens = new RenderedTokens(Template("{prompt}").Render([new("user", text)]), files.Tokenizer, prompt.Id);
            tokens.IsTemplate.ShouldAllBe(one => !one);
            InstructionMask.Of(tokens.Text, prompt.Spans, [.. tokens.Ids.Skip(tokens.Start).Zip(tokens.Places)], files.Tokenizer).ShouldBe(alone, prompt.Id);
        }
    }

    [Fact]
    public void A_response_that_the_model_writes_is_kept_as_its_tokens_and_ends_at_the_checkpoint_s_end()
    {
        var files = ModelFiles.Open(Folder);
        using var model = files.Load();
        var wrapped = Template("[INST] {prompt} [/INST]").Render([new("user", Prompt)]);
        var tokens = new RenderedTokens(wrapped, files.Tokenizer, "case");
        var written = model.Generate(tokens.Ids, 12);
        var explained = Explain(files, wrapped, null, null);
        explained.Output.ShouldBe(written.Select(files.Tokenizer.Piece));
        explained.Generated.ShouldBeTrue();
        // Some token that it writes, taken for the checkpoint's end token: it stops there.
        var at = Enumerable.Range(1, written.Count - 1).First(i => !written.Take(i).Contains(written[i]));
        var ends = wrapped with { SpecialTokens = new Dictionary<string, string> { ["eos_token"] = files.Tokenizer.Piece(written[at]) } };
        Explain(files, ends, null, null).Output.ShouldBe(written.Take(at).Select(files.Tokenizer.Piece));
    }

    private static IEnumerable<string> Pieces(ModelFiles files, InputExplanation explained, bool[] which) =>
        explained.Input.Where((_, i) => which[i]).Select(files.Tokenizer.Readable);

    private static RenderedPrompt Wrapped(string template) => ChatTemplate.Of(new TemplateSettings("t.jinja", template), Folder).Render([new("user", Prompt)]);

    private static ChatTemplate Template(string text) => ChatTemplate.Of(new TemplateSettings("t.txt", text), Folder);

    private static InputExplanation Explain(ModelFiles files, RenderedPrompt wrapped, string? response, AttributionMode? mode, params string[] instruction)
    {
        using var model = files.Load();
        return new InputExplainer(model, files.Tokenizer).Explain(
            "case", wrapped, response, 12, DensitySettings.Default, mode, instruction, cancel: TestContext.Current.CancellationToken);
    }
}
