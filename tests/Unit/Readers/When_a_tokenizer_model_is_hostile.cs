using Interpret.Contracts;
using Interpret.Models.Tokenizers;
using Interpret.Unit.Tests.Tokens;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_tokenizer_model_is_hostile
{
    [Fact]
    public void Empty_pieces_are_refused_at_the_first()
    {
        byte[] bytes = [.. Enumerable.Repeat((byte[])[0x0A, 0], 4_000_000).SelectMany(piece => piece)];
        var refusal = Bounded.Run(4 << 20, () => Should.Throw<BadInputException>(() => SentencePieceModel.Parse(bytes, "t.model")));
        (refusal.ErrorClass, refusal.Where).ShouldBe(("tokenizer-model", "piece 0"));
    }

    [Fact]
    public void A_piece_is_no_text_of_a_thousand_letters_and_none_that_no_database_holds()
    {
        Should.Throw<BadInputException>(() => new TinyModel().With(new string('a', 513)).Tokenizer()).Found.ShouldBe("one of 513");
        new TinyModel().With(new string('a', 512)).Tokenizer();
        Should.Throw<BadInputException>(() => new TinyModel().With("a\0").Tokenizer()).Expected.ShouldBe(StorableText.Expected);
    }

    /// <summary>Each user-defined piece is the one before and a letter more, and none is in the text: all were tried at each of its letters.</summary>
    [Fact]
    public void Pieces_of_one_beginning_are_told_apart_letter_by_letter()
    {
        var model = new TinyModel().With("a");
        for (var length = 2; length <= 511; length++) model.Piece(new string('a', length) + "b", 0, SentencePieceKind.UserDefined);
        var tokenizer = model.Tokenizer();
        var text = new string('a', 200_000);
        Bounded.Run(200L * text.Length, () => tokenizer.CountTokens(text)).ShouldBe(3 + 200_000); // the space in front has three bytes
        tokenizer.EncodeToIds(new string('a', 600) + "b").Count.ShouldBe(3 + (600 - 511) + 1);
    }

    [Fact]
    public void The_longest_of_several_fixed_texts_is_found()
    {
        var model = new TinyModel { DummyPrefix = false }.With("x", "c", "d", "e");
        foreach (var piece in (string[])["ab", "a", "abcd", "b", "abd", "漢字"]) model.Piece(piece, 0, SentencePieceKind.UserDefined);
        var tokenizer = model.Tokenizer();
        foreach (var (text, pieces) in new[]
        {
            ("abc", "ab c"), ("abcd", "abcd"), ("abcde", "abcd e"), ("ac", "a c"), ("abd", "abd"), ("x", "x"), ("aab", "a ab"), ("漢字a", "漢字 a"), ("ba", "b a"),
        })
            string.Join(' ', tokenizer.EncodeToIds(text).Select(tokenizer.Piece)).ShouldBe(pieces);
    }
}
