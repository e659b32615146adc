using System.Runtime.InteropServices;
using System.Text.Json;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Originals;
using Interpret.Explaining;
using Interpret.Reports.Evidence;
using Interpret.Storage;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_sentences_are_ranked
{
    /// <summary>Spaces in front of words, line ends, and a character of several bytes in one piece or in several, as kinds of tokenizers write them.</summary>
    public static TheoryData<string[], string> Spellings => new()
    {
        { ["▁Read", ":", "▁Ça", "▁va", ".", "▁", "<0xF0>", "<0x9F>", "<0x90>", "<0x88>", "!", "<0x0A>", "B", "ye"], "2-5 6-11 12-14" },
        { ["Read", ":", "ĠÃ", "ĩ", "a", "Ġva", ".", "ĠðŁ", "Ĳ", "Ī", "!", "Ċ", "Bye"], "2-7 7-11 12-13" },
        { ["▁", "Read", ":", "▁Ç", "a▁va.▁", "🐈!", "<0x0A>", "Bye"], "3-5 5-6 7-8" },
        { ["▁Read:▁Ça▁va.▁🐈!", "<0x0A>Bye"], "0-1 0-1 1-2" },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Tokens_are_placed_by_their_pieces(string[] pieces, string tokens)
    {
        if (pieces[^1] == "<0x0A>Bye") pieces = [pieces[0], "\nBye"];
        var placed = ContextSentences.Of("Ça va. 🐈!\nBye", pieces).ShouldNotBeNull();
        string.Join(' ', placed.Tokens.Select(range => $"{range.Start}-{range.End}")).ShouldBe(tokens);
    }

    [Theory]
    [InlineData("  It was. It is. ", "It was.|It is.", "0-2 2-4")] // the prompt has been stripped
    [InlineData("It is.", "It is.", "2-4")]
    [InlineData("is. It", null, null)]
    [InlineData(" ", null, null)]
    [InlineData("it was.", null, null)]
    public void A_context_is_found_letter_by_letter(string context, string? sentences, string? tokens)
    {
        var placed = ContextSentences.Of(context, ["▁It", "▁was.", "▁It", "▁is."]);
        (placed is null ? null : string.Join('|', placed.Sentences.Select(range => context[range].Trim()))).ShouldBe(sentences);
        (placed is null ? null : string.Join(' ', placed.Tokens.Select(range => $"{range.Start}-{range.End}"))).ShouldBe(tokens);
    }

    [Fact]
    public void A_literal_mark_of_a_space_is_a_space_to_such_a_vocabulary() =>
        ContextSentences.Of("a▁b. c", ["▁x", "▁a", "▁b.", "▁c"])!.Tokens.ShouldBe([1..3, 3..4]);

    [Fact]
    public void A_sentence_scores_the_mean_of_its_tokens()
    {
        var placed = ContextSentences.Of("A b. C", ["▁A", "▁b", ".▁C"])!;
        placed.Scores([1, 2, 6]).ShouldBe([3, 6]);
        (placed with { Tokens = [0..0, 1..2] }).Scores([1, 2, 6]).ShouldBe([0, 2]);
        var ranked = new RankedCase(placed, new float[] { 1, -3, 0, 0, -4, 2 }, 2, new DensitySettings(10, 8, 1));
        SentenceRanking.All.Select(ranking => ranking.Name).ShouldBe(["density", "density_b4_p5", "mean_absolute", "first_first", "last_first"]);
        Scores("density").ShouldBe([2 / 3.0, 1], 1e-8); // tokens 0 and 2 carry an output token each, token 1 none
        Scores("mean_absolute").ShouldBe([5 / 3.0, 3]);
        Scores("first_first").ShouldBe([0, -1]);
        Scores("last_first").ShouldBe([0, 1]);

        double[] Scores(string name) => SentenceRanking.All.Single(ranking => ranking.Name == name).Of(ranked);
    }

    /// <summary>Evidence need not begin and end where sentences do.</summary>
    [Theory]
    [InlineData("", "000")]
    [InlineData("0-1", "100")]
    [InlineData("5-7", "000")] // the space between
    [InlineData("4-7", "100")]
    [InlineData("6-8", "010")]
    [InlineData("5-7 9-10", "010")] // one part ends where the sentence begins, the next lies in it
    [InlineData("1-2 3-8", "110")]
    [InlineData("15-16 0-1", "101")]
    [InlineData("0-16 9-10", "111")]
    public void A_sentence_is_marked_that_has_a_character_of_the_evidence(string evidence, string marked)
    {
        var spans = evidence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(span => span.Split('-').Select(int.Parse).ToArray())
            .Select(ends => new CharacterSpan(ends[0], ends[1]));
        string.Concat(ContextSentences.Of("🐈 is.  A b c. D.", ["🐈▁is.▁▁A▁b▁c.▁D."])!.Marked([.. spans]).Select(one => one ? '1' : '0')).ShouldBe(marked);
    }

    [Fact]
    public void The_published_cases_have_the_ranks_of_the_reference()
    {
        var prompts = DatasetFile.Read(Reference.Path("evidence/dataset.jsonl.gz")).Prompts;
        using var golden = JsonDocument.Parse(File.ReadAllText(Reference.Path("evidence/golden.json")));
        string[] rankings = ["density", "density_b4_p5", "mean_absolute", "first_first"];
        foreach (var prompt in prompts)
        {
            using var pickle = File.OpenRead(Reference.Path($"evidence/published/{prompt.Id}.pkl"));
            var published = AttributionPickle.Read(pickle, prompt.Id);
            var found = EvidenceCase.Of(prompt.ToRow("study"), Row(published), DensitySettings.Default);
            var expected = golden.RootElement.GetProperty("cases").GetProperty(prompt.Id);
            (found.LeftOut, found.HasLevels).ShouldBe((null, false));
            (found.Sentences, found.Marked).ShouldBe((expected.GetProperty("sentences").GetInt32(), expected.GetProperty("evidence").GetInt32()), prompt.Id);
            foreach (var ranking in rankings)
            {
                var (quality, of) = (found.Rankings[EvidenceCase.Names.Index().Single(name => name.Item == ranking).Index], expected.GetProperty(ranking));
                quality.Auroc.ShouldBe(of.GetProperty("auroc").GetDouble(), 1e-9, $"{prompt.Id}, {ranking}");
                quality.Top1.ShouldBe(of.GetProperty("top1").GetDouble(), 1e-9, $"{prompt.Id}, {ranking}");
                quality.ReciprocalRank.ShouldBe(of.GetProperty("rr").GetDouble(), 1e-9, $"{prompt.Id}, {ranking}");
            }
        }
    }

    [Theory]
    [InlineData("Tea. It.", "0-1", 2, null)]
    [InlineData("Tea. It.", "0-1", 0, EvidenceCase.NoResponse)]
    [InlineData("Tea. It.", "", 2, EvidenceCase.NoneMarked)]
    [InlineData("Tea. It.", "0-1 6-7", 2, EvidenceCase.AllMarked)]
    [InlineData("tea.", "0-1", 2, EvidenceCase.NotFound)]
    public void A_case_that_says_nothing_is_left_out(string context, string evidence, int outputs, string? leftOut)
    {
        var prompt = new PromptRow
        {
            StudyId = "study",
            Id = "a",
            Text = "Tea. It. Why?",
            Reference = "",
            Spans = [],
            Context = context,
            Evidence = [.. evidence.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
        };
        var found = EvidenceCase.Of(prompt, Row(new("a", ["▁Tea", ".", "▁It", ".", "▁Why", "?"], [.. Enumerable.Repeat("x", outputs)], "", new float[6 * outputs])), DensitySettings.Default);
        (found.LeftOut, found.Rankings.Count).ShouldBe((leftOut, leftOut is null ? 6 : 0));
    }

    private static AttributionRow Row(PublishedAttribution published) => new()
    {
        StudyId = "study",
        Model = "model",
        PromptId = published.Id,
        Input = [.. published.Input],
        Output = [.. published.Output],
        Response = "",
        Scores = MemoryMarshal.AsBytes(published.Scores.AsSpan()).ToArray(),
        Confidences = [],
        Density = MemoryMarshal.AsBytes(ImportanceDensity.Of(published.Scores, published.Rows, published.Columns).AsSpan()).ToArray(),
        InstructionMask = new byte[published.Rows],
        InputTokens = published.Rows,
        OutputTokens = published.Columns,
        Mode = "imported",
    };
}
