using Interpret.Models.Architectures;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Explaining.Methods;

/// <summary>S_ij: the attention that the position which predicts response token j pays to prompt token i, averaged over layers and heads.</summary>
public sealed class MeanAttention : IAttributionMethod
{
    public string Name => "attention";

    public string Meaning => "attention paid to the token, averaged over layers and heads";

    public string Source => "Bahdanau, Cho and Bengio 2015; against it as an explanation: Jain and Wallace 2019";

    public bool HasTargets => false;

    public ModelWork Work(DecoderConfig config, IReadOnlyList<CaseLength> cases, int targets, WalkBudgets budgets) =>
        new(cases.Sum(one => (double)one.Length), 0, 0, 1);

    public IReadOnlyList<IReadOnlyList<MethodScores>> Run(MethodRun run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        var model = run.Model;
        AttributionInput[] inputs = [.. run.Inputs];
        LayerInputs[] tables = [.. inputs.Select(input => new LayerInputs(model.Config, BatchSpan.Whole(input.Length)))];
        Tensor[] states = [.. inputs.Select(input => model.Embed([.. input.Ids.Take(input.Length)]).unsqueeze(0))];
        Tensor[] sums = [.. inputs.Select(input => zeros(input.PromptTokens, input.Targets))];
        try
        {
            for (var layer = 0; layer < model.Config.Layers; layer++)
            {
                cancel.ThrowIfCancellationRequested();
                model.UseLayer(layer, weights =>
                {
                    for (var k = 0; k < inputs.Length; k++)
                    {
                        using var one = NewDisposeScope();
                        var trace = model.RunLayer(layer, weights, tables[k], states[k]);
                        sums[k].add_(ToPrompt(trace.Weights, inputs[k]), Scalars.One);
                        states[k].Dispose();
                        states[k] = trace.Output.MoveToOuterDisposeScope();
                    }
                });
            }

            return [.. sums.Select(sum => (IReadOnlyList<MethodScores>)
                [new MethodScores(Name, AttributionMethods.NoTarget, [.. sum.Values<float>().Select(value => value / model.Config.Layers)], [])])];
        }
        finally
        {
            foreach (var table in tables)
                table.Dispose();
        }
    }

    /// <param name="weights">(1, Hk, g T, T)</param>
    /// <param name="input">The case.</param>
    /// <returns>(n, m), mean over heads.</returns>
    private static Tensor ToPrompt(Tensor weights, AttributionInput input) =>
        weights.view(-1, input.Length, input.Length).mean([0L]).narrow(0, input.Targets == 0 ? 0 : input.FirstReadout, input.Targets)
            .narrow(1, input.Start, input.PromptTokens).transpose(0, 1).cpu();
}
