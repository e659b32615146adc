using Interpret.Contracts;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_answers_are_read
{
    [Theory]
    [InlineData("Cannot Tell")]
    [InlineData("cannot tell.")]
    [InlineData("\"Can't tell\"")]
    [InlineData("Can’t Tell")]
    [InlineData("**Can not tell**")]
    [InlineData("Cannot tell: the words share nothing.")]
    public void Cannot_tell_is_known_in_its_spellings(string summary) => AnswerText.IsCannotTell(summary).ShouldBeTrue();

    [Theory]
    [InlineData("Words about telling and what one cannot tell")]
    [InlineData("Poems")]
    public void A_summary_is_not_taken_for_cannot_tell(string summary) => AnswerText.IsCannotTell(summary).ShouldBeFalse();

    [Theory]
    [InlineData("Coding", "coding")]
    [InlineData("coding, Daily Writing.", "daily writing, coding")]
    [InlineData("- Translation\n- \"Literary Writing\"", "literary writing, translation")]
    [InlineData("Solving Math Problems; coding; Coding", "solving math problems, coding")]
    [InlineData("None", "")]
    [InlineData("none.", "")]
    public void Task_labels_are_those_that_were_offered(string answer, string expected)
    {
        var labels = AnswerText.Tasks(answer);
        string.Join(", ", labels.Known).ShouldBe(expected);
        labels.Unknown.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Cooking", "", "cooking")]
    [InlineData("Coding, Cooking", "coding", "cooking")]
    [InlineData("Coding, None", "coding", "none")]
    [InlineData("It would serve coding", "", "it would serve coding")]
    public void Other_task_labels_are_unknown(string answer, string known, string unknown)
    {
        var labels = AnswerText.Tasks(answer);
        string.Join(", ", labels.Known).ShouldBe(known);
        string.Join(", ", labels.Unknown).ShouldBe(unknown);
    }

    [Theory]
    [InlineData("Semantic", "semantic")]
    [InlineData("semantics.", "semantic")]
    [InlineData("**Morphology**", "morphology")]
    public void The_linguistic_level_is_one_of_four(string answer, string expected) => AnswerText.Linguistic(answer).Known.ShouldBe([expected]);

    [Theory]
    [InlineData("Semantic, Syntax", "syntax and semantic")]
    [InlineData("Pragmatics", "pragmatics")]
    [InlineData("None", "none")]
    public void Several_levels_or_others_are_none(string answer, string unknown)
    {
        AnswerText.Linguistic(answer).Known.ShouldBeEmpty();
        AnswerText.Linguistic(answer).Unknown.ShouldBe([unknown]);
    }
}
