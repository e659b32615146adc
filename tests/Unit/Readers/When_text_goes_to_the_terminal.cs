using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Interpret.Cli;
using Spectre.Console;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_text_goes_to_the_terminal
{
    [Theory]
    [InlineData("plain [text]", "plain [text]")]
    [InlineData("línea 日本語 👍", "línea 日本語 👍")]
    [InlineData("two\nlines\tand a tab\r\n", "two\nlines and a tab\n")]
    [InlineData("\uFFFF", "\uFFFD")]
    [InlineData("a\u001b[2Jb", "a\uFFFD[2Jb")]
    [InlineData("a\rb", "a\uFFFDb")]
    [InlineData("\u202Egnp.exe", "\uFFFDgnp.exe")]
    [InlineData("a\u2066b\u2069", "a\uFFFDb\uFFFD")]
    [InlineData("a\u2028b", "a\uFFFDb")]
    [InlineData("\uE000", "\uFFFD")]
    [InlineData("\u009b31m", "\uFFFD31m")]
    [InlineData("a\0b", "a\uFFFDb")]
    public void What_could_steer_it_is_replaced(string text, string shown) => TerminalText.Plain(text).ShouldBe(shown);

    [Fact]
    public void Half_a_character_is_replaced()
    {
        TerminalText.Plain(new string([(char)0xD83D, 'a'])).ShouldBe("\uFFFDa");
        TerminalText.Plain(new string(['a', (char)0xDC00])).ShouldBe("a\uFFFD");
    }

    /// <summary>Spectre.Console looked for ever for a place to break a line within one letter wider than the line.</summary>
    [Theory]
    [InlineData("\u1100\u1161\u11A8", "\u1100\u1161\u11A8")]
    [InlineData("\u1100\u1100a", "\u200B\u1100\u200B\u1100a")]
    [InlineData("👨\u200D👩", "\u200B👨\u200B👩")]
    public void A_letter_wider_than_two_columns_is_divided(string text, string shown)
    {
        TerminalText.Plain(text).ShouldBe(shown);
        Bounded.Run(1L << 30, () =>
        {
            Written(string.Concat(Enumerable.Repeat(text, 200)));
            return true;
        });
    }

    [Fact]
    public void Nothing_is_nothing() => TerminalText.Escaped(null).ShouldBe("");

    /// <summary>Every character, and any mixture of them with markup, is drawn as a line and as a cell of a table.</summary>
    [Fact]
    public void Any_text_at_all_is_written()
    {
        for (var letter = 0; letter <= char.MaxValue; letter++) OnlySafe(((char)letter).ToString());
        var letters = Gen.OneOf(
            Gen.Choose(0, char.MaxValue).Select(code => (char)code), Gen.Elements("[]/\\\u001b\uFFFF\u202E\uD83D\uDC4D\n\r\tab ".ToCharArray()));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(letters.ArrayOf().ToArbitrary(), text =>
        {
            OnlySafe(new string(text));
            Written(new string(text));
            return true;
        }));
        for (var start = 0; start < char.MaxValue; start += 256)
            Written(new string([.. Enumerable.Range(start, 256).Select(code => (char)code)]));
    }

    /// <summary>One place: whoever writes markup takes foreign text from it.</summary>
    [Fact]
    public void No_command_escapes_markup_by_itself() =>
        Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src", "Cli"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "TerminalText.cs" && File.ReadAllText(file).Contains("Markup.Escape", StringComparison.Ordinal))
            .ShouldBeEmpty();

    private static void OnlySafe(string text)
    {
        foreach (var rune in TerminalText.Plain(text).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value != '\n' && category is UnicodeCategory.Control or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
                throw new InvalidOperationException($"U+{rune.Value:X4} is let through");
        }
    }

    private static void Written(string text)
    {
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.No,
        });
        console.MarkupLine($"[red]error:[/] {TerminalText.Escaped(text)}");
        console.Write(new Table().AddColumn("a").AddRow(TerminalText.Escaped(text)));
    }
}
