using Interpret.Exchange.Datasets;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_instructions_are_marked_loosely : IDisposable
{
    private const string Header = "ID\tPrompt\tResponse\tInstruct&Context\n";

    private readonly Scratch scratch = new();

    /// <summary>Models read a prompt without the white space around it, so its instruction is quoted without it too.</summary>
    [Theory]
    [InlineData("  Tell me a story.", "Tell me a story.", "Tell me a story.")]
    [InlineData("/n/n Tell me a story.", "Tell me a story.", "Tell me a story.")]
    [InlineData("Tell me a story   ", "Tell me a story", "Tell me a story")]
    [InlineData("Tell me a story   ", "story   ", "Tell me a story")]
    [InlineData("One./n   Tell me a story.", "Tell me a story.", "   Tell me a story.")]
    [InlineData("/tTell me a story.", "Tell me a story.", "Tell me a story.")]
    [InlineData("\"  \"\"Tell me\"\" a story.\"", "Tell me", "\"Tell me\" a story.")]
    [InlineData("　写一个故事。", "写一个故事。", "写一个故事。")]
    [InlineData("  Input: a story  ", "a story", "a story")]
    public void Blanks_around_a_prompt_are_no_part_of_its_instruction(string prompt, string marked, string span)
    {
        var read = Read($"a\t{prompt}\tr\t{marked}&&&\n").Prompts.ShouldHaveSingleItem();
        read.Spans.ShouldBe([span]);
        read.Prompt.Trim().ShouldContain(read.Spans[0]);
    }

    [Fact]
    public void Every_prompt_of_the_collection_with_blanks_around_it_is_read()
    {
        var file = DatasetFile.Read(Reference.Path("cases/lead.tsv"));
        file.Rejected.ShouldBeEmpty();
        file.Prompts.Count.ShouldBe(10);
        file.Prompts.ShouldAllBe(prompt => prompt.Spans.All(span => prompt.Prompt.Trim().Contains(span, StringComparison.Ordinal)));
    }

    [Fact]
    public void Marks_without_number_are_refused_and_repeated_ones_are_one()
    {
        var sentences = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"Do {i}. "));
        var many = string.Join("|||", Enumerable.Range(0, 40_000).Select(i => $"Do {i}."));
        var row = $"a\t{sentences}\tr\t{many}&&&\n";
        Bounded.Run(200L * row.Length, () => Read(row)).Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("too-many-spans");
        var one = string.Join("|||", Enumerable.Repeat("Do 39999.", 40_000));
        row = $"a\t{sentences}\tr\t{one}&&&\n";
        Bounded.Run(200L * row.Length, () => Read(row)).Prompts.ShouldHaveSingleItem().Spans.ShouldBe(["Do 39999."]);
    }

    /// <summary>Texts in which every beginning is almost the whole.</summary>
    [Fact]
    public void Letters_that_repeat_cost_time_in_proportion()
    {
        var (prompt, mark) = (new string('a', 1_000_000), new string('a', 900_000) + "b");
        var row = $"a\t{prompt}\tr\t{mark}\n";
        Bounded.Run(100L * row.Length, () => Read(row)).Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("span-not-in-prompt");
    }

    [Fact]
    public void The_search_finds_what_the_framework_s_finds()
    {
        var random = new Random(7);
        for (var i = 0; i < 30; i++)
        {
            var text = new string([.. Enumerable.Range(0, 3000).Select(_ => (char)('a' + random.Next(2)))]);
            var part = text.Substring(random.Next(2000), 900);
            if (i % 3 == 0) part = part[..^1] + (part[^1] == 'a' ? 'b' : 'a');
            var file = Read($"a\tFirst. {text}\tr\t{part}\n");
            if (text.Contains(part, StringComparison.Ordinal)) file.Prompts.ShouldHaveSingleItem().Spans.ShouldBe([text]);
            else file.Rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("span-not-in-prompt");
        }
    }

    public void Dispose() => scratch.Dispose();

    private DatasetFile Read(string rows) => DatasetFile.Read(scratch.Write("d.tsv", Header + rows));
}
