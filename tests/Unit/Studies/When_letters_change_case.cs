using Interpret.Exchange.Vocabularies;
using Interpret.Explaining;

namespace Interpret.Unit.Tests.Studies;

/// <summary>What Python 3.11 answers.</summary>
public sealed class When_letters_change_case
{
    [Theory]
    [InlineData("", "", "", "")]
    [InlineData("heLLo", "hello", "HELLO", "Hello")]
    [InlineData("ß", "ß", "SS", "Ss")]
    [InlineData("ŉǰ", "ŉǰ", "ʼNJ̌", "ʼNǰ")]
    [InlineData("ﬀX", "ﬀx", "FFX", "Ffx")]
    [InlineData("ǆǄǅ", "ǆǆǆ", "ǄǄǄ", "ǅǆǆ")]
    [InlineData("İI", "i̇i", "İI", "İi")]
    [InlineData("ıſ", "ıſ", "IS", "Iſ")]
    [InlineData("აბ", "აბ", "ᲐᲑ", "აბ")]
    [InlineData("ჿ", "ჿ", "Ჿ", "ჿ")]
    [InlineData("ᾳᾼ", "ᾳᾳ", "ΑΙΑΙ", "ᾼᾳ")]
    [InlineData("𐐀𐐨", "𐐨𐐨", "𐐀𐐀", "𐐀𐐨")]
    [InlineData("ΟΔΟΣ", "οδος", "ΟΔΟΣ", "Οδος")]
    [InlineData("ΣΟΦΟΣ.", "σοφος.", "ΣΟΦΟΣ.", "Σοφος.")]
    [InlineData("ΑΣ.Β", "ασ.β", "ΑΣ.Β", "Ασ.β")]
    [InlineData("Σ", "σ", "Σ", "Σ")]
    [InlineData("1Σ", "1σ", "1Σ", "1σ")]
    [InlineData("A1Σ", "a1σ", "A1Σ", "A1σ")] // what stands next to the sigma counts
    [InlineData("ⅠΣ", "ⅰς", "ⅠΣ", "Ⅰς")]
    [InlineData("Α\u0301Σ\u0301", "α\u0301ς\u0301", "Α\u0301Σ\u0301", "Α\u0301ς\u0301")]
    public void Case_is_mapped_as_Python_does(string text, string lower, string upper, string capitalised)
    {
        PythonCase.Lower(text).ShouldBe(lower);
        PythonCase.Upper(text).ShouldBe(upper);
        PythonCase.Capitalize(text).ShouldBe(capitalised);
    }

    /// <summary>Signs that have a case and are no letters: a sigma behind one ends a word, behind their neighbours it does not.</summary>
    [Fact]
    public void Signs_that_look_like_letters_have_case()
    {
        (int First, int Last)[] signs =
            [(0xAA, 0xAA), (0xBA, 0xBA), (0x2160, 0x217F), (0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)];
        foreach (var (first, last) in signs)
        {
            foreach (var sign in (int[])[first, last]) Last(sign).ShouldBe('ς', $"{sign:X}");
            foreach (var sign in (int[])[first - 1, last + 1]) Last(sign).ShouldBe('σ', $"{sign:X}");
        }

        static char Last(int sign) => PythonCase.Lower(char.ConvertFromUtf32(sign) + "Σ")[^1];
    }

    [Fact]
    public void White_space_is_what_Python_splits_at() =>
        PythonText.Split("\u001Ca\t b\u00A0\u2003c\u001F\u200Bd \n").ShouldBe(["a", "b", "c", "\u200Bd"]);
}
