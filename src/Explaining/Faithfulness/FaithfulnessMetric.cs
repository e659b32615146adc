using Interpret.Contracts;

namespace Interpret.Explaining.Faithfulness;

/// <summary>A number that says how far a ranking is true to the model.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="HigherIsBetter">Which way is better.</param>
/// <param name="Meaning">What it is.</param>
/// <param name="Of">It, of a case.</param>
public sealed record FaithfulnessMetric(string Name, string Title, bool HigherIsBetter, string Meaning, Func<FaithfulnessCurves, double> Of) : IKind
{
    /// <summary>All, in the order in which they are shown. Sources: DeYoung et al. 2020; Petsiuk, Das and Saenko 2018; Zhao and Aletras 2023.</summary>
    public static Kinds<FaithfulnessMetric> All { get; } = new(
        "metric",
        new("comprehensiveness", "comprehensiveness", true,
            "what the response loses without the 1, 5, 10, 20, 50 % of the prompt's tokens that rank first, averaged", one => Loss(one, one.Deletion)),
        new("sufficiency", "sufficiency", false, "what it loses where there is nothing but these, averaged", one => Loss(one, one.Insertion)),
        new("deletion_area", "deletion area", false, "area under the response's probability as tokens go, the first of the ranking first", one => Area(one.Deletion)),
        new("insertion_area", "insertion area", true, "the same as they come", one => Area(one.Insertion)),
        new("soft_comprehensiveness", "soft comprehensiveness", true,
            "what the response loses when each number of a token's embedding is dropped with a probability that grows with its rank's weight, half of all on average",
            one => one.Deletion[0] - one.SoftDeletion),
        new("soft_sufficiency", "soft sufficiency", false, "what it loses when each is kept with that probability", one => one.Deletion[0] - one.SoftInsertion));

    /// <summary>Mean loss at the shares between none and all (AOPC).</summary>
    private static double Loss(FaithfulnessCurves one, float[] curve) => curve[1..^1].Average(f => (double)one.Deletion[0] - f);

    /// <summary>By the trapezoidal rule.</summary>
    private static double Area(float[] curve) => Enumerable.Range(1, curve.Length - 1)
        .Sum(k => (FaithfulnessCurves.Shares[k] - FaithfulnessCurves.Shares[k - 1]) * (curve[k - 1] + (double)curve[k]) / 2);
}
