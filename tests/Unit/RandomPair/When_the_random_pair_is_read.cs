using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Vocabularies;
using Interpret.Explaining;
using Interpret.Reports.Verbs;
using TorchSharp;

namespace Interpret.Unit.Tests.RandomPair;

public sealed class When_the_random_pair_is_read
{
    public static TheoryData<string> Ids => [.. RandomPairFiles.Dataset.Prompts.Select(prompt => prompt.Id)];

    [Fact]
    public void It_is_one_pair_of_small_models()
    {
        var study = RandomPairFiles.Study;
        study.Name.ShouldBe("random-pair");
        study.Pairs().Select(pair => (pair.Parent.Name, pair.Tuned.Name)).ShouldBe([("base", "tuned")]);
        study.Models.ShouldAllBe(model => model.Size == "tiny");
        study.Attribution.ShouldBe(new AttributionSettings(MaxNewTokens: 24));
        study.Attention.ShouldBe(new AttentionSettings());
        study.FeedForward.ShouldBe(new FeedForwardSettings(Ranks: 64));
    }

    [Fact]
    public void No_row_is_rejected_and_each_group_holds_enough_prompts()
    {
        RandomPairFiles.Dataset.Rejected.ShouldBeEmpty();
        RandomPairFiles.Dataset.Prompts.CountBy(prompt => prompt.Group).ShouldBe([new("daily", 11), new("email", 10), new("reason", 10)]);
    }

    [Theory, MemberData(nameof(Ids))]
    public void Every_span_is_found_among_the_tokens_of_its_prompt(string id)
    {
        var prompt = Prompt(id);
        prompt.Spans.ShouldNotBeEmpty();
        foreach (var span in prompt.Spans) InstructionMask.Of(prompt.Prompt, [span], RandomPairFiles.Tokenizer).ShouldContain(true, span);
    }

    [Theory, MemberData(nameof(Ids))]
    public void The_context_is_another_part_of_the_prompt(string id)
    {
        var prompt = Prompt(id);
        prompt.Prompt.ShouldContain(prompt.Context);
        prompt.Spans.ShouldAllBe(span => !prompt.Context.Contains(span));
        prompt.Prompt.ShouldBe(prompt.Prompt.Trim());
    }

    [Theory, MemberData(nameof(Ids))]
    public void Every_prompt_and_reference_is_decoded_to_itself(string id)
    {
        foreach (var text in new[] { Prompt(id).Prompt, Prompt(id).Reference })
            RandomPairFiles.Tokenizer.Decode(RandomPairFiles.Tokenizer.EncodeToIds(text)).ShouldBe(text);
    }

    /// <summary>Else rows of the attribution would belong to other tokens.</summary>
    [Theory, MemberData(nameof(Ids))]
    public void The_tokens_of_a_prompt_stay_whole_before_a_response(string id)
    {
        var (prompt, tokenizer) = (Prompt(id), RandomPairFiles.Tokenizer);
        var alone = tokenizer.EncodeToIds(prompt.Prompt);
        tokenizer.EncodeToIds($"{prompt.Prompt} {prompt.Reference}").Take(alone.Count).ShouldBe(alone);
    }

    [Fact]
    public void Every_prompt_is_rated_once_for_the_tuned_model()
    {
        var file = RatingsFile.Read(RandomPairFiles.Study.Ratings!);
        file.Rejected.ShouldBeEmpty();
        file.Ratings.Select(rating => rating.Id).ShouldBe(RandomPairFiles.Dataset.Prompts.Select(prompt => prompt.Id));
        var tuned = RandomPairFiles.Study.Models.Single(model => model.Role == ModelRole.Tuned);
        file.Ratings.ShouldAllBe(rating => rating.Model == $"{tuned.Name}_{tuned.Size}");
    }

    [Fact]
    public void Every_group_has_unfollowed_followed_and_unrated_responses()
    {
        var groups = RatingsFile.Read(RandomPairFiles.Study.Ratings!).Ratings.GroupBy(rating => rating.Id.Split('_')[0]);
        foreach (var group in groups)
        {
            group.Count(rating => rating.Value == 0).ShouldBe(1, group.Key);
            group.Count(rating => rating.Value == 1).ShouldBeGreaterThanOrEqualTo(3, group.Key);
            group.Count(rating => rating.Value >= 2).ShouldBeGreaterThanOrEqualTo(5, group.Key);
        }
    }

    [Fact]
    public void The_vocabulary_holds_the_verbs_of_instructions_and_general_verbs_to_compare_them_with()
    {
        var words = RandomPairFiles.Vocabulary.Words.Select(word => PythonCase.Lower(word.Word)).ToHashSet(StringComparer.Ordinal);
        RandomPairFiles.Vocabulary.Rejected.ShouldBeEmpty();
        words.Count.ShouldBe(RandomPairFiles.Vocabulary.Words.Count);
        words.Count.ShouldBeInRange(300, 500);
        VerbLists.Instruction.ShouldAllBe(verb => words.Contains(verb));
        VerbLists.General(RandomPairFiles.Vocabulary.Words.Select(word => (word.Word, word.Frequency))).Count.ShouldBeGreaterThan(150);
    }

    [Fact]
    public void Every_word_but_a_stop_word_has_a_vector_and_those_of_a_group_are_alike()
    {
        var words = RandomPairFiles.Vocabulary.Words.Select(word => word.Word).ToList();
        var vectors = WordVectorFile.Read(RandomPairFiles.Study.Vectors!, words, WordVectorOptions.Of(RandomPairFiles.Study.Attention));
        (vectors.Dimension, vectors.Unknown).ShouldBe((16, 0));
        vectors.Stopped.ShouldBeInRange(1, words.Count / 4);

        using var similarity = WordSimilarity.Of(vectors.Vectors, torch.CPU);
        Related("compose", "author").ShouldBeTrue();
        Related("translate", "paraphrase").ShouldBeTrue();
        Related("compose", "boil").ShouldBeFalse();
        Related("kitchen", "boil").ShouldBeFalse();

        bool Related(string a, string b)
        {
            var (first, second) = (words.IndexOf(a), words.IndexOf(b));
            return Cosine(vectors.Vectors[first]!, vectors.Vectors[second]!) > Math.Max(similarity.Thresholds[first], similarity.Thresholds[second]);
        }

        double Cosine(float[] a, float[] b) => Product(a, b) / Math.Sqrt(Product(a, a) * Product(b, b));
        double Product(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
    }

    private static DatasetPrompt Prompt(string id) => RandomPairFiles.Dataset.Prompts.Single(prompt => prompt.Id == id);
}
