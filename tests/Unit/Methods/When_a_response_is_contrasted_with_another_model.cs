using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Attribution;
using Interpret.Unit.Tests.Model;
using Interpret.Unit.Tests.RandomPair;
using TorchSharp;

namespace Interpret.Unit.Tests.Methods;

public sealed class When_a_response_is_contrasted_with_another_model : IClassFixture<SampleModels>, IDisposable
{
    private static readonly MethodChoice Contrast = new([], [new ContrastOtherTarget(), new LogitTarget()], Baseline.Mean);

    private readonly ShardedModel otherModel = new ModelFiles(RandomPairFiles.Study.Models[1].Checkpoint!).Load();
    private readonly ShardedModel model;
    private readonly InputExplainer own, other;

    public When_a_response_is_contrasted_with_another_model(SampleModels samples)
    {
        model = samples.Model;
        own = new InputExplainer(model, RandomPairFiles.Tokenizer);
        other = new InputExplainer(otherModel, RandomPairFiles.Tokenizer);
    }

    /// <summary>The definition: the other model reads the prompt and the response up to a place, and nothing behind.</summary>
    [Fact]
    public void The_tokens_are_the_likeliest_of_passes_over_each_beginning()
    {
        var found = Tokens(SampleModels.Inputs);
        foreach (var (input, (tokens, failure)) in SampleModels.Inputs.Zip(found))
        {
            failure.ShouldBeNull();
            tokens!.Read.ShouldBe(input.Ids);
            tokens.Ids.ShouldBe(Enumerable.Range(0, input.Targets).Select(j => Likeliest(input, j).First(id => id != input.TargetIds.ElementAt(j))));
            tokens.Pieces.ShouldBe(tokens.Ids.Select(RandomPairFiles.Tokenizer.Piece));
        }
    }

    [Fact]
    public void Where_the_other_model_would_say_the_same_it_is_its_second()
    {
        var prompt = SampleModels.Inputs[2];
        int[] read = [.. prompt.Ids.Take(prompt.Start + prompt.PromptTokens)];
        var said = GreedyGeneration.Run(otherModel, [read], 6, [], cancel: TestContext.Current.CancellationToken)[0];
        var input = new AttributionInput("said", [.. read, .. said], prompt.PromptTokens);
        var tokens = Tokens([input])[0].Tokens!;
        for (var j = 0; j < input.Targets; j++)
        {
            var likeliest = Likeliest(input, j);
            if (j > 0) likeliest[0].ShouldBe(said[j]); // the first may not be an end
            tokens.Ids[j].ShouldBe(likeliest.First(id => id != said[j]));
        }
    }

    [Fact]
    public void Scores_are_those_of_the_difference_of_both_logits()
    {
        var input = SampleModels.Inputs[3];
        var contrasted = own.Contrasted(input, Tokens([input])[0].Tokens!);
        var scores = own.ContrastScoresOf([contrasted], Contrast, TestContext.Current.CancellationToken)[0].Scores!.ShouldHaveSingleItem();
        (scores.Method, scores.Target).ShouldBe(("gradient_input", "contrast_other"));
        // The logit's scores of one token behind the same beginning, as a case of its own: of the response's token, and of the other model's.
        for (var j = 0; j < input.Targets; j++)
        {
            int[] beginning = [.. input.Ids.Take(input.Start + input.PromptTokens + j)];
            float[] Of(int token) => ForwardMode.Run(
                model, [new AttributionInput("one", [.. beginning, token], input.PromptTokens + j)], others: [new LogitTarget()],
                cancel: TestContext.Current.CancellationToken)[0].Others[0].Scores;
            var (ours, theirs) = (Of(input.TargetIds.ElementAt(j)), Of(contrasted.Contrasts![j]));
            var column = Enumerable.Range(0, input.PromptTokens).Select(i => scores.Scores[(i * input.Targets) + j]).ToArray();
            Agreement.Of(column, [.. ours.Zip(theirs, (a, b) => (double)a - b).Take(input.PromptTokens)]).ShouldBeLessThan(1e-4);
        }
    }

