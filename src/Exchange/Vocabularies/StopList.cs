using System.Collections.Frozen;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Vocabularies;

/// <summary>Words that are to have no word vector, whatever the table holds.</summary>
public static class StopList
{
    /// <summary>Asks for <see cref="None"/>.</summary>
    public const string NoneOption = "none";

    /// <summary>Nothing is stopped.</summary>
    public static IReadOnlySet<string> None { get; } = FrozenSet<string>.Empty;

    /// <summary>The stop words of sentence-transformers, which the original uses; see StopWords/README.md.</summary>
    public static IReadOnlySet<string> English { get; } = Embedded();

    /// <param name="option">Null: <see cref="English"/>; <c>none</c>: nothing; else a file of one word a line.</param>
    /// <exception cref="BadInputException">The file is missing or damaged, or no UTF-8.</exception>
    public static IReadOnlySet<string> Choose(string? option) => option switch
    {
        null => English,
        NoneOption => None,
        _ => Words(new StringReader(TextInput.ReadAll(option))),
    };

    private static HashSet<string> Embedded()
    {
        using var reader = TextInput.Open(typeof(StopList).Assembly.GetManifestResourceStream("stop-words/english.txt")!);
        return Words(reader);
    }

    private static HashSet<string> Words(TextReader reader)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Trim() is { Length: > 0 } word) words.Add(word);
        }

        return words;
    }
}
