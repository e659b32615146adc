using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Vocabularies;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_word_vectors_are_read : IDisposable
{
    private const string Table = "cat 1 2 3\n. . . 4 5 6\nDog -1.5 2e-3 .25\nCAT 7 8 9\n";

    private readonly Scratch scratch = new();

    /// <summary>In the record of the original's thresholds a word without a vector has 0, and no other word has.</summary>
    [Fact]
    public void The_words_with_a_vector_are_those_of_the_original()
    {
        var words = File.ReadAllLines(Reference.Path("golden/vocab/words2000.txt"));
        var thresholds = JsonDocument.Parse(File.ReadAllText(Reference.Path("golden/vocab/glove_thresholds.json"))).RootElement;
        var vectors = WordVectorFile.Read(Reference.Path("golden/vocab/glove_test_300d.txt"), words, new WordVectorOptions());
        (vectors.Dimension, vectors.Found, vectors.Stopped, vectors.Unknown).ShouldBe((300, 1617, 228, 145));
        words.Length.ShouldBe(1990);
        foreach (var (word, vector) in words.Zip(vectors.Vectors))
            (vector is null).ShouldBe(thresholds.GetProperty(word).GetDouble() == 0, word);
        var overall = vectors.Vectors[words.IndexOf("Overall")]!;
        File.ReadLines(Reference.Path("golden/vocab/glove_test_300d.txt")).ShouldContain(
            line => line.StartsWith("overall ") && line.Split(' ').Skip(1).Select(float.Parse).SequenceEqual(overall));
    }

    [Theory]
    [InlineData("cat", "1 2 3")]
    [InlineData("Cat", "1 2 3")]
    [InlineData("CAT", "7 8 9")]
    [InlineData("(CAT).", "7 8 9")]
    [InlineData("'cAt'", "1 2 3")]
    [InlineData("Dog", "-1.5 0.002 0.25")]
    [InlineData("dog", null)]
    [InlineData("DOG", null)]
    [InlineData("«cat»", null)]
    [InlineData(".", null)]
    [InlineData("...", null)]
    public void A_word_is_looked_up_as_it_is_then_without_punctuation_then_in_lower_case(string word, string? vector) =>
        (Read(Table, [word, "Dog"], new WordVectorOptions(StopList.None)).Vectors[0] is { } found ? string.Join(' ', found) : null).ShouldBe(vector);

    [Theory]
    [InlineData("the", true)]
    [InlineData("The", false)] // found as it is written, before its lower case is stopped
    [InlineData("(The", false)]
    [InlineData("(the)", true)]
    [InlineData("THE", true)]
    [InlineData("Of", true)]
    public void A_word_is_stopped_by_the_form_that_it_has_on_the_way(string word, bool stopped)
    {
        var vectors = Read("the 1\nThe 2\nof 3\n", [word], new WordVectorOptions());
        (vectors.Stopped, vectors.Found, vectors.Unknown).ShouldBe(stopped ? (1, 0, 0) : (0, 1, 0));
    }

    [Fact]
    public void Stripping_and_lower_case_can_be_turned_off()
    {
        var words = new[] { "cat", "(cat)", "Cat", "(Cat)" };
        Found(new WordVectorOptions(StopList.None)).ShouldBe("++++");
        Found(new WordVectorOptions(StopList.None, StripPunctuation: false)).ShouldBe("+-+-");
        Found(new WordVectorOptions(StopList.None, LowerCase: false)).ShouldBe("++--");
        Found(new WordVectorOptions(StopList.None, false, false)).ShouldBe("+---");

        string Found(WordVectorOptions options) => string.Concat(Read("cat 1 2\n", words, options).Vectors.Select(vector => vector is null ? '-' : '+'));
    }

    [Fact]
    public void The_stop_list_is_the_original_s_or_a_file_or_none()
    {
        StopList.Choose(null).Count.ShouldBe(386);
        StopList.Choose(null).ShouldContain("amoungst");
        StopList.Choose(null).ShouldContain("#");
        StopList.Choose("none").ShouldBeEmpty();
        StopList.Choose(scratch.Write("stop.txt", "cat\r\n\n dog \n")).ShouldBe(["cat", "dog"], ignoreOrder: true);
        Should.Throw<BadInputException>(() => StopList.Choose(Path.Combine(scratch.Root, "absent"))).ErrorClass.ShouldBe("input-missing");
    }

    /// <summary>As in a dictionary that is filled row by row.</summary>
    [Fact]
    public void Of_a_word_given_twice_the_last_vector_counts() => Text(Read("cat 1 2\ndog 3 4\ncat 5 6\n", ["cat"])).ShouldBe("5 6");

    [Theory]
    [InlineData("cat 1 2 3\ndog 4 5 6\n")]
    [InlineData("\uFEFFcat 1 2 3 \r\n\r\ndog 4 5 6")]
    [InlineData("2 3\ncat 1 2 3\ndog 4 5 6\n")]
    [InlineData("dog 4 5 6\nof cat 1 2 3\n: cat cat 9 9 9\ncat 1 2 3\n")]
    [InlineData("dog\t4\t5\t6\ncat\t1\t2\t3\n")]
    [InlineData("dog\t4 5 6\ncat\t1 2 3\n")]
    [InlineData("2\t3\ndog\t4 5 6\ncat\t1 2 3\n")]
    [InlineData("\n\r\n\ndog 4 5 6\n\ncat 1 2 3\n")]
    [InlineData(". . . 7 8 9\ndog 4 5 6\ncat 1 2 3\n")]
    [InlineData("1 000 7 8 9\ndog 4 5 6\ncat 1 2 3\n")]
    [InlineData("top 10 7 8 9\ndog 4 5 6\ncat 1 2 3\n")]
    [InlineData("dog 4 5 6\n1 000 7 8 9\n1 2 3 4\ncat 1 2 3\n")]
    [InlineData("3 3\ndog 4 5 6\ncat 1 2 3\n")] // promises one word too many
    public void Text_is_read_in_the_forms_that_it_comes_in(string table)
    {
        var vectors = Read(table, ["dog", "of", "cat"], new WordVectorOptions(StopList.None));
        vectors.Dimension.ShouldBe(3);
        vectors.Vectors.Select(vector => vector is null ? "none" : string.Join(' ', vector)).ShouldBe(["4 5 6", "none", "1 2 3"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void Binary_tables_are_read_with_and_without_newlines(string end)
    {
        var table = Binary("3 4", end, ("first_one", [1, 2, 3, 4]), ("Größe", [-0.5f, 1e-30f, 0, 13e10f]), ("cat", [4, 3, 2, 1]));
        var vectors = WordVectorFile.Read(scratch.Write("v.bin", table), ["Cat", "größe", "Größe"], new WordVectorOptions());
        (vectors.Dimension, vectors.Found, vectors.Unknown).ShouldBe((4, 2, 1));
        vectors.Vectors[0].ShouldBe([4f, 3, 2, 1]);
        vectors.Vectors[2].ShouldBe([-0.5f, 1e-30f, 0, 13e10f]);
    }

    [Fact]
    public void A_binary_table_larger_than_the_buffer_is_read_whole_and_compressed()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 9000).Select(i => ($"w{i}", Enumerable.Range(0, 60).Select(_ => random.NextSingle()).ToArray())).ToArray();
        var path = scratch.Write("v.gz", Gzip(Binary("9000 60", "\n", rows)));
        var vectors = WordVectorFile.Read(path, [.. rows.Select(row => row.Item1).Reverse()], new WordVectorOptions());
        foreach (var (vector, row) in vectors.Vectors.Reverse().Zip(rows)) vector.ShouldBe(row.Item2);
    }

    [Fact]
    public void A_text_table_larger_than_the_buffer_is_read_whole_and_compressed()
    {
        var table = string.Concat(Enumerable.Range(0, 9000).Select(i => $"w{i} {string.Join(' ', Enumerable.Range(i, 40))}\n"));
        var vectors =
            WordVectorFile.Read(
            scratch.Write("v.gz", Gzip(Encoding.UTF8.GetBytes(table))), [.. Enumerable.Range(0, 9001).Select(i => $"w{i}")], new WordVectorOptions());
        (vectors.Found, vectors.Unknown).ShouldBe((9000, 1));
        for (var i = 0; i < 9000; i++) vectors.Vectors[i].ShouldBe(Enumerable.Range(i, 40).Select(x => (float)x));
    }

    [Fact]
    public void A_table_without_any_of_the_words_is_refused_and_a_word_of_each_side_shown()
    {
        var error = Should.Throw<BadInputException>(() => Read("\"bird\" 1 2\n\"dog\" 3 4\n", ["the", "bird", "dog"]));
        (error.ErrorClass, error.Expected, error.Found).ShouldBe((
            "vectors-unmatched", "vectors of words of the vocabulary, such as \"bird\"", "2 vectors and none of them, the first of \"\"bird\"\""));
        Read(Table, ["bird", "the", "CAT"]).ToString().ShouldBe("1 with a vector, 1 stopped, 1 without one");
        Read(Table, ["the", "of"]).ToString().ShouldBe("0 with a vector, 2 stopped, 0 without one");
    }

    [Theory]
    [InlineData("Not Found\n", "a word and the numbers of its vector")]
    [InlineData("  cat 1 2\n  dog 3 4\n", "a word and the numbers of its vector")]
    [InlineData("cat  1  2\ndog  3  4\n", "several between fields")]
    public void A_file_that_is_no_table_of_vectors_is_refused_by_its_first_row(string table, string told)
    {
        var error = Should.Throw<BadInputException>(() => Read(table, ["cat", "html>"]));
        (error.ErrorClass, error.Where).ShouldBe(("vectors-format", "row 1"));
        error.Message.ShouldContain(told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3 2\n")]
    public void Words_that_are_not_utf_8_are_counted(string header)
    {
        byte[] table = [.. Encoding.UTF8.GetBytes(header + "cat 1 2\ncaf"), 0xE9, .. " 3 4\n"u8, 0xDC, .. "ber 5 6\n"u8];
        var vectors = WordVectorFile.Read(scratch.Write("v.txt", table), ["cat", "café"], new WordVectorOptions());
        (vectors.Found, vectors.Unknown, vectors.Unreadable).ShouldBe((1, 1, 2));
        vectors.ToString().ShouldEndWith("(2 rows of the vectors hold a word that is not UTF-8)");
    }

    [Fact]
    public void A_binary_table_may_promise_one_word_too_many()
    {
        var table = Binary("3 2", "\n", ("dog", [1, 2]), ("cat", [3, 4]));
        WordVectorFile.Read(scratch.Write("v.bin", table), ["cat"], new WordVectorOptions()).Vectors[0].ShouldBe([3f, 4]);
        var error = Should.Throw<BadInputException>(() => WordVectorFile.Read(
            scratch.Write("v.bin", Binary("4 2", "\n", ("dog", [1, 2]), ("cat", [3, 4]))), ["cat"], new WordVectorOptions()));
        error.ErrorClass.ShouldBe("vectors-truncated");
    }

    /// <summary>Whatever is read as text: a dataset and a vocabulary as well as vectors.</summary>
    [Theory]
    [InlineData("504B030414000000", "a zip archive")]
    [InlineData("425A683931415926535900", "a bzip2 file")]
    [InlineData("FD377A585A0000", "an xz file")]
    [InlineData("377ABCAF271C0004", "a 7z archive")]
    [InlineData("28B52FFD0458", "a zstd file")]
    [InlineData("FFFE740068006500", "UTF-16 text")]
    [InlineData("FEFF007400680065", "UTF-16 text")]
    [InlineData("740068006500200030", "UTF-16 text")]
    [InlineData("007400680065", "UTF-16 text")]
    public void Another_compression_or_encoding_is_named(string bytes, string format)
    {
        var content = Convert.FromHexString(bytes);
        foreach (var path in new[] { scratch.Write("v.txt", content), scratch.Write("v.gz", Gzip(content)) })
        {
            foreach (var read in new Action[]
            {
                () => WordVectorFile.Read(path, ["cat"], new WordVectorOptions()), () => VocabularyFile.Read(path),
                () => Interpret.Exchange.Datasets.DatasetFile.Read(path), () => Interpret.Exchange.Datasets.RatingsFile.Read(path),
            })
            {
                var error = Should.Throw<BadInputException>(read);
                (error.ErrorClass, error.Found).ShouldBe(("input-format", format));
            }
        }
    }

    [Theory]
    [InlineData("", "vectors-empty", null, "none")]
    [InlineData("\uFEFF", "vectors-empty", null, "none")]
    [InlineData("0 300\n", "vectors-empty", null, "none")]
    [InlineData("cat\n", "vectors-length", "row 1", "one field")]
    [InlineData("dog 1 2\nbird 1\ncat 1 2\n", "vectors-length", "row 2", "1")]
    [InlineData("dog 1 2\ncat 1 2 3\n", "vectors-length", "row 2", "3")]
    [InlineData("2 2\ndog 1 2\ncat 1\n", "vectors-length", "row 3", "1")]
    [InlineData("dog 1 2\nbird 1", "vectors-truncated", "row 2", "1")]
    [InlineData("dog 1 2\nbir", "vectors-truncated", "row 2", "0")]
    [InlineData("4 2\ndog 1 2\ncat 1 2\n", "vectors-truncated", "row 3", "2")]
    [InlineData("3 2\ndog 1 2\ncat 1 2", "vectors-truncated", "row 3", "2")]
    [InlineData("dog 1 2\ncat 1 x\n", "vectors-number", "row 2, \"cat\", number 2", "\"x\"")]
    [InlineData("dog 1 2\ncat nan 2\n", "vectors-number", "row 2, \"cat\", number 1", "\"nan\"")]
    [InlineData("dog 1 2\ncat 1 inf\n", "vectors-number", "row 2, \"cat\", number 2", "\"inf\"")]
    [InlineData("dog 1 2\ncat 1 1e39\n", "vectors-number", "row 2, \"cat\", number 2", "\"1e39\"")]
    [InlineData("dog 1 2\ncat  2\n", "vectors-number", "row 2, \"cat\", number 1", "\"\"")]
    public void A_bad_table_is_refused_by_its_row(string table, string errorClass, string? where, string found)
    {
        var error = Should.Throw<BadInputException>(() => Read(table, ["cat"]));
        (error.ErrorClass, error.Where, error.Found).ShouldBe((errorClass, where, found));
    }

    [Fact]
    public void A_bad_number_that_nobody_asked_for_is_no_error() => Text(Read("cat 1 2\ndog x nan\n", ["cat"])).ShouldBe("1 2");

    [Fact]
    public void A_bad_binary_table_is_refused_by_its_row()
    {
        var whole = Binary("2 3", "\n", ("dog", [1, 2, 3]), ("cat", [4, 5, float.NaN]));
        Refused(whole).ShouldBe(("vectors-number", "row 3, \"cat\", number 3", "NaN"));
        foreach (var length in new[] { whole.Length - 2, whole.Length - 12, whole.Length - 15 })
            Refused(whole[..length]).ShouldBe(("vectors-truncated", "row 3", "1 whole ones"), $"{length} bytes");

        (string, string?, string) Refused(byte[] table)
        {
            var error = Should.Throw<BadInputException>(() => WordVectorFile.Read(scratch.Write("v.bin", table), ["cat"], new WordVectorOptions()));
            return (error.ErrorClass, error.Where, error.Found);
        }
    }

    [Fact]
    public void A_compressed_table_cut_short_is_bad_input()
    {
        var compressed = Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"w{i} {i * 7919 % 1013}\n"))));
        Should.Throw<BadInputException>(
            () => WordVectorFile.Read(scratch.Write("v.gz", compressed[..^9]), ["cat"], new WordVectorOptions())).ErrorClass.ShouldBe("input-damaged");
    }

    public void Dispose() => scratch.Dispose();

    private WordVectors Read(string table, string[] words, WordVectorOptions? options = null) =>
        WordVectorFile.Read(scratch.Write("v.txt", table), words, options ?? new WordVectorOptions());

    private static string? Text(WordVectors vectors) => vectors.Vectors.ShouldHaveSingleItem() is { } vector ? string.Join(' ', vector) : null;

    private static byte[] Binary(string header, string end, params (string Word, float[] Vector)[] rows)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Encoding.UTF8.GetBytes(header + "\n"));
        foreach (var (word, vector) in rows)
        {
            writer.Write(Encoding.UTF8.GetBytes(word + " "));
            foreach (var number in vector) writer.Write(number);
            writer.Write(Encoding.UTF8.GetBytes(end));
        }

        writer.Flush();
        return bytes.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest)) gzip.Write(content);
        return bytes.ToArray();
    }
}
