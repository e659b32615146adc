using Interpret.Explaining;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_texts_are_cut_into_sentences
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" \n\t\n", "")]
    [InlineData("One", "One")]
    [InlineData("One. Two? Three! Four: five; six", "One.|Two?|Three!|Four:|five; six")]
    [InlineData("One.Two  Three", "One.Two  Three")]
    [InlineData("\"Stop.\" Go on. ", "\"Stop.\" Go on.")]
    [InlineData("One\nTwo.\n\n  Three. \n Four", "One|Two.|  Three.| Four")]
    [InlineData("One.\u00A0\u2003Two.\r\nThree", "One.|Two.|Three")]
    [InlineData("Mr. . .", "Mr.|.|.")]
    [InlineData("a\nb", "a|b")]
    public void They_end_at_lines_and_behind_marks_before_white_space(string text, string sentences) =>
        string.Join('|', Sentences.Of(text).Select(range => text[range])).ShouldBe(sentences);

    [Fact]
    public void Characters_are_counted_as_people_count_them()
    {
        const string text = "a🐈b🐈🐈";
        var places = new CharacterPlaces(text);
        places.Count.ShouldBe(5);
        (CharacterSpan Span, string Part)[] parts = [(new(0, 1), "a"), (new(1, 2), "🐈"), (new(2, 3), "b"), (new(3, 5), "🐈🐈"), (new(0, 5), text)];
        foreach (var (span, part) in parts)
        {
            text[places.Units(span)].ShouldBe(part);
            places.Of(places.Units(span)).ShouldBe(span);
            places.Hold(span).ShouldBeTrue();
        }

        places.Of(2..3).ShouldBe(new(2, 2)); // from within the first cat, which counts as in front

        foreach (var span in new CharacterSpan[] { new(0, 0), new(2, 1), new(-1, 1), new(4, 6), new(5, 6) }) places.Hold(span).ShouldBeFalse($"{span}");
    }
}
