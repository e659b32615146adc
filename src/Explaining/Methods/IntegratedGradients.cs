using Interpret.Explaining.Targets;
using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Methods;

/// <summary>
/// S_ij = ∫₀¹ Σ_d ∂f_j/∂E_id at b + α(E − b) · (E_id − b_d) dα. Each point of the path is a forward-mode walk whose tangents are E − b, so a
/// point costs as much as the paper's method, whatever the number of targets. The integral is Gauss and Legendre's quadrature. From a baseline of
/// zeros it takes several times the points: the first norm turns small embeddings into large ones within a sliver of the path.
/// </summary>
/// <param name="points">Points of the path.</param>
public sealed class IntegratedGradients(int points = 64) : IAttributionMethod
{
    /// <summary>The places of the path that the sum of the scores is held against.</summary>
    private static readonly double[] Ends = [0, 1];

    public string Name => "integrated_gradients";

    public string Meaning => $"gradient times what lies between baseline and embedding, along the path between them ({points} points)";

    public string Source => "Sundararajan, Taly and Yan 2017";

    public bool IsComplete => true;

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) => ModelWork.Sum(cases.Select(one =>
        ForwardMode.Work(config, [.. Enumerable.Repeat(one, points)], targets, budgets)
            .Plus(PerturbationBatches.Work([.. Enumerable.Repeat((one, one.Length), Ends.Length)]))));

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [.. run.Inputs.Select(input => Run(run, input, cancel))];
    }

    private List<MethodScores> Run(MethodRun run, AttributionInput input, CancellationToken cancel)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var baseline = run.Baseline.Of(run.Model);
        var (places, weights) = Quadrature(points);
        var path = ForwardMode.Run(
            run.Model, [.. places.Select(place => new ForwardCase(input, new PathPoint(place, baseline)))], run.Targets, null, null, cancel);
        var ends = Ends.Select(share => new Perturbation(
            input, input.Length, _ => new ForwardCase(input, new PathPoint(share, baseline)).Embedded(run.Model).Embedded));
        var values = PerturbedValues.Run(run.Model, [.. ends], run.Targets, cancel);
        return [.. run.Targets.Select((target, k) => Integrated(target, [.. path.Select(point => point[k].Scores)], weights, values[0][k], values[1][k]))];
    }

    private MethodScores Integrated(ITarget target, float[][] path, double[] weights, float[] before, float[] after)
    {
        var scores = new double[path[0].Length];
        foreach (var (point, weight) in path.Zip(weights))
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] += weight * point[i];
        }

        double error = 0, change = 0;
        for (var j = 0; j < after.Length; j++)
        {
            var sum = 0.0;
            for (var i = j; i < scores.Length; i += after.Length)
                sum += scores[i];
            error += Math.Abs(sum - (after[j] - before[j]));
            change += Math.Abs(after[j] - before[j]);
        }

        return new MethodScores(Name, target.Name, Array.ConvertAll(scores, score => (float)score), after)
        {
            CompletenessError = change > 0 ? error / change : null,
        };
    }

    /// <summary>Gauss and Legendre's points and weights on [0, 1]: eigenvalues and first components of the Jacobi matrix (Golub and Welsch 1969).</summary>
    public static (double[] Points, double[] Weights) Quadrature(int count)
    {
        using var scope = NewDisposeScope();
        var beside = Enumerable.Range(1, count - 1).Select(k => k / Math.Sqrt((4.0 * k * k) - 1)).ToArray();
        var jacobi = count == 1 ? zeros(1, 1, dtype: ScalarType.Float64) : tensor(beside).diag(1).add(tensor(beside).diag(-1), Scalars.One);
        var (values, vectors) = linalg.eigh(jacobi);
        return ([.. values.Values<double>().Select(x => (x + 1) / 2)], [.. vectors.select(0, 0).Values<double>().Select(first => first * first)]);
    }
}
