using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Interpret.Models.Tokenizers;
using Kind = Interpret.Models.Tokenizers.SentencePieceKind;

namespace Interpret.Unit.Tests.Tokens;

public sealed class When_text_is_tokenised
{
    // Best first.
    private static readonly string[] Vocabulary = ["▁a", "ab", "bc", "▁ab", "aa", "aaaa", "▁▁", "##", "b", "a", "c", "▁", "#"];

    private static readonly SentencePieceTokenizer Letters = new TinyModel().With(Vocabulary).Tokenizer();

    [Theory]
    [InlineData("", "")]
    [InlineData("###", "▁ ## #")]
    [InlineData("#####", "▁ ## ## #")]
    [InlineData(" ", "▁▁")]
    [InlineData("  ", "▁▁ ▁")]
    [InlineData("abc", "▁a bc")]
    [InlineData("cabc", "▁ c ab c")]
    [InlineData("caaaaa", "▁ c aaaa a")]
    [InlineData("a\nb", "▁a <0x0A> b")]
    [InlineData("é", "▁ <0xC3> <0xA9>")]
    [InlineData("c😀", "▁ c <0xF0> <0x9F> <0x98> <0x80>")]
    public void The_best_pair_is_merged_first_and_of_equal_ones_the_leftmost(string text, string pieces) => Pieces(Letters, text).ShouldBe(pieces);

