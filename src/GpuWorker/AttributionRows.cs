using System.Runtime.InteropServices;
using Interpret.GpuWorker.Explaining;
using Interpret.Storage;
using Microsoft.ML.Tokenizers;

namespace Interpret.GpuWorker;

/// <summary>Turns explanations into rows: what a report needs is computed here, once, beside the model's tokenizer.</summary>
public static class AttributionRows
{
    public const string Imported = "imported";

    public static AttributionRow From(string study, string model, PromptRow prompt, InputExplanation explanation, Tokenizer tokenizer)
    {
        var mask = InstructionMask.Of(prompt.Text.Trim(), prompt.Spans, tokenizer);
        return Row(study, model, prompt.Id, explanation.Input, explanation.Output, explanation.Scores, explanation.Density, mask) with
        {
        };
    }
}
