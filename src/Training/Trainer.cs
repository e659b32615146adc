using Interpret.Models.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Interpret.Training;

/// <summary>Learns, step by step: cross entropy of the next token, AdamW, gradients clipped to norm 1.</summary>
public sealed class Trainer(TrainableLlama model, AdamW optimizer)
{
    private const double LongestGradient = 1;

    /// <summary>One update of the weights.</summary>
    /// <returns>The mean cross entropy before it, in nats a token.</returns>
    public double Step(TrainingBatch batch, double rate, double decay)
    {
        using var scope = NewDisposeScope();
        var (loss, gradients) = Differentiate(batch);
        using (no_grad())
        {
            var norm = Math.Sqrt(gradients.Sum(gradient => (gradient * gradient).sum().cpu().item<float>()));
            if (norm > LongestGradient)
            {
                using Scalar shorter = (LongestGradient / norm).ToScalar(); // held until all have read it
                foreach (var gradient in gradients)
                    gradient.mul_(shorter);
            }
        }

        optimizer.Step(gradients, rate, decay);
        return loss;
    }

    /// <summary>The mean cross entropy, and its derivative by each weight, in their order; they belong to the caller's dispose scope.</summary>
    public (double Loss, IReadOnlyList<Tensor> Gradients) Differentiate(TrainingBatch batch)
    {
        var logits = model.Logits(batch.Ids, batch.Rows, batch.Positions);
        var (loss, slope) = CrossEntropy(logits, batch.Targets);
        return (loss, [.. autograd.grad([logits], [.. model.Tensors.Values], [slope])]);
    }

    /// <summary>The mean cross entropy of what is predicted, in nats a token.</summary>
    public double Evaluate(IEnumerable<TrainingBatch> batches)
    {
        using var gradless = no_grad();
        var (sum, count) = (0.0, 0);
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            sum += CrossEntropy(model.Logits(batch.Ids, batch.Rows, batch.Positions), batch.Targets).Loss * batch.Targets.Length;
            count += batch.Targets.Length;
        }

        return sum / count;
    }

    /// <summary>The loss, and its derivative by the logits: what the softmax gives too much, over N.</summary>
    private static (double Loss, Tensor Slope) CrossEntropy(Tensor logits, long[] targets)
    {
        using var gradless = no_grad();
        using var scope = NewDisposeScope();
        long count = targets.Length, vocabulary = logits.size(1);
        var probabilities = logits.detach().softmax(-1);
        var places = tensor([.. targets.Select((target, i) => (i * vocabulary) + target)]).to(logits.device);
        var flat = probabilities.view(count * vocabulary);
        var loss = flat.index_select(0, places).Values<float>().Average(probability => -Math.Log(Math.Max(probability, 1e-30)));
        flat.index_add_(0, places, ones([count], ScalarType.Float32, logits.device), Scalars.MinusOne);
        return (loss, probabilities.mul_(Scalars.Of(1.0 / count)).MoveToOuterDisposeScope());
    }
}