    [Fact]
    public void One_case_is_explained_with_both_models_as_it_is_from_stored_tokens()
    {
        const string Prompt = "Write a note to my neighbour Ann.";
        var cancel = TestContext.Current.CancellationToken;
        var explanation = own.Explain("case", Prompt, null, 6, DensitySettings.Default, others: Contrast with { Other = other }, cancel: cancel);
        explanation.Others.Select(one => one.Target).ShouldBe(["contrast_other", "logit"]);
        var input = own.Again(own.Read("case", Prompt, explanation.Response, null), explanation.Output);
        var tokens = other.ContrastTokensOf([new CasePieces("case", explanation.Input, explanation.Output)], cancel)[0].Tokens!;
        explanation.Contrasts.ShouldBe(tokens.Pieces);
        var scores = own.ContrastScoresOf([own.Contrasted(input, tokens)], Contrast, cancel)[0].Scores![0];
        Agreement.Of(scores.Scores, explanation.Others[0].Scores).ShouldBeLessThan(1e-5);
        scores.Scores.ShouldContain(score => score != 0);

        var alone = own.Explain("case", Prompt, null, 6, DensitySettings.Default, others: Contrast, cancel: cancel);
        alone.Others.Select(one => one.Target).ShouldBe(["logit"]);
        alone.Contrasts.ShouldBeNull();
    }

    [Fact]
    public void Models_of_different_tokenizers_are_refused()
    {
        var input = SampleModels.Inputs[0];
        var tokens = Tokens([input])[0].Tokens!;
        Refused(tokens with { Read = [.. tokens.Read.Take(3), tokens.Read[3] + 1, .. tokens.Read.Skip(4)] }).Where.ShouldBe("token 3");
        Refused(tokens with { Read = [.. tokens.Read.SkipLast(1)] }).Found.ShouldBe("the end");
        var piece = RandomPairFiles.Tokenizer.Piece(input.Ids[2]);
        Refused(tokens with { Pieces = ["▁elsewhere", .. tokens.Pieces.Skip(1)] }).Where!.ShouldContain("place 0");
        Refused(tokens with { Ids = [1 << 20, .. tokens.Ids.Skip(1)] }).Found.ShouldContain($"{1 << 20}");
        var (none, failure) = other.ContrastTokensOf([new CasePieces("case", [piece, "▁elsewhereabouts"], [piece])], TestContext.Current.CancellationToken)[0];
        none.ShouldBeNull();
        (failure!.ErrorClass, failure.Where).ShouldBe((ErrorClasses.TokensDiffer, "token 1 without BOS"));

        BadInputException Refused(ContrastTokens other)
        {
            var error = Should.Throw<BadInputException>(() => own.Contrasted(input, other));
            error.ErrorClass.ShouldBe(ErrorClasses.TokensDiffer);
            return error;
        }
    }

    [Fact]
    public void A_response_beyond_the_other_model_s_context_is_refused_and_keeps_no_other_from_its_tokens()
    {
        var piece = RandomPairFiles.Tokenizer.Piece(SampleModels.Inputs[0].Ids[2]);
        var results = other.ContrastTokensOf(
            [new CasePieces("long", [.. Enumerable.Repeat(piece, 600)], [piece]), new CasePieces("short", [piece], [piece]), new CasePieces("silent", [piece], [])],
            TestContext.Current.CancellationToken);
        results[0].Failure!.ErrorClass.ShouldBe(ErrorClasses.BeyondContext);
        results.Skip(1).Select(one => one.Tokens!.Ids.Count).ShouldBe([1, 0]);
    }

    public void Dispose() => otherModel.Dispose();

    private IReadOnlyList<(ContrastTokens? Tokens, BadInputException? Failure)> Tokens(IReadOnlyList<AttributionInput> inputs) => other.ContrastTokensOf(
        [.. inputs.Select(input => new CasePieces(input.Id, Pieces(input.Ids.Skip(input.Start).Take(input.PromptTokens)), Pieces(input.TargetIds)))]);

    private static string[] Pieces(IEnumerable<int> ids) => [.. ids.Select(RandomPairFiles.Tokenizer.Piece)];

    /// <summary>The other model's tokens in the place of a response token, from the likeliest on.</summary>
    private List<int> Likeliest(AttributionInput input, int place)
    {
        using var gradless = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var states = otherModel.Run(otherModel.Embed([.. input.Ids.Take(input.FirstReadout + place + 1)]).unsqueeze(0)).select(0, 0);
        var logits = otherModel.Logits(states.narrow(0, states.size(0) - 1, 1)).Values<float>();
        return [.. Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id])];
    }
}
