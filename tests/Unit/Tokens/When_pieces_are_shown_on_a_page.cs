using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Tokens;

public sealed class When_pieces_are_shown_on_a_page
{
    [Theory]
    [InlineData("▁the|<0xE2>|<0x82>|<0xAC>|s", " the|·|·|€|s")]
    [InlineData("<0xF0>|<0x9F>|<0x91>|<0x8D>", "·|·|·|\U0001F44D")]
    [InlineData("<0x0A>|a", "⏎\n|a")]
    [InlineData("<0x3C>|<0x09>", "<|\t")]
    [InlineData("<0xE2>|a|<0x82>", "·|\uFFFDa|\uFFFD")]
    [InlineData("<0xE2>|<0xE2>|a", "·|\uFFFD|\uFFFDa")]
    [InlineData("<b>|<0xZZ>|&", "<b>|<0xZZ>|&")]
    public void Letters_that_are_spelled_in_bytes_are_letters(string pieces, string shown) =>
        string.Join('|', PieceTexts.Of(pieces.Split('|'), PieceSpelling.MarkedSpaces)).ShouldBe(shown);

    [Theory]
    [InlineData("Write|Ġa|Ġnote", "Write a note", "Write| a| note")]
    [InlineData("▁Write|▁a|▁note", "Write a note", " Write| a| note")]
    [InlineData("▁Write|▁a|▁note", "another text", " Write| a| note")]
    public void Rows_are_read_as_their_vocabulary_spells_the_prompt(string pieces, string prompt, string shown) =>
        string.Join('|', PieceTexts.Of(pieces.Split('|'), PieceTexts.SpellingOf(pieces.Split('|'), prompt))).ShouldBe(shown);
}
