using Interpret.Contracts;
using Interpret.Exchange.Datasets;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_ratings_are_matched
{
    private static readonly HashSet<string> Prompts = ["a_1", "a_2"];

    [Theory]
    [InlineData("tuned_v2", "tuned tuned_v2", "tuned_v2:tuned_v2")] // not of the model whose name it only begins with
    [InlineData("tuned", "tuned tuned_v2", "tuned:tuned")]
    [InlineData("tuned tuned_v2", "tuned tuned_v2", "tuned:tuned tuned_v2:tuned_v2")]
    [InlineData("tuned_7B tuned_v2", "tuned tuned_v2", "tuned_7B:tuned tuned_v2:tuned_v2")]
    [InlineData("tuned_7B", "tuned", "tuned_7B:tuned")]
    [InlineData("tuned_7B tuned_13B", "tuned/13B", "tuned_13B:tuned")]
    [InlineData("tuned tuned_7B", "tuned/7B", "tuned_7B:tuned")] // name and size before the name alone
    [InlineData("tuned", "tuned/7B", "tuned:tuned")]
    [InlineData("tuned tuned_7B", "tuned", "tuned:tuned")]
    [InlineData("tuned_v2 tuned_v2_7B", "tuned/v2 tuned_v2/7B", "tuned_v2:tuned tuned_v2_7B:tuned_v2")]
    public void The_most_exact_name_counts(string names, string models, string expected) =>
        string.Join(' ', Match(names, models).Select(one => $"{one.Rating.Model}:{one.Model}")).ShouldBe(expected);

    [Theory]
    [InlineData("tuned_7B tuned_13B", "tuned", "one name for the model tuned", "\"tuned_7B\" and \"tuned_13B\"")]
    [InlineData("tuned_v2_7B", "tuned tuned_v2", "a name that fits one model of the study", "\"tuned_v2_7B\", which fits tuned and tuned_v2")]
    [InlineData("tuned_v2", "tuned/v2 tuned_v2", "a name that fits one model of the study", "\"tuned_v2\", which fits tuned and tuned_v2")]
    public void A_name_that_could_be_of_two_and_two_names_for_one_are_refused(string names, string models, string expected, string found)
    {
        var error = Should.Throw<BadInputException>(() => Match(names, models));
        (error.ErrorClass, error.InputSource, error.Expected, error.Found).ShouldBe(("ratings-ambiguous", "r.tsv", expected, found));
    }

    [Theory]
    [InlineData("Tuned_2M", "tuned/2M", "a rating of tuned_2M and of a prompt such as a_1", "such as Tuned_2M and a_1")]
    [InlineData("", "tuned", "a rating of tuned and of a prompt such as a_1", "no usable row")]
    public void Ratings_of_no_model_are_refused_and_a_name_of_each_side_is_shown(string names, string models, string expected, string found)
    {
        var error = Should.Throw<BadInputException>(() => Match(names, models));
        (error.ErrorClass, error.Expected, error.Found).ShouldBe(("ratings-unmatched", expected, found));
    }

    [Fact]
    public void Ratings_of_no_prompt_are_refused()
    {
        var error = Should.Throw<BadInputException>(() => Of([new Rating(2, "b_1", "tuned", 1, "")], [new("tuned", null)]));
        (error.ErrorClass, error.Found).ShouldBe(("ratings-unmatched", "such as tuned and b_1"));
    }

    /// <summary>What another model's ratings are is none of its business.</summary>
    [Fact]
    public void Only_the_models_asked_for_can_be_ambiguous()
    {
        Rating[] ratings = [new(2, "a_1", "tuned", 1, ""), new(3, "a_1", "other_7B", 1, ""), new(4, "a_1", "other_13B", 1, "")];
        ModelRatings.Of("r.tsv", ratings, [new("tuned", null), new("other", null)], new HashSet<string> { "tuned" }, Prompts)
            .ShouldHaveSingleItem().Rating.Model.ShouldBe("tuned");
        ModelRatings.Of("r.tsv", ratings, [new("base", null)], new HashSet<string> { "base" }, Prompts, required: false).ShouldBeEmpty();
    }

    private static IReadOnlyList<(string Model, Rating Rating)> Match(string names, string models) => Of(
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((name, i) => new Rating(i + 2, "a_1", name, 1, ""))],
        [.. models.Split(' ').Select(model => model.Split('/')).Select(parts => new NamedModel(parts[0], parts.ElementAtOrDefault(1)))]);

    private static IReadOnlyList<(string Model, Rating Rating)> Of(IReadOnlyList<Rating> ratings, IReadOnlyList<NamedModel> models) =>
        ModelRatings.Of("r.tsv", ratings, models, models.Select(model => model.Name).ToHashSet(), Prompts);
}
