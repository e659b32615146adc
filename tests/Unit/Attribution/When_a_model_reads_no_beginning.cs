using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;
using Interpret.Unit.Tests.Model;
using Interpret.Unit.Tests.RandomPair;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>A tokenizer that puts no BOS in front: the prompt's first token has position 0, and its last one predicts the first target.</summary>
public sealed class When_a_model_reads_no_beginning(SampleModels samples) : IClassFixture<SampleModels>, IDisposable
{
    private static readonly string Pieces = Path.Combine(RandomPairFiles.Study.Models[0].Checkpoint!, "tokenizer.model");

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData(null, 1)]
    [InlineData("""{ "add_bos_token": true }""", 1)]
    [InlineData("""{ "add_bos_token": null, "bos_token": "<s>" }""", 1)]
    [InlineData("""{ "add_bos_token": false }""", null)]
    public void The_tokenizer_s_settings_decide(string? settings, int? bos)
    {
        var tokenizer = Read(settings);
        tokenizer.BosId.ShouldBe(bos);
        tokenizer.Beginning.ShouldBe(bos is { } id ? [id] : []);
        tokenizer.EncodeToIds("Sing.").ShouldBe(RandomPairFiles.Tokenizer.EncodeToIds("Sing."));
    }

    [Fact]
    public void Settings_that_say_neither_yes_nor_no_are_refused()
    {
        var refusal = Should.Throw<BadInputException>(() => Read("""{ "add_bos_token": "yes" }"""));
        (refusal.Where, refusal.Expected, refusal.Found).ShouldBe(("add_bos_token", "true or false", "\"yes\""));
    }

    [Theory, InlineData(AttributionMode.Forward), InlineData(AttributionMode.Reverse)]
    public void Rows_and_targets_are_those_of_the_tokens_alone(AttributionMode mode)
    {
        var tokenizer = Read("""{ "add_bos_token": false }""");
        int[] prompt = [.. tokenizer.EncodeToIds("Sing a song.")], whole = [.. tokenizer.EncodeToIds("Sing a song. La la la.")];
        var explained = new InputExplainer(samples.Model, tokenizer)
            .Explain("case", "Sing a song.", "La la la.", 4, DensitySettings.Default, mode, cancel: TestContext.Current.CancellationToken);
        explained.Output.ShouldBe(whole[prompt.Length..].Select(tokenizer.Piece));
        var expected = samples.Model.Forward(new AttributionInput("case", whole, prompt.Length) { Start = 0 });
        Agreement.Of(explained.Scores, expected.Scores).ShouldBeLessThan(1e-5);
        var written = new InputExplainer(samples.Model, tokenizer)
            .Explain("case", "Sing a song.", null, 4, DensitySettings.Default, mode, cancel: TestContext.Current.CancellationToken);
        written.Response.ShouldBe(tokenizer.Decode(samples.Model.Generate(prompt, 4)).Trim());
    }

    [Fact]
    public void Without_a_prompt_nothing_predicts_the_first_target() =>
        Should.Throw<InvalidOperationException>(() => samples.Model.Forward(new AttributionInput("case", [5, 6], 0) { Start = 0 }));

    private ITokenizer Read(string? settings)
    {
        scratch.Write("tokenizer.model", File.ReadAllBytes(Pieces));
        if (settings is not null) scratch.Write("tokenizer_config.json", settings);
        return TokenizerFormats.Load(scratch.Root);
    }
}
