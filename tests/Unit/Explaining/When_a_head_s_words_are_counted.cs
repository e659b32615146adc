using Interpret.GpuWorker.Explaining;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_a_head_s_words_are_counted
{
    [Fact]
    public void A_pair_counts_once_for_each_side_when_it_recurs_in_either_order() =>
        Count([("cat", "dog"), ("cat", "cow")], [("dog", "cat"), ("cat", "emu")], [("cat", "dog"), ("emu", "cat")])
            .ShouldBe([("cat", 2, 2), ("dog", 1, 1), ("emu", 1, 1)]);

    [Fact]
    public void Words_are_sorted_before_they_are_lower_cased_and_once_after() =>
        Count([("Write", "tell"), ("write", "tell")], [("note", "Write"), ("Write", "note")]).ShouldBe([("note", 1, 1), ("tell", 0, 1), ("write", 1, 2)]);

    [Fact]
    public void A_word_that_is_both_sides_in_lower_case_counts_twice() => Count([("Act", "act")], [("act", "Act")]).ShouldBe([("act", 2, 2)]);

    private static IEnumerable<(string Word, int Count, int Merged)> Count(params IReadOnlyList<(string Key, string Query)>[] dims)
    {
        var counts = HeadWordCounts.Of(dims);
        return counts.Words.Zip(counts.Counts, counts.MergedCounts);
    }
}
