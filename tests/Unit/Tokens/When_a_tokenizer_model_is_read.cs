using FsCheck;
using FsCheck.Fluent;
using Interpret.Contracts;
using Interpret.Models.Tokenizers;
using Interpret.Unit.Tests.Studies;
using Kind = Interpret.Models.Tokenizers.SentencePieceKind;

namespace Interpret.Unit.Tests.Tokens;

public sealed class When_a_tokenizer_model_is_read
{
    private static readonly byte[] Sound = new TinyModel { ByteFallback = false }.With("a", "b", "▁").Bytes();

    [Fact]
    public void A_sound_model_is_read()
    {
        var model = SentencePieceModel.Parse(new TinyModel().With("a", "b").Bytes(), "tiny");
        model.Pieces.Count.ShouldBe(3 + 256 + 2);
        model.Pieces[260].ShouldBe(new SentencePiece("b", -1, Kind.Normal));
        (model.UnkId, model.BosId, model.EosId).ShouldBe((0, 1, 2));
        model.ByteIds.ShouldBe(Enumerable.Range(3, 256));
    }

    [Fact]
    public void Every_truncation_is_bad_input()
    {
        for (var length = 0; length < Sound.Length; length++)
        {
            var cut = Sound[..length];
            Should.Throw<BadInputException>(() => SentencePieceModel.Parse(cut, "cut"), $"{length} bytes");
        }
    }

    [Fact]
    public void Garbage_is_bad_input_or_a_model_but_nothing_else() => Prop.ForAll(
        ArbMap.Default.ArbFor<(int Position, byte Value)[]>(),
        changes =>
        {
            var bytes = Sound.ToArray();
            foreach (var (position, value) in changes) bytes[(int)((uint)position % bytes.Length)] = value;
            try
            {
                new SentencePieceTokenizer(SentencePieceModel.Parse(bytes, "garbled")).EncodeToIds("ab c");
            }
            catch (BadInputException)
            {
                return; // the only exception that may come
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_length_beyond_the_file_is_named_with_its_place()
    {
        byte[] bytes = [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2];
        var error = Should.Throw<BadInputException>(() => SentencePieceModel.Parse(bytes, "tokenizer.model"));
        error.ErrorClass.ShouldBe("tokenizer-model");
        error.Message.ShouldContain("34359738367 where 2 bytes are left, at byte 0");
    }

    [Fact]
    public void Other_kinds_of_models_are_refused_by_name()
    {
        var unigram = Should.Throw<BadInputException>(() => SentencePieceModel.Parse(new TinyModel { ModelType = 1 }.With("a").Bytes(), "t5"));
        unigram.ErrorClass.ShouldBe("tokenizer-unsupported");
        unigram.Found.ShouldContain("unigram");
        var rules = Should.Throw<BadInputException>(() => SentencePieceModel.Parse(new TinyModel { Charsmap = "nfkc" }.With("a").Bytes(), "nfkc"));
        rules.ErrorClass.ShouldBe("tokenizer-unsupported");
        rules.Found.ShouldContain("4 bytes");
    }

    [Fact]
    public void Inconsistent_vocabularies_are_refused()
    {
        Refused(new TinyModel().With("a").Piece("a", 0, Kind.Normal), "piece 260", "that of piece 259");
        Refused(new TinyModel().With("a").Piece("", 0, Kind.Normal), "piece 260", "none");
        Refused(new TinyModel().With("a").Piece("b", float.NaN, Kind.Normal), "piece 260", "NaN");
        Refused(new TinyModel().With("a").Piece("?", 0, Kind.Unknown), "piece 260", "a second one");
        Refused(new TinyModel().With("a").Piece("<0x1>", 0, Kind.Byte), "piece 260", "<0x1>");
        Refused(new TinyModel().With("a").Piece("b", 0, (Kind)7), "piece 260", "another");
        Refused(new TinyModel().Piece("<unk>", 0, Kind.Unknown), null, "<0x00>");
        Refused(new TinyModel { ByteFallback = false }.Piece("<s>", 0, Kind.Control), null, "none");
        Refused(new TinyModel { ByteFallback = false }.Piece("<unk>", 0, Kind.Unknown).Piece("</s>", 0, Kind.Control), null, "none");
    }

    [Fact]
    public void A_directory_without_a_model_is_named_with_what_was_looked_for()
    {
        using var scratch = new Scratch();
        var error = Should.Throw<BadInputException>(() => TokenizerFormats.Load(scratch.Root));
        error.ErrorClass.ShouldBe("tokenizer-missing");
        error.InputSource.ShouldBe(scratch.Root);
        error.Expected.ShouldContain("tokenizer.model");

        scratch.Write("tokenizer.model", Sound);
        TokenizerFormats.Load(scratch.Root).VocabularySize.ShouldBe(6);
        TokenizerFormats.Load(Path.Combine(scratch.Root, "tokenizer.model")).VocabularySize.ShouldBe(6);
    }

    private static void Refused(TinyModel model, string? where, string found)
    {
        var error = Should.Throw<BadInputException>(() => SentencePieceModel.Parse(model.Bytes(), "tiny"));
        error.ErrorClass.ShouldBe("tokenizer-model");
        error.Where.ShouldBe(where);
        error.Found.ShouldContain(found);
    }
}
