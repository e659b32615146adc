using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Tokens;

/// <summary>What a tokenizer says of its pieces, so that nothing else need know how they are written.</summary>
public sealed class When_tokens_are_spelled
{
    private static readonly ITokenizer Tokenizer = new TinyModel().With("▁a", "▁▁", "▁\"", "\"", "a", "b", "▁").Tokenizer();

    [Theory]
    [InlineData("▁a", " a"), InlineData("▁▁", "  "), InlineData("b", "b"), InlineData("<0x0A>", "⏎\n"), InlineData("<0x0B>", "<0x0B>"),
        InlineData("</s>", "</s>")]
    public void A_person_reads_spaces_and_line_ends(string piece, string read) => Tokenizer.Readable(piece).ShouldBe(read);

    /// <summary>" a" is ▁ and ▁a, of which the first says nothing; " b" is ▁▁ and b, of which the first says more than a space.</summary>
    [Theory]
    [InlineData("a", "▁a"), InlineData("b", "▁▁ b"), InlineData("", "▁▁")]
    public void A_word_is_what_it_is_inside_a_sentence(string word, string pieces) =>
        string.Join(' ', Tokenizer.WordIds(word).Select(Tokenizer.Piece)).ShouldBe(pieces);

    [Theory]
    [InlineData("▁", true), InlineData("<0x0A>", true), InlineData("▁\"", true), InlineData("\"", false), InlineData("▁▁", false), InlineData("a", false)]
    public void A_span_loses_spaces_line_ends_and_an_opening_quote(string piece, bool edge)
    {
        Tokenizer.TryGetId(piece, out var id).ShouldBeTrue();
        Tokenizer.IsSpanEdge(id).ShouldBe(edge);
    }

    [Fact]
    public void Special_tokens_are_those_that_no_text_becomes()
    {
        Tokenizer.SpecialTokens.ShouldBe(new Dictionary<string, int> { ["<s>"] = 1, ["</s>"] = 2 }, ignoreOrder: true);
        (Tokenizer.BosId, Tokenizer.EosId, Tokenizer.UnkId).ShouldBe((1, 2, 0));
        Tokenizer.EncodeToIds("<s></s>").ShouldNotContain(id => Tokenizer.SpecialTokens.Values.Contains(id));
    }

    /// <summary>Else a tokenizer of another kind would be misread there.</summary>
    [Fact]
    public void Nothing_else_knows_how_pieces_are_written()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories).ToList();
        sources.Count.ShouldBeGreaterThan(200);
        var own = Path.Combine(SourceTree.Root, "src", "Models", "Tokenizers") + Path.DirectorySeparatorChar;
        sources.Where(file => !file.StartsWith(own, StringComparison.Ordinal))
            .Where(file => File.ReadAllText(file) is var text && (text.Contains("SentencePiece") || text.Contains('▁') || text.Contains("<0x")))
            .ShouldBeEmpty();
    }
}
