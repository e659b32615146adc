using System.Runtime.InteropServices;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Storage;

/// <summary>Rows as small as they can be.</summary>
internal static class ExampleRows
{
    public static AttributionRow Attribution(string prompt, double score, string model = "base", string study = "study", int outputTokens = 6) => new()
    {
        StudyId = study,
        Model = model,
        PromptId = prompt,
        Input = ["▁Say", "\t\"quoted\"", "好"],
        Output = [.. Enumerable.Range(0, outputTokens).Select(i => $"o{i}")],
        Response = "a response",
        Generated = true,
        Scores = MemoryMarshal.AsBytes(new[] { 0f, -1.5f, float.Epsilon }.AsSpan()).ToArray(),
        Confidences = [],
        Density = [0, 255, 7],
        InstructionMask = [1, 0, 1],
        Score = score,
        InputTokens = 3,
        OutputTokens = outputTokens,
        Mode = "forward",
    };
}