    [Theory]
    [InlineData("<s>")]
    [InlineData("</s>")]
    [InlineData("<unk>")]
    [InlineData("<0x0A>")]
    public void Text_never_becomes_a_special_piece(string text)
    {
        var ids = Letters.EncodeToIds(text);
        ids.Count.ShouldBe(text.Length + 1);
        Letters.Decode(ids).ShouldBe(text);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_read_as_the_replacement_character()
    {
        Pieces(Letters, "a\uD83D").ShouldBe("▁a <0xEF> <0xBF> <0xBD>");
        Pieces(new TinyModel().With("\uFFFD", "▁").Tokenizer(), "\uDE00\uD83D").ShouldBe("▁ \uFFFD \uFFFD");
    }

    [Fact]
    public void User_defined_pieces_are_cut_out_first_longest_first_and_merge_with_nothing()
    {
        var cut = new TinyModel().With("ab", "bc", "▁a", "a", "c", "▁", "xa")
            .Piece("b", -9, Kind.UserDefined).Piece("bx", -9, Kind.UserDefined).Tokenizer();
        Pieces(cut, "abc").ShouldBe("▁a b c");
        Pieces(cut, "abxa").ShouldBe("▁a bx a");
    }

    [Fact]
    public void Unused_pieces_are_taken_apart_again()
    {
        var tokenizer = new TinyModel().With("ab", "a", "b", "c", "▁").Piece("abc", 5, Kind.Unused).Tokenizer();
        Pieces(tokenizer, "abc").ShouldBe("▁ ab c");
    }

    [Fact]
    public void Without_byte_fallback_a_run_of_unknown_characters_is_one_unknown_piece()
    {
        var tokenizer = new TinyModel { ByteFallback = false }.With("a", "▁").Tokenizer();
        Pieces(tokenizer, "axyza好").ShouldBe("▁ a <unk> a <unk>");
        tokenizer.Decode(tokenizer.EncodeToIds("axa")).ShouldBe("a ⁇ a");
    }

    [Fact]
    public void Extra_spaces_go_where_the_model_says_so()
    {
        var tokenizer = new TinyModel { RemoveExtraWhitespaces = true }.With("▁a", "a", "▁", "▁▁").Tokenizer();
        Pieces(tokenizer, "  a   a ").ShouldBe("▁a ▁a");
        Pieces(tokenizer, "   ").ShouldBe("");
    }

    [Fact]
    public void Without_a_dummy_prefix_the_text_stands_alone()
    {
        var tokenizer = new TinyModel { DummyPrefix = false }.With("▁a", "a", "▁").Tokenizer();
        Pieces(tokenizer, "a a").ShouldBe("a ▁a");
        tokenizer.Decode(tokenizer.EncodeToIds(" a")).ShouldBe(" a");
    }

    [Fact]
    public void Tokens_know_the_part_of_the_normalised_text_that_they_stand_for()
    {
        var tokens = Letters.EncodeToTokens("ab é", out var normalized);
        normalized.ShouldBe("▁ab▁é");
        tokens.Select(token => normalized![token.Offset]).ShouldBe(["▁ab", "▁", "", "é"]);
        Letters.CountTokens("ab é").ShouldBe(tokens.Count);
        Letters.EncodeToIds("xab é".AsSpan(1)).ShouldBe(tokens.Select(token => token.Id));
    }

    [Theory]
    [InlineData("<0xE5> <0xA5> <0xBD>", "好")]
    [InlineData("<0xE5> <0xA5> a", "\uFFFD\uFFFDa")]
    [InlineData("<0xFF>", "\uFFFD")]
    [InlineData("<0xC3> </s> <0xA9>", "\uFFFD\uFFFD")]
    [InlineData("<s> ▁a ▁a </s>", "a a")]
    [InlineData("▁▁ a", " a")]
    [InlineData("▁ ▁a", " a")]
    [InlineData("<0x41> ▁a", "A a")]
    [InlineData("<unk> ▁a", " ⁇  a")]
    public void Ids_become_text_again(string pieces, string text)
    {
        var ids = pieces.Split(' ').Select(piece => Letters.TryGetId(piece, out var id) ? id : throw new ArgumentException(piece)).ToArray();
        Letters.Decode(ids).ShouldBe(text);
        var buffer = new char[text.Length];
        Letters.Decode(ids, buffer, out var consumed, out var written).ShouldBe(OperationStatus.Done);
        (consumed, new string(buffer, 0, written)).ShouldBe((ids.Length, text));
        Letters.Decode(ids, new char[text.Length - 1], out _, out _).ShouldBe(OperationStatus.DestinationTooSmall);
    }

    [Fact]
    public void An_id_below_0_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Letters.Decode([-1]));
        Letters.Decode([-1], new char[9], out _, out _).ShouldBe(OperationStatus.InvalidData);
    }

    /// <summary>Models have rows for more ids than there are tokens, and may write them.</summary>
    [Fact]
    public void An_id_that_no_token_has_is_nothing_in_a_text_and_a_piece_of_its_own()
    {
        var beyond = Letters.VocabularySize;
        Letters.Decode([beyond, .. Letters.EncodeToIds("ab"), int.MaxValue]).ShouldBe(Letters.Decode(Letters.EncodeToIds("ab")));
        Letters.Piece(beyond).ShouldBe($"<id {beyond}>");
        Letters.Decode([beyond], new char[9], out _, out _).ShouldBe(OperationStatus.InvalidData);
    }

    [Fact]
    public void Any_text_reads_back() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>().Filter(text => text is not null && !text.Contains('▁') && !text.Any(char.IsSurrogate)),
        text => Letters.Decode(Letters.EncodeToIds(text)) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_cut_as_by_trying_every_pair() => Prop.ForAll(
        Gen.Elements("abc# é".ToCharArray()).ArrayOf().ToArbitrary(),
        letters => Pieces(Letters, new string(letters)) == ByTryingEveryPair(new string(letters))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_run_of_one_letter_takes_no_time_to_speak_of()
    {
        var ids = Letters.EncodeToIds(new string('a', 1_000_000));
        ids.Count.ShouldBeInRange(250_000, 250_002);
    }

    // The definition: of all neighbours, merge the pair whose piece scores highest, the leftmost of equals, until none makes a piece.
    private static string ByTryingEveryPair(string text)
    {
        if (text.Length == 0) return "";
        var parts = ("▁" + text.Replace(' ', '▁')).Select(c => c.ToString()).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, parts.Count - 1)
                .Select(i => (Score: Array.IndexOf(Vocabulary, parts[i] + parts[i + 1]), i)).Where(pair => pair.Score >= 0).Order().FirstOrDefault((-1, -1));
            if (best.Item1 < 0) break;
            parts[best.Item2] += parts[best.Item2 + 1];
            parts.RemoveAt(best.Item2 + 1);
        }

        return string.Join(' ', parts.SelectMany(part => Vocabulary.Contains(part) ? [part] : Encoding.UTF8.GetBytes(part).Select(b => $"<0x{b:X2}>")));
    }

    private static string Pieces(SentencePieceTokenizer tokenizer, string text) => string.Join(' ', tokenizer.EncodeToIds(text).Select(tokenizer.Piece));
}
