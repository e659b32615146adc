using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_a_table_of_explanations_is_read
{
    private const string FeedForward = "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n";
    private const string Attention = "Model\tSize\tLayer\tType\tHead\tDim\tRank\tScore\tTopK\n";

    [Theory]
    [InlineData("golden/files/linear_explain.tsv", 1152)]
    [InlineData("golden/files/bilinear_explain.tsv", 128)]
    public void The_original_s_files_come_out_as_they_went_in_whole_or_in_parts(string file, int rows)
    {
        var bytes = File.ReadAllBytes(Reference.Path(file));
        // An odd character is cut in two, a row in three, and one part ends where a row does.
        var odd = bytes.AsSpan().IndexOfAnyInRange((byte)0x80, (byte)0xFF) + 1;
        var row = bytes.AsSpan(odd + 400).IndexOf((byte)'\n') + odd + 401;
        foreach (var cuts in new int[][] { [], [odd, bytes.Length - 700], [1, 2], [row + 10, row + 11], [row, bytes.Length - 1] })
        {
            var parts = Parts(bytes, cuts);
            var written = new StringWriter();
            var count = file.Contains("bilinear", StringComparison.Ordinal)
                ? RoundTrip(AttentionTsv.Read(parts, e => throw e), lines => AttentionTsv.Write(written, lines))
                : RoundTrip(FeedForwardTsv.Read(parts, e => throw e), lines => FeedForwardTsv.Write(written, lines));
            count.ShouldBe(rows);
            Encoding.UTF8.GetBytes(written.ToString()).AsSpan().SequenceEqual(bytes).ShouldBeTrue($"cut at {string.Join(", ", cuts)}");
        }

        static int RoundTrip<T>(IEnumerable<T> lines, Action<List<T>> write)
        {
            var read = lines.ToList();
            write(read);
            return read.Count;
        }
    }

    [Fact]
    public void A_row_becomes_a_concept()
    {
        var concept = Concepts(FeedForward + "vicuna\t7B\t31\tFFN\t0\t12\t0.0396\tone|||zwei|||/n\n").Lines.ShouldHaveSingleItem();
        (concept.Model, concept.Size, concept.Layer, concept.Rank, concept.Score).ShouldBe(("vicuna", "7B", 31, 12, 0.0396));
        concept.Words.ShouldBe(["one", "zwei", "/n"]);
    }

    [Fact]
    public void A_row_becomes_a_pattern()
    {
        var pattern = Patterns(Attention + "vicuna\t7B\t31\tQK\t2\t127\t1\t21016.6739\tkey=query|||a=b\n").Lines.ShouldHaveSingleItem();
        (pattern.Model, pattern.Size, pattern.Layer, pattern.Head, pattern.Dim, pattern.Rank, pattern.Score)
            .ShouldBe(("vicuna", "7B", 31, 2, 127, 1, 21016.6739));
        pattern.Pairs.ShouldBe([("key", "query"), ("a", "b")]);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a|||b", "a b")]
    [InlineData("a|||||||b", "a | b")] // the word | between two others
    [InlineData("||||a", "| a")]
    [InlineData("a||||", "a |")]
    [InlineData("|", "|")]
    [InlineData("a||b", "a||b")]
    public void Bars_are_words_too(string field, string words)
    {
        var concept = Concepts($"{FeedForward}m\t\t0\tFFN\t0\t1\t0\t{field}\n").Lines.ShouldHaveSingleItem();
        string.Join(' ', concept.Words).ShouldBe(words);
    }

    [Fact]
    public void Bars_are_words_of_a_pair_too() =>
        Patterns(Attention + "m\t\t0\tQK\t0\t0\t1\t0\ta=||||b=c|||d=|||||=e\n").Lines.ShouldHaveSingleItem().Pairs.ShouldBe(
            [("a", "|"), ("b", "c"), ("d", "|"), ("|", "e")]);

    /// <summary>The word == is in the original's own files.</summary>
    [Theory]
    [InlineData("wait===", "wait", "==")]
    [InlineData("===wait", "==", "wait")]
    [InlineData("a==", "a", "=")]
    [InlineData("a=b=b", "a", "b=b")]
    [InlineData("=a=a", "=a", "a")]
    public void Equals_signs_are_words_too(string pair, string key, string query) =>
        Patterns($"{Attention}m\t\t0\tQK\t0\t0\t1\t0\tb=c|||{pair}|||d=e\n").Lines.ShouldHaveSingleItem().Pairs[1].ShouldBe((key, query));

    [Theory]
    [InlineData("m\t7B\t0\tFFN\t0\t1\ta", "wrong-columns", "6")]
    [InlineData("m\t7B\t0\tFFN\t0\t1\t0.1\ta\tb", "wrong-columns", "8")]
    [InlineData("m\t7B\t0\tQK\t0\t1\t0.1\ta", "wrong-type", "\"QK\"")]
    [InlineData("m\t7B\t0\tFFN\t1\t1\t0.1\ta", "wrong-head", "\"1\"")]
    [InlineData("m\t7B\tx\tFFN\t0\t1\t0.1\ta", "bad-number", "\"x\"")]
    [InlineData("m\t7B\t-1\tFFN\t0\t1\t0.1\ta", "bad-number", "\"-1\"")]
    [InlineData("m\t7B\t0\tFFN\t0\t0\t0.1\ta", "bad-number", "\"0\"")]
    [InlineData("m\t7B\t0\tFFN\t0\t1\tnan\ta", "bad-number", "\"nan\"")]
    [InlineData("m\t7B\t0\tFFN\t0\t1\t0,1\ta", "bad-number", "\"0,1\"")]
    [InlineData("\t7B\t0\tFFN\t0\t1\t0.1\ta", "no-model", "none")]
    [InlineData("m\t7B\t0\tFFN\t0\t1\t0.2\tb", "duplicate-row", "layer 0, head 0, rank 1 of m again")]
    public void A_bad_row_is_told_of_and_the_others_are_read(string row, string errorClass, string found)
    {
        var (lines, rejected) = Concepts($"{FeedForward}m\t7B\t0\tFFN\t0\t1\t0.1\ta\n{row}\nm\t7B\t0\tFFN\t0\t2\t0.1\ta\n");
        lines.Select(line => line.Rank).ShouldBe([1, 2]);
        var error = rejected.ShouldHaveSingleItem();
        (error.InputSource, error.Where, error.ErrorClass, error.Found).ShouldBe(("part 1", "row 3", errorClass, found));
    }

    [Theory]
    [InlineData("a=b=c", "\"a=b=c\"")]
    [InlineData("a=b|||c", "\"c\"")]
    [InlineData("a=b|||", "\"\"")]
    [InlineData("a=", "\"a=\"")]
    [InlineData("a=|||b=c", "\"a=\"")]
    [InlineData("=a=", "\"=a=\"")]
    [InlineData("====", "\"====\"")]
    public void What_is_no_pair_refuses_its_row(string pairs, string found)
    {
        var (lines, rejected) = Patterns($"{Attention}m\t\t0\tQK\t0\t0\t1\t0\t{pairs}\nm\t\t0\tQK\t0\t0\t2\t0\t\n");
        lines.ShouldHaveSingleItem().Pairs.ShouldBeEmpty();
        rejected.ShouldHaveSingleItem().Found.ShouldBe(found);
    }

    [Fact]
    public void Rows_are_counted_in_the_file_in_which_they_begin()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(FeedForward + "bad\nbad\nbad\nm\t\t0\tFFN\t0\t1\t0\t"), 0xFF, .. "\nbad"u8];
        var cut = FeedForward.Length + "bad\nb".Length;
        var rejected = new List<BadInputException>();
        FeedForwardTsv.Read(Parts(bytes, cut), rejected.Add).ShouldBeEmpty();
        rejected.Select(error => $"{error.InputSource}, {error.Where}: {error.ErrorClass}").ShouldBe(
            ["part 1, row 2: wrong-columns", "part 1, row 3: wrong-columns", "part 2, row 2: wrong-columns", "part 2, row 3: not-utf-8",
                "part 2, row 4: wrong-columns"]);
    }

    /// <summary>The original appends models to one file; files of one model each carry the header again.</summary>
    [Fact]
    public void The_header_may_come_again_and_empty_lines_are_skipped() =>
        Concepts($"{FeedForward}\r\nm\t\t0\tFFN\t0\t1\t0\ta\r\n\n{FeedForward}n\t\t0\tFFN\t0\t1\t0\ta".Replace("\n\r\n", "\n\n")).Lines.Select(
            line => line.Model).ShouldBe(["m", "n"]);

    [Theory]
    [InlineData("")]
    [InlineData("m\t7B\t0\tFFN\t0\t1\t0.1\ta\n")]
    [InlineData(Attention)]
    public void A_table_with_another_header_is_bad_input(string text) =>
        Should.Throw<BadInputException>(() => Concepts(text)).ErrorClass.ShouldBe("wrong-header");

    [Fact]
    public void Of_pairs_only_those_are_written_that_are_two_strings_when_cut_at_every_equals_sign() =>
        Written([("a", "b"), ("x=1", "b"), ("a", "a"), ("A", "a"), ("=", "=="), ("a", "b="), ("a", "=="), ("=", "a"), ("a", "b=a")])
            .ShouldBe("a=b|||A=a|||a===|||==a|||a=b=a");

    /// <summary>Of words that hold bars those are written that are read back as they were.</summary>
    [Fact]
    public void A_word_that_would_be_read_as_others_is_left_out()
    {
        var written = new StringWriter();
        string[] words = ["a|||b", "x", "|", "c|", "|d", "||", "e||f", "|||", "y"];
        FeedForwardTsv.Write(written, [new ConceptLine("m", "", 0, 1, 0, words)]);
        var line = Concepts(written.ToString()).Lines.ShouldHaveSingleItem();
        line.Words.ShouldBe(["x", "|", "|d", "e||f", "y"]);

        written = new StringWriter();
        AttentionTsv.Write(written, [new PatternLine("m", "", 0, 0, 0, 1, 0, [("a|||b", "x"), ("c", "d"), ("|", "e"), ("f", "|"), ("g", "h")])]);
        var pairs = Patterns(written.ToString()).Lines.ShouldHaveSingleItem().Pairs;
        pairs.ShouldBe([("c", "d"), ("|", "e"), ("f", "|"), ("g", "h")]);
    }

    [Fact]
    public void A_row_with_a_character_that_not_every_database_stores_is_set_aside()
    {
        var (lines, rejected) = Concepts($"{FeedForward}m\t\t0\tFFN\t0\t1\t0\ta\0b\nm\t\t0\tFFN\t0\t2\t0\ta\n");
        lines.ShouldHaveSingleItem().Rank.ShouldBe(2);
        rejected.ShouldHaveSingleItem().ErrorClass.ShouldBe("bad-text");
    }

    [Fact]
    public void A_backslash_before_a_small_letter_becomes_a_slash() =>
        Written([(@"\n", @"\\frac"), (@"\N", @"c:\é\1\")]).ShouldBe(@"/n=\/frac|||\N=c:\é\1\");

    /// <summary>Python's "%.4f".</summary>
    [Theory]
    [InlineData(0.03125, "0.0312")]
    [InlineData(0.09375, "0.0938")]
    [InlineData(-0.03125, "-0.0312")]
    [InlineData(0.00005, "0.0001")]
    [InlineData(0.00015, "0.0001")]
    [InlineData(1.00005, "1.0001")]
    [InlineData(0, "0.0000")]
    [InlineData(-1e-9, "-0.0000")]
    [InlineData(21016.673828125, "21016.6738")]
    [InlineData(123456789012345.03125, "123456789012345.0312")]
    [InlineData(1e22, "10000000000000000000000.0000")]
    public void Scores_have_four_decimals_rounded_as_Python_does(double score, string text)
    {
        var written = new StringWriter();
        FeedForwardTsv.Write(written, [new ConceptLine("m", "", 0, 1, score, [])]);
        written.ToString().ShouldBe($"{FeedForward}m\t\t0\tFFN\t0\t1\t{text}\t\n");
    }

    private static string Written(List<(string Key, string Query)> pairs)
    {
        var written = new StringWriter();
        AttentionTsv.Write(written, [new PatternLine("m", "7B", 1, 2, 3, 4, 0.5, pairs)]);
        return written.ToString()[Attention.Length..].TrimEnd('\n').Split('\t')[8];
    }

    private static (List<ConceptLine> Lines, List<BadInputException> Rejected) Concepts(string text)
    {
        var rejected = new List<BadInputException>();
        return (FeedForwardTsv.Read(Parts(Encoding.UTF8.GetBytes(text)), rejected.Add).ToList(), rejected);
    }

    private static (List<PatternLine> Lines, List<BadInputException> Rejected) Patterns(string text)
    {
        var rejected = new List<BadInputException>();
        return (AttentionTsv.Read(Parts(Encoding.UTF8.GetBytes(text)), rejected.Add).ToList(), rejected);
    }

    private static IEnumerable<InputFile> Parts(byte[] bytes, params int[] cuts) =>
        cuts.Append(bytes.Length).Zip(cuts.Prepend(0), (end, start) => bytes[start..end])
            .Select((part, i) => new InputFile($"part {i + 1}", () => new MemoryStream(part)));
}
