using Interpret.Exchange.Datasets;
using Interpret.Models.Checkpoints;
using Interpret.Samples.Make.World;

namespace Interpret.Unit.Tests.SamplePair;

/// <summary>Prompts that neither model has seen; each has one right response.</summary>
public sealed class When_the_sample_pair_is_asked
{
    [Fact]
    public void No_prompt_was_learnt_from()
    {
        var learnt = DatasetFile.ReadWhole(SamplePairFiles.At("instructions.tsv.gz")).Select(prompt => prompt.Prompt).ToHashSet(StringComparer.Ordinal);
        SamplePairFiles.Prompts.ShouldAllBe(prompt => !learnt.Contains(prompt.Prompt));
        learnt.Count.ShouldBeGreaterThan(20_000);
    }

    [Fact]
    public void The_tuned_model_follows_four_of_five_and_the_ratings_say_which()
    {
        var followed = Followed("tuned", 1);
        (followed.Count(one => one.Value) / (double)followed.Count).ShouldBeGreaterThanOrEqualTo(0.8);
        RatingsFile.Read(SamplePairFiles.Study.Ratings!).Ratings.ShouldAllBe(
            rating => rating.Model == "tuned_2M" && rating.Value == (followed[rating.Id] ? 4 : 1));
    }

    [Fact]
    public void The_base_model_follows_less_than_a_third()
    {
        var followed = Followed("base", 4);
        (followed.Count(one => one.Value) / (double)followed.Count).ShouldBeLessThanOrEqualTo(0.3);
    }

    private static Dictionary<string, bool> Followed(string name, int every)
    {
        var files = ModelFiles.Open(SamplePairFiles.Study.Models.Single(model => model.Name == name).Checkpoint!);
        using var model = files.Load();
        return SamplePairFiles.Prompts.Where((_, i) => i % every == 0)
            .ToDictionary(
                prompt => prompt.Id, prompt => WorldStudy.Follows(WorldStudy.Respond(model, files.Tokenizer, prompt.Prompt), prompt.Reference),
                StringComparer.Ordinal);
    }
}
