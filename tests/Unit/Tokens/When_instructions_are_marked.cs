using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Tokens;

public sealed class When_instructions_are_marked
{
    private static readonly SentencePieceTokenizer Tokenizer =
        new TinyModel().With("ab", "cd", "▁ab", "▁cd", "▁\"", "a", "b", "c", "d", "\"", "▁").Tokenizer();

    [Theory]
    [InlineData("ab cd", "ab", "10")]
    [InlineData("ab cd", "cd", "01")]
    [InlineData("ab\ncd", "cd", "001")] // tokenised with the newline in front, else it would be ▁cd
    [InlineData("ab cd ab", "ab", "100")] // the first occurrence only
    [InlineData("ab\n\"cd\" ab", "\"cd\"", "00111 0")]
    [InlineData("ab \"cd\"", "\"cd\"", "0011")] // the ▁" before a quoted span is an edge piece: not marked
    [InlineData("ab cd", "ab cd", "11")]
    [InlineData("ab cd", "", "00")]
    [InlineData("ab\n", "ab\n", "10")]
    [InlineData("ab cd", " ", "00")] // nothing but edges
    public void A_span_marks_its_tokens(string prompt, string span, string expected) =>
        Shown(InstructionMask.Of(prompt, [span], Tokenizer)).ShouldBe(expected.Replace(" ", ""));

    [Fact]
    public void Spans_are_united() => Shown(InstructionMask.Of("ab cd ab\ncd", ["cd", "ab", "ab\ncd"], Tokenizer)).ShouldBe("11111");

    [Fact]
    public void A_span_that_the_prompt_lacks_is_bad_input() =>
        Should.Throw<BadInputException>(() => InstructionMask.Of("ab cd", ["ab", "dc"], Tokenizer)).ShouldSatisfyAllConditions(
            refusal => refusal.ErrorClass.ShouldBe("span-not-in-prompt"), refusal => refusal.Expected.ShouldBe("a part of the prompt"));

    [Fact]
    public void A_span_whose_tokens_the_prompt_lacks_is_bad_input() =>
        Should.Throw<BadInputException>(() => InstructionMask.Of("ab cd", ["b"], Tokenizer)).ShouldSatisfyAllConditions(
            refusal => refusal.ErrorClass.ShouldBe("span-tokens-not-in-prompt"),
            refusal => refusal.Expected.ShouldBe("the span's tokens among the prompt's"));

    /// <summary>The same by characters, as in a prompt inside a template: tokens of the template hold none.</summary>
    [Theory]
    [InlineData("ab", "010000")]
    [InlineData("ab cd", "011000")]
    [InlineData("b", "010000")]
    [InlineData("cd", "001000")]
    [InlineData("cd\n", "001000")] // less the edge behind
    [InlineData("\na", "000010")] // and in front
    [InlineData("", "000000")]
    [InlineData("b cd\na", "011110")]
    public void A_span_marks_the_tokens_that_hold_its_characters(string span, string expected) => Shown(ByPlace(span)).ShouldBe(expected);

    [Fact]
    public void Spans_by_characters_are_united_and_refused_as_others_are()
    {
        Shown(ByPlace("a", "cd")).ShouldBe("011000");
        var missing = Should.Throw<BadInputException>(() => ByPlace("dc"));
        missing.ErrorClass.ShouldBe("span-not-in-prompt");
        missing.Message.ShouldBe("instruction mask: expected a part of the prompt, found \"dc\". The dataset's fourth column must quote its prompt");
        var edges = Should.Throw<BadInputException>(() => ByPlace("\n"));
        (edges.ErrorClass, edges.Expected).ShouldBe(("span-tokens-not-in-prompt", "tokens of the prompt that hold the span"));
    }

    /// <summary>"ab cd", a line's end and "ab" between two tokens of a template.</summary>
    private static bool[] ByPlace(params string[] spans)
    {
        var (ab, cd, end) = (Tokenizer.EncodeToIds("ab")[0], Tokenizer.EncodeToIds("cd")[0], Tokenizer.EncodeToIds("ab\n")[^1]);
        return InstructionMask.Of("ab cd\nab", spans, [(1, null), (ab, (0, 2)), (cd, (2, 5)), (end, (5, 6)), (ab, (6, 8)), (2, null)], Tokenizer);
    }

    private static string Shown(bool[] mask) => string.Concat(mask.Select(marked => marked ? '1' : '0'));
}
