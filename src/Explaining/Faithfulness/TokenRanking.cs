using Interpret.Explaining.Methods;

namespace Interpret.Explaining.Faithfulness;

/// <summary>How important each prompt token is to a whole response.</summary>
/// <param name="Name">Whose opinion that is.</param>
/// <param name="Importance">(n), at least 0.</param>
public sealed record TokenRanking(string Name, double[] Importance)
{
    /// <summary>The paper's importance density.</summary>
    public const string Density = "density";

    /// <summary>Whose rankings of a case are held against the model: the paper's density and scores, other methods', and a random order.</summary>
    /// <param name="methods">The methods that the case has scores of.</param>
    public static IReadOnlyList<string> Names(IEnumerable<string> methods) =>
        [.. new[] { Density, AttributionMethods.Default.Name }.Concat(methods).Append(AttributionMethods.Random.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>By the mean over response tokens of |S_ij|.</summary>
    /// <param name="name">The name of the ranking.</param>
    /// <param name="scores">S (n, m), row-major.</param>
    /// <param name="tokens">n.</param>
    public static TokenRanking OfScores(string name, ReadOnlySpan<float> scores, int tokens) => new(name, MeanMagnitudes(scores, tokens));

    /// <summary>(n): the mean of |S_ij| over response tokens; 0 where there are none.</summary>
    /// <param name="scores">S (n, m), row-major.</param>
    /// <param name="tokens">n.</param>
    internal static double[] MeanMagnitudes(ReadOnlySpan<float> scores, int tokens)
    {
        var (means, columns) = (new double[tokens], tokens == 0 ? 0 : scores.Length / tokens);
        for (var i = 0; i < tokens && columns > 0; i++)
        {
            var sum = 0.0;
            foreach (var score in scores.Slice(i * columns, columns)) sum += Math.Abs(score);
            means[i] = sum / columns;
        }

        return means;
    }

    /// <summary>Some tokens by descending importance, earlier ones first among equals.</summary>
    internal int[] Descending(IEnumerable<int> tokens) => [.. tokens.OrderByDescending(i => Importance[i])];

    /// <summary>
    /// Importance as shares of what is retained, of which there is the same for every ranking: between 0 and 1, with a mean of ½, in proportion to the
    /// importance as far as that goes.
    /// </summary>
    internal double[] Retained(IReadOnlyList<int> tokens)
    {
        var share = new double[Importance.Length];
        int[] order = Descending(tokens);
        var (left, weight) = (tokens.Count / 2.0, order.Sum(i => Importance[i]));
        for (var k = 0; k < order.Length; k++)
        {
            // Those before are retained whole; if the strongest of the rest needs no cut, none of it does.
            if (weight <= 0 || left * Importance[order[k]] <= weight)
            {
                foreach (var i in order[k..])
                    share[i] = weight > 0 ? left * Importance[i] / weight : left / (order.Length - k);
                break;
            }

            share[order[k]] = 1;
            left--;
            weight -= Importance[order[k]];
        }

        return share;
    }
}
