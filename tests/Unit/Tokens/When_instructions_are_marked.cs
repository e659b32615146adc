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
    public void A_span_marks_its_tokens(string prompt, string span, string expected) =>
        Shown(InstructionMask.Of(prompt, [span], Tokenizer)).ShouldBe(expected.Replace(" ", ""));

    [Fact]
    public void Spans_are_united() => Shown(InstructionMask.Of("ab cd ab\ncd", ["cd", "ab", "ab\ncd"], Tokenizer)).ShouldBe("11111");

    [Fact]
    public void A_span_that_the_prompt_lacks_is_bad_input() =>
        Should.Throw<BadInputException>(() => InstructionMask.Of("ab cd", ["ab", "dc"], Tokenizer)).ErrorClass.ShouldBe("span-not-in-prompt");

    [Fact]
    public void A_span_whose_tokens_the_prompt_lacks_is_bad_input() =>
        Should.Throw<BadInputException>(() => InstructionMask.Of("ab cd", ["b"], Tokenizer)).ErrorClass.ShouldBe("span-tokens-not-in-prompt");

    private static string Shown(bool[] mask) => string.Concat(mask.Select(marked => marked ? '1' : '0'));
}
