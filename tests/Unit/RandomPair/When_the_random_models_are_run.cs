using Interpret.Models.Checkpoints;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.RandomPair;

public sealed class When_the_random_models_are_run
{
    private static readonly int MaxNewTokens = RandomPairFiles.Study.Attribution.MaxNewTokens;

    public static TheoryData<string> Names => [.. RandomPairFiles.Study.Models.Select(model => model.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_checkpoint_is_complete(string name)
    {
        var files = Open(name);
        files.Checkpoint.Config.VocabularySize.ShouldBe(files.Tokenizer.VocabularySize);
        files.Tokenizer.BosId.ShouldBe(files.Checkpoint.Config.BosId);
        files.Checkpoint.Config.EosIds.ShouldBe([files.Tokenizer.EosId]);
    }

    [Fact]
    public void Both_share_one_tokenizer() =>
        RandomPairFiles.Study.Models.Select(model => Convert.ToHexString(File.ReadAllBytes(Path.Combine(model.Checkpoint!, "tokenizer.model")))).Distinct()
            .ShouldHaveSingleItem();

    /// <summary>Noise, but readable: most tokens of a response are met once in it, nearly all are text, and each prompt has one of its own.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Responses_are_varied_text(string name)
    {
        var files = Open(name);
        using var model = files.Load();
        var responses = RandomPairFiles.Dataset.Prompts.Select(prompt => Respond(model, files.Tokenizer, prompt.Prompt)).ToList();

        responses.Average(response => response.Distinct().Count()).ShouldBeGreaterThan(0.75 * MaxNewTokens);
        responses.SelectMany(response => response).Average(id => files.Tokenizer.Piece(id).StartsWith("<0x", StringComparison.Ordinal) ? 1 : 0)
            .ShouldBeLessThan(0.05);
        responses.Select(files.Tokenizer.Decode).Distinct().Count().ShouldBe(responses.Count);
    }

    [Fact]
    public void Every_prompt_fits_the_context_with_its_response() =>
        RandomPairFiles.Dataset.Prompts.Max(prompt => RandomPairFiles.Tokenizer.CountTokens(prompt.Prompt))
            .ShouldBeLessThan(Open("base").Checkpoint.Config.ContextLength - MaxNewTokens);

    private static IReadOnlyList<int> Respond(ShardedModel model, ITokenizer tokenizer, string prompt) =>
        GreedyGeneration.Run(model, [tokenizer.BosId!.Value, .. tokenizer.EncodeToIds(prompt)], MaxNewTokens, TestContext.Current.CancellationToken);

    private static ModelFiles Open(string name) => ModelFiles.Open(RandomPairFiles.Study.Models.Single(model => model.Name == name).Checkpoint!);
}
