using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Parity;
using Interpret.Unit.Tests.Model;
using Interpret.Unit.Tests.RandomPair;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Attribution;

public sealed class When_a_checkpoint_is_checked
{
    /// <summary>The reference data is what another implementation computed in float64.</summary>
    [Theory, MemberData(nameof(When_families_are_held_against_golden_numbers.Names), MemberType = typeof(When_families_are_held_against_golden_numbers))]
    public void A_right_reference_is_certified_and_another_family_s_is_not(string name)
    {
        var found = Check(name, name);
        found.Count.ShouldBe(3);
        found.ShouldAllBe(one => one.Alike && one.Tokens > 0 && one.Greedy == 20 && one.Logits < 1e-5);
        Check(name, name == "olmo2" ? "gemma2" : "olmo2").ShouldAllBe(one => !one.Alike);
    }

    [Fact]
    public void The_first_layer_that_differs_is_named()
    {
        using var tiny = new TinyFamily("LlamaForCausalLM");
        var config = tiny.Open().Config;
        using var model = tiny.Load();
        double[] row = [.. tiny.Weights["model.embed_tokens.weight"].Values.Skip(7 * config.HiddenSize).Take(config.HiddenSize).Select(value => (double)value)];
        var one = new ReferenceCase("", "", [4, 9, 7], 3, HasBeginning: false) { Hidden = [row, new double[config.HiddenSize], new double[config.HiddenSize]] };
        var files = ModelFiles.Open(RandomPairFiles.Study.Models[0].Checkpoint!);
        var found = ParityCheck.Run(files, model, one, TestContext.Current.CancellationToken);
        found.Layers[0].ShouldBeLessThan(1e-6);
        found.FirstDivergingLayer.ShouldBe(1);
        found.Alike.ShouldBeFalse();
    }

    [Theory]
    [InlineData("[]", "a list of cases"), InlineData("""[{ "prompt": "a" }]""", "case 1, ids"), InlineData("""[{ "ids": [1] }]""", "case 1, prompt")]
    [InlineData("""[{ "prompt": "a", "ids": [1], "n": 2 }]""", "case 1, n"), InlineData("""[{ "prompt": "a", "ids": ["b"] }]""", "case 1, ids")]
    [InlineData("""[{ "prompt": "a", "ids": [1], "hidden": [[1, "b"]] }]""", "case 1, hidden"), InlineData("nothing", "line 1")]
    public void A_reference_that_is_none_is_refused_by_case_and_key(string text, string place)
    {
        using var scratch = new Scratch();
        scratch.Write("reference.json", text);
        var error = Should.Throw<BadInputException>(() => ReferenceCase.Read(Path.Combine(scratch.Root, "reference.json")));
        error.ErrorClass.ShouldBe(ErrorClasses.ReferenceMalformed);
        error.Message.ShouldContain(place);
    }

    private static List<ParityOfCase> Check(string checkpoint, string reference)
    {
        var files = ModelFiles.Open(Reference.Path($"families/{checkpoint}"));
        using var model = files.Load();
        return [.. ReferenceCase.Read(Reference.Path($"families/{reference}/golden.json"))
            .Select(one => ParityCheck.Run(files, model, one, TestContext.Current.CancellationToken))];
    }
}
