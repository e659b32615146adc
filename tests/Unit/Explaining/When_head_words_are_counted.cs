using Interpret.Explaining;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_head_words_are_counted
{
    [Fact]
    public void Should_count_the_recurring_pairs_that_hold_a_word()
    {
        // write-story recurs (three dims), write-poem too (two dims, either way round), story-poem does not.
        Counts([("write", "story"), ("poem", "write")], [("story", "write"), ("story", "poem")], [("write", "story"), ("write", "poem")])
            .ShouldBe([("poem", 1, 1), ("story", 1, 1), ("write", 2, 2)]);
        Counts([("write", "story")], [("write", "poem")], []).ShouldBeEmpty();
        Counts().ShouldBeEmpty();
    }

    [Fact]
    public void Should_count_a_pair_that_recurs_within_one_dim() =>
        Counts([("a", "b"), ("b", "a"), ("c", "a")]).ShouldBe([("a", 1, 1), ("b", 1, 1)]);

    [Fact]
    public void Should_keep_case_variants_apart_that_sort_differently_unless_merged()
    {
        // "Act" < "help", but "Help" < "act": act-help and help-act. "ACT" sorts as "Act" does.
        Counts([("Act", "help")], [("act", "Help")]).ShouldBe([("act", 0, 1), ("help", 0, 1)]);
        Counts([("Act", "help")], [("help", "ACT")], [("act", "Help")]).ShouldBe([("act", 1, 1), ("help", 1, 1)]);
        // Two pairs as the paper counts, one merged.
        Counts([("Act", "help")], [("ACT", "help")], [("act", "Help")], [("act", "HELP")]).ShouldBe([("act", 2, 1), ("help", 2, 1)]);
    }

    [Fact]
    public void Should_leave_out_what_the_original_cannot_write()
    {
        Counts([("act", "act"), ("act", "class=")], [("act", "act"), ("act", "class=")]).ShouldBeEmpty();
        // It can write "==act", which falls into two different strings, one of them empty.
        Counts([("=", "act"), ("act", "=")]).ShouldBe([("", 2, 2), ("act", 1, 1)]);
        // Case variants of one word are two words, and both sides of the pair.
        Counts([("Act", "act")], [("act", "Act")]).ShouldBe([("act", 2, 2)]);
    }

    [Fact]
    public void Should_sort_by_code_points_and_map_case_as_Python_does()
    {
        // In UTF-16 a rocket (U+1F680) would stand before the ligature (U+FB01), and the second pair the other way round than the first.
        Counts([("Aﬁ", "a🚀")], [("aﬁ", "a🚀")]).ShouldBe([("a🚀", 1, 1), ("aﬁ", 1, 1)]);
        Counts([("İ", "b")], [("İ", "b")]).ShouldBe([("b", 1, 1), ("i\u0307", 1, 1)]);
    }

    [Fact]
    public void Should_agree_with_the_original_s_rule_on_its_own_explanations()
    {
        // The totals are those of the same rule written in Python (split, sort, join, lower; collections.Counter) over the same file.
        var heads = File.ReadLines(Reference.Path("golden/stories260k/att_explain.tsv")).Skip(1)
            .Select(line => line.Split('\t'))
            .GroupBy(row => (row[0], row[1]),
                row => row[5].Split("|||", StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1])))
            .ToDictionary(head => head.Key, HeadWordCounts.Of);
        heads.Count.ShouldBe(40);
        heads.Values.Sum(head => head.Words.Count).ShouldBe(2768);
        heads.Values.Sum(head => head.Counts.Sum()).ShouldBe(5700);
        var first = heads[("0", "0")];
        (first.Words.Count, first.Counts.Sum(), first.Counts[first.Words.ToList().IndexOf("2022")]).ShouldBe((49, 122, 7));
    }

    private static IEnumerable<(string Word, int Count, int Merged)> Counts(params (string Key, string Query)[][] dims)
    {
        var counts = HeadWordCounts.Of(dims);
        counts.Counts.Count.ShouldBe(counts.Words.Count);
        counts.MergedCounts.Count.ShouldBe(counts.Words.Count);
        return counts.Words.Select((word, i) => (word, counts.Counts[i], counts.MergedCounts[i]));
    }
}
