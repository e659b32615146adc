using Interpret.Contracts;

namespace Interpret.Unit.Tests.Studies;

public sealed class ConceptLabelsTests
{
    [Theory]
    [InlineData("coding", "coding")]
    [InlineData("Translation; daily writing ;CODING.", "daily writing, coding, translation")]
    [InlineData("coding;coding", "coding")]
    [InlineData("None", "")]
    [InlineData("writing", "")]
    [InlineData("coding, translation", "")]
    [InlineData("", "")]
    public void Tasks_are_listed_between_semicolons(string answer, string expected) => string.Join(", ", ConceptLabels.TasksIn(answer)).ShouldBe(expected);

    [Theory]
    [InlineData("Semantic", "semantic")]
    [InlineData(" morphology. ", "morphology")]
    [InlineData("Semantic; Syntax", null)]
    [InlineData("It is Syntax", null)]
    [InlineData("", null)]
    public void A_level_is_the_whole_answer(string answer, string? expected) => ConceptLabels.LevelIn(answer).ShouldBe(expected);
}
