using Interpret.Contracts;
using Interpret.Explaining;

namespace Interpret.Exchange.Vocabularies;

/// <summary>
/// How a word's vector is looked up: as it is written, then without punctuation around it, then in lower case too. These are the steps of
/// sentence-transformers' WhitespaceTokenizer, which the original uses; case counts in the stop list and in the table.
/// </summary>
/// <param name="StopWords">A word that comes to one of these on its way has no vector.</param>
/// <param name="StripPunctuation">Whether ASCII punctuation is taken off both ends when the word as written is not in the table.</param>
/// <param name="LowerCase">Whether lower case is tried last.</param>
public sealed record WordVectorOptions(IReadOnlySet<string> StopWords, bool StripPunctuation = true, bool LowerCase = true)
{
    // Python's string.punctuation
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    public WordVectorOptions()
        : this(StopList.English)
    {
    }

    /// <summary>As a study says it.</summary>
    public static WordVectorOptions Of(AttentionSettings study) => new(StopList.Choose(study.StopWords), study.StripPunctuation, study.LowerCase);

    /// <summary>The forms that a word may have in the table, the first that is there counts.</summary>
    internal IEnumerable<string> Forms(string word)
    {
        yield return word;
        var bare = StripPunctuation ? word.Trim(Punctuation.ToCharArray()) : word;
        if (bare.Length == 0) yield break;
        if (bare.Length != word.Length) yield return bare;
        if (LowerCase && PythonCase.Lower(bare) is var lower && lower != bare) yield return lower;
    }
}
