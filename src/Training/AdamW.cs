using Interpret.Models.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Interpret.Training;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
public sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8;
    private readonly IReadOnlyDictionary<string, Tensor> parameters;

    /// <param name="parameters">What is learnt, by name; changed in place.</param>
    public AdamW(IReadOnlyDictionary<string, Tensor> parameters)
    {
        this.parameters = parameters;
        First = Zeros();
        Second = Zeros();

        Dictionary<string,
            Tensor> Zeros() =>
            parameters.ToDictionary(one => one.Key, one => zeros(one.Value.shape, device: one.Value.device).DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    /// <summary>Steps made.</summary>
    public int Steps { get; set; }

    /// <summary>Running means of the gradients, by parameter.</summary>
    public IReadOnlyDictionary<string, Tensor> First { get; }

    /// <summary>Running means of their squares.</summary>
    public IReadOnlyDictionary<string, Tensor> Second { get; }

    /// <param name="gradients">In the order of the parameters.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay.</param>
    public void Step(IReadOnlyList<Tensor> gradients, double rate, double decay)
    {
        Steps++;
        var (correction1, correction2) = (1 - Math.Pow(Beta1, Steps), 1 - Math.Pow(Beta2, Steps));
        // Held until all parameters have read them.
        using Scalar kept = (1 - (rate * decay)).ToScalar(), rescaled = (1 / correction2).ToScalar(), step = (-rate / correction1).ToScalar();
        using var gradless = no_grad();
        foreach (var ((name, parameter), gradient) in parameters.Zip(gradients))
        {
            using var scope = NewDisposeScope();
            var (first, second) = (First[name], Second[name]);
            first.mul_(Scalars.Of(Beta1));
            first.add_(gradient * Scalars.Of(1 - Beta1), Scalars.One);
            second.mul_(Scalars.Of(Beta2));
            second.addcmul_(gradient, gradient, Scalars.Of(1 - Beta2));
            parameter.mul_(kept);
            parameter.add_(first / (second * rescaled).pow(Scalars.Of(0.5)).add(Scalars.Of(Epsilon), Scalars.One) * step, Scalars.One);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in First.Values.Concat(Second.Values))
            tensor.Dispose();
    }
}
