namespace Interpret.Explaining.Faithfulness;

/// <summary>
/// What becomes of the response as the tokens of a ranking are taken away or put back, the most important first: f is the mean probability of the
/// response's tokens.
/// </summary>
/// <param name="Ranking">The ranking's name.</param>
/// <param name="Deletion">f without the share <see cref="Shares"/>[k] of the tokens that is most important; first of all tokens, last of none.</param>
/// <param name="Insertion">f with nothing but that share; first of none, last of all tokens.</param>
/// <param name="SoftDeletion">f where each number of an embedding is zero with the probability that its token is retained.</param>
/// <param name="SoftInsertion">f where each is kept with that probability.</param>
public sealed record FaithfulnessCurves(string Ranking, float[] Deletion, float[] Insertion, float SoftDeletion, float SoftInsertion)
{
    /// <summary>The shares of the prompt's tokens.</summary>
    public static IReadOnlyList<double> Shares { get; } = [0, 0.01, 0.05, 0.1, 0.2, 0.5, 1];
}
