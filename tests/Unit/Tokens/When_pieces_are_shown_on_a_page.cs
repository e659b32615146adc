using Interpret.Cli.Commands;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Tokens;

public sealed class When_pieces_are_shown_on_a_page
{
    private static readonly ITokenizer Tokenizer = new TinyModel().With("▁a").Tokenizer();

    [Theory]
    [InlineData("▁the|<0xE2>|<0x82>|<0xAC>|s", " the|·|·|€|s")]
    [InlineData("<0xF0>|<0x9F>|<0x91>|<0x8D>", "·|·|·|&#128077;")]
    [InlineData("<0x0A>|a", "⏎\n|a")]
    [InlineData("<0x3C>|<0x09>", "&lt;|\t")]
    [InlineData("<0xE2>|a|<0x82>", "·|a|\uFFFD")]
    [InlineData("<0xE2>|<0xE2>|a", "·|\uFFFD|a")]
    [InlineData("<b>|<0xZZ>|&", "&lt;b&gt;|&lt;0xZZ&gt;|&amp;")]
    public void Letters_that_are_spelled_in_bytes_are_letters(string pieces, string shown) =>
        string.Join('|', ExplanationPage.Texts(pieces.Split('|'), Tokenizer)).ShouldBe(shown);
}
