using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Vocabularies;

/// <summary>The static word vectors of a vocabulary.</summary>
/// <param name="Dimension">d, numbers of a vector.</param>
/// <param name="Vectors">// (V, d): a vector for each word of the vocabulary, null where it has none.</param>
/// <param name="Found">Words with a vector.</param>
/// <param name="Stopped">Words without one because of the stop list.</param>
/// <param name="Unknown">Words without one because the table does not hold them.</param>
/// <param name="Unreadable">Rows of the table whose word is not UTF-8: no word of the vocabulary is looked up there.</param>
public sealed record WordVectors(int Dimension, IReadOnlyList<float[]?> Vectors, int Found, int Stopped, int Unknown, int Unreadable = 0)
{
    public override string ToString() =>
        $"{Found:N0} with a vector, {Stopped:N0} stopped, {Unknown:N0} without one"
        + (Unreadable == 0 ? "" : $" ({Unreadable:N0} rows of the vectors hold a word that is not UTF-8)");
}

/// <summary>
/// Looks up a vocabulary in a table of word vectors: GloVe's text, word2vec's text or word2vec's binary format. The table is read once and
/// only the vectors asked for are kept, so its size does not matter. A word that it holds twice has its last vector, as in the original.
/// </summary>
public static class WordVectorFile
{
    /// <param name="path">The table, or <c>-</c> for standard input; may be gzip-compressed. Its format is seen by its beginning.</param>
    /// <param name="words">The vocabulary; no word holds white space.</param>
    /// <param name="options">How words are looked up.</param>
    /// <exception cref="BadInputException">
    /// <c>input-missing</c>, <c>input-damaged</c>; <c>vectors-empty</c>: no vector at all; <c>vectors-truncated</c>: it breaks off;
    /// <c>vectors-length</c>: a row with another count of numbers than the first; <c>vectors-number</c>: a vector asked for holds something
    /// else than finite numbers. All name the row. <c>vectors-format</c>: the first row is no word with numbers; <c>vectors-unmatched</c>: not one word has a
    /// vector, though not all are stopped.
    /// </exception>
    public static WordVectors Read(string path, IReadOnlyList<string> words, WordVectorOptions options)
    {
        var wanted = words.SelectMany(word => options.Forms(word).TakeWhile(form => !options.StopWords.Contains(form))).ToHashSet(StringComparer.Ordinal);
        using var stream = TextInput.OpenBytes(path);
        var table = new WordVectorTable(new ByteCursor(stream), TextInput.Name(path), wanted);
        try
        {
            table.Read();
            var vectors = LookUp(table, words, options);
            return vectors.Found > 0 || vectors.Unknown == 0 ? vectors : throw new BadInputException(
                ErrorClasses.VectorsUnmatched, TextInput.Name(path), null, $"vectors of words of the vocabulary, such as \"{Shown(words, options)}\"",
                $"{table.Rows:N0} vectors and none of them, the first of \"{table.FirstWord}\"");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw TextInput.Damaged(path, e, table.Row + 1);
        }
    }

    /// <summary>A word that is looked up and not stopped, for messages.</summary>
    private static string Shown(IReadOnlyList<string> words, WordVectorOptions options) =>
        Quoted.Beginning(words.First(word => !options.Forms(word).Any(options.StopWords.Contains)));

    private static WordVectors LookUp(WordVectorTable table, IReadOnlyList<string> words, WordVectorOptions options)
    {
        var vectors = new float[]?[words.Count];
        var stopped = 0;
        for (var i = 0; i < vectors.Length; i++)
        {
            foreach (var form in options.Forms(words[i]))
            {
                if (options.StopWords.Contains(form))
                {
                    stopped++;
                    break;
                }

                if (table.Found.TryGetValue(form, out vectors[i])) break;
            }
        }

        var found = vectors.Count(vector => vector is not null);
        return new WordVectors(table.Dimension, vectors, found, stopped, words.Count - found - stopped, table.Unreadable);
    }
}
