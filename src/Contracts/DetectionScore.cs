namespace Interpret.Contracts;

/// <summary>
/// How well a judge tells a concept's words from others by the concept's summary: ten words, half of them the concept's. The field calls it detection
/// (Paulo and others 2024, Automatically Interpreting Millions of Features in Large Language Models).
/// </summary>
/// <param name="Hits">Of the concept's words, those that the judge took for its.</param>
/// <param name="FalseAlarms">Of the other words, those that the judge took for the concept's.</param>
public readonly record struct DetectionScore(int Hits, int FalseAlarms)
{
    /// <summary>Words of the concept in a question, and as many others.</summary>
    public const int Own = 5;

    /// <summary>Words in a question.</summary>
    public const int Words = 2 * Own;

    /// <summary>The score of a judge that knows nothing, whatever it answers.</summary>
    public const double Chance = 0.5;

    /// <summary>
    /// From this score on a concept passes, where a study says nothing else: a judge that guesses word by word gets there in 5.5 % of the cases.
    /// </summary>
    public const double Threshold = 0.8;

    /// <summary>Of the words, how many the judge put where they belong.</summary>
    public int Right => Hits + Own - FalseAlarms;

    /// <summary>Balanced accuracy, the mean of the shares of either half that were put right; the halves being equal, the accuracy, too. From 0 to 1.</summary>
    public double Value => (double)Right / Words;

    /// <summary>Of the words, how many must be right at least for a score.</summary>
    /// <param name="threshold">The score, from 0 to 1.</param>
    public static int LeastRight(double threshold)
    {
        const double Rounding = 1e-9; // 0.7 times ten may be a little more than seven
        return (int)Math.Ceiling((threshold * Words) - Rounding);
    }
}
