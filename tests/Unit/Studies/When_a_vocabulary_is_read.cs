using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_a_vocabulary_is_read : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public void The_paper_s_vocabulary_has_the_words_of_the_original_in_their_order()
    {
        var file = VocabularyFile.Read(Reference.Path("datasets/SingleShareGPT_Vocab.tsv.gz"));
        var golden = TextInput.ReadAll(Reference.Path("golden/vocab/load_wiki_words.txt.gz")).TrimEnd('\n').Split('\n');
        golden.Length.ShouldBe(26_473);
        file.Words.Select(word => word.Word).ShouldBe(golden);
        file.Words[1].ShouldBe(new VocabularyWord("the", 0.03901445930735444));
    }

    [Theory]
    [InlineData("The 1\nTHE 2\nthe 3\n", "The")]
    [InlineData("the 1\nThe 2\nTHE 3\n", "the")]
    [InlineData("THE\t1\r\nthe \t 2\r\nThe 3", "THE")]
    [InlineData("iPhone 1\niPhone 2\niPhone 3", "iPhone")]
    [InlineData("STRASSE 3\nstraße 3\n", "STRASSE")]
    [InlineData("ΟΔΟΣ 2\nοδος 4", "ΟΔΟΣ")]
    [InlineData("ſo 5\nSO 1", "ſo|SO")]
    [InlineData("iPhone 3\niphone 3\n", "iPhone|iphone")]
    public void Words_that_differ_in_case_become_the_first_of_them(string text, string words)
    {
        var file = Read(text);
        file.Words.Select(word => word.Word).ShouldBe(words.Split('|'));
        file.Words.Sum(word => word.Frequency).ShouldBe(6);
        file.Rejected.ShouldBeEmpty();
    }

    /// <summary>The dotted capital is not the capital of its own small letter, so both can be there, and it goes to the small one.</summary>
    [Fact]
    public void A_word_goes_to_its_lower_case_first() =>
        Read("İ 1\ni\u0307 2\nİ 4").Words.ShouldBe([new VocabularyWord("İ", 1), new VocabularyWord("i\u0307", 6)]);

    [Theory]
    [InlineData("cat", "wrong-columns", "1 field")]
    [InlineData("the cat 0.5", "wrong-columns", "3 fields")]
    [InlineData("the cat", "bad-frequency", "\"cat\"")]
    [InlineData("the 0,5", "bad-frequency", "\"0,5\"")]
    [InlineData("the nan", "bad-frequency", "\"nan\"")]
    [InlineData("the 1e999", "bad-frequency", "\"1e999\"")]
    [InlineData("the -0.5", "bad-frequency", "\"-0.5\"")]
    [InlineData("the -1e-30", "bad-frequency", "\"-1e-30\"")]
    [InlineData("t\0he 1", "bad-text", "U+0000 at character 2")]
    [InlineData("   ", "wrong-columns", "0 fields")]
    public void A_bad_line_is_set_aside_and_the_others_are_read(string line, string errorClass, string found)
    {
        var file = Read($"\nbefore 1\n{line}\nafter 1e-7\n");
        file.Words.ShouldBe([new VocabularyWord("before", 1), new VocabularyWord("after", 1e-7)]);
        var rejected = file.Rejected.ShouldHaveSingleItem();
        (rejected.Row, rejected.ErrorClass, rejected.Found).ShouldBe((3, errorClass, found));
    }

    [Fact]
    public void A_line_that_is_not_utf_8_is_set_aside()
    {
        var file = VocabularyFile.Read(scratch.Write("v.tsv", [.. "a 1\nb"u8, 0xE9, .. " 1\nc 1\n"u8]));
        file.Words.Select(word => word.Word).ShouldBe(["a", "c"]);
        file.Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("not-utf-8");
    }

    [Fact]
    public void A_long_word_is_a_word() => Read($"{new string('é', 80)} 1").Words.ShouldHaveSingleItem().Word.Length.ShouldBe(80);

    [Theory]
    [InlineData("", "none, 0 lines rejected")]
    [InlineData("the\n", "none, 1 lines rejected")]
    public void A_file_without_a_word_is_bad_input(string text, string found)
    {
        var error = Should.Throw<BadInputException>(() => Read(text));
        (error.ErrorClass, error.Found).ShouldBe(("vocabulary-empty", found));
    }

    [Fact]
    public void A_missing_file_is_bad_input() =>
        Should.Throw<BadInputException>(() => VocabularyFile.Read(Path.Combine(scratch.Root, "none"))).ErrorClass.ShouldBe("input-missing");

    public void Dispose() => scratch.Dispose();

    private VocabularyFile Read(string text) => VocabularyFile.Read(scratch.Write("v.tsv", text));
}
