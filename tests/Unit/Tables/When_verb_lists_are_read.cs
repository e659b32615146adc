using System.Globalization;
using System.IO.Compression;
using Interpret.Reports.Verbs;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_verb_lists_are_read
{
    [Fact]
    public void Should_have_38_instruction_verbs_and_5272_candidates_for_general_ones()
    {
        VerbLists.Instruction.Count.ShouldBe(38);
        VerbLists.Candidates.Count.ShouldBe(5272);
        foreach (var list in new[] { VerbLists.Instruction, VerbLists.Candidates })
        {
            list.ShouldBe(list.Distinct().Order(StringComparer.Ordinal));
            list.ShouldAllBe(verb => verb.Length > 0 && !verb.Any(c => char.IsUpper(c) || char.IsWhiteSpace(c)));
        }

        VerbLists.Candidates.Intersect(VerbLists.Instruction).ShouldBeEmpty();
    }

    [Fact]
    public void Should_know_a_verb_by_its_list()
    {
        foreach (var verb in new[] { "translate", "say", "have", "detect" }) VerbLists.Instruction.ShouldContain(verb);
        foreach (var verb in new[] { "breathe", "run", "take_in", "americanize", "go" }) VerbLists.Candidates.ShouldContain(verb);
        // Stop words; a synset without an example; a lemma that is only ever a second one.
        foreach (var verb in new[] { "be", "do", "can", "will", "own", "hypoventilate", "respire" }) VerbLists.Candidates.ShouldNotContain(verb);
    }

    [Fact]
    public void Should_take_the_vocabulary_s_most_frequent_candidates_and_equal_ones_by_spelling()
    {
        VerbLists.General([("walk", 1), ("Run", 2), ("RUN", 2), ("jump", 3), ("eat", 1), ("translate", 99), ("table-cloth", 9), ("be", 9)])
            .ShouldBe(["run", "jump", "eat", "walk"]);
        VerbLists.General([("nothing-of-interest", 1)]).ShouldBeEmpty();
        VerbLists.General([]).ShouldBe(VerbLists.Candidates);

        var most = VerbLists.General(VerbLists.Candidates.Select((verb, i) => (verb, (double)i)));
        most.ShouldBe(VerbLists.Candidates.Reverse().Take(3000));
    }

    [Fact]
    public void Should_find_2295_of_the_candidates_in_the_original_s_vocabulary()
    {
        using var file = new StreamReader(new GZipStream(File.OpenRead(Reference.Path("datasets/SingleShareGPT_Vocab.tsv.gz")), CompressionMode.Decompress));
        var vocabulary = file.ReadToEnd().Split('\n').Select(line => line.Split('\t')).Where(row => row.Length == 2)
            .Select(row => (row[0], double.Parse(row[1], CultureInfo.InvariantCulture))).ToList();
        VerbLists.General(vocabulary).Count.ShouldBe(2295);
        VerbLists.Instruction.Except(vocabulary.Select(row => row.Item1.ToLowerInvariant())).ShouldBeEmpty();
    }
}
