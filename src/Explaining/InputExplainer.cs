using Interpret.Contracts;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;

namespace Interpret.Explaining;

/// <summary>A case of input attribution, explained.</summary>
/// <param name="Input">n prompt pieces.</param>
/// <param name="Output">m response pieces.</param>
/// <param name="Response">The response's text.</param>
/// <param name="Generated">The model wrote the response.</param>
/// <param name="Scores">S (n, m), row-major, raw.</param>
/// <param name="Confidences">p (m).</param>
/// <param name="Density">Importance density (n), in [0, 1].</param>
/// <param name="Mode">How S was computed.</param>
public sealed record InputExplanation(
    IReadOnlyList<string> Input, IReadOnlyList<string> Output, string Response, bool Generated, float[] Scores, float[] Confidences, float[] Density,
        AttributionMode Mode)
{
    /// <summary>Floating-point operations that S took, as <see cref="AttributionCost"/> counts them.</summary>
    public double Operations { get; init; }

    /// <summary>(n) true for tokens of the instruction; none where no instruction was marked.</summary>
    public required bool[] InstructionMask { get; init; }

    /// <summary>The score of the case, as <see cref="InstructionScore"/> counts it.</summary>
    public double Score => InstructionScore.Of(Density, InstructionMask);
}

/// <summary>Explains a prompt and its response: tokens, generation where no response is given, attribution, density.</summary>
public sealed class InputExplainer(ShardedModel model, ITokenizer tokenizer)
{
    /// <param name="id">The case's name, for errors.</param>
    /// <param name="prompt">Stripped before use.</param>
    /// <param name="response">Null: generated greedily, then decoded and tokenised again, as the original does.</param>
    /// <param name="maximumNewTokens">Longest generated response, in tokens.</param>
    /// <param name="density">How scores become a density.</param>
    /// <param name="mode">Null: the cheaper one.</param>
    /// <param name="instruction">The parts of the prompt that are its instruction; null: none is marked.</param>
    /// <param name="cancel">Looked at between tokens and layers.</param>
    /// <exception cref="BadInputException">
    /// The prompt is longer than the context, or does not stay whole when joined with its response; or a part is none, as of <see cref="InstructionMask"/>.
    /// </exception>
    public InputExplanation Explain(
        string id, string prompt, string? response, int maximumNewTokens, DensitySettings density, AttributionMode? mode = null,
        IReadOnlyList<string>? instruction = null, CancellationToken cancel = default)
    {
        prompt = prompt.Trim();
        var promptIds = tokenizer.EncodeToIds(prompt);
        if (promptIds.Count == 0)
            throw new BadInputException(ErrorClasses.EmptyPrompt, id, null, "a prompt", "only white space");
        var mask = InstructionMask.Of(prompt, instruction ?? [], tokenizer);
        var generated = response is null;
        RequireContext(id, "prompt", tokenizer.Beginning.Count + promptIds.Count + (generated ? 1 : 0));
        response = (response ?? tokenizer.Decode(GreedyGeneration.Run(model, [.. tokenizer.Beginning, .. promptIds], maximumNewTokens, cancel))).Trim();

        var input = Join(id, prompt, promptIds, response);
        RequireContext(id, "prompt with its response", input.Length);
        mode ??= AttributionCost.Cheaper(model.Config, input.PromptTokens, input.Targets);
        var scores = mode == AttributionMode.Reverse ? ReverseMode.Run(model, input, cancel) : ForwardMode.Run(model, [input], cancel: cancel)[0];
        RequireFinite(id, scores);
        return new InputExplanation(
            [.. promptIds.Select(tokenizer.Piece)],
            [.. input.TargetIds.Select(tokenizer.Piece)],
            response,
            generated,
            scores.Scores,
            scores.Confidences,
            ImportanceDensity.Of(scores.Scores, input.PromptTokens, input.Targets, density),
            scores.Mode)
        {
            InstructionMask = mask,
            Operations = AttributionCost.Of(scores.Mode, model.Config, input.PromptTokens, input.Targets),
        };
    }

    /// <summary>Tokens of prompt and response together; the prompt's own must come first, or rows would belong to other tokens.</summary>
    private AttributionInput Join(string id, string prompt, IReadOnlyList<int> promptIds, string response)
    {
        if (response.Length == 0)
            return Input(promptIds);
        var joint = tokenizer.EncodeToIds(prompt + " " + response);
        if (!joint.Take(promptIds.Count).SequenceEqual(promptIds))
        {
            var at = joint.Zip(promptIds).TakeWhile(pair => pair.First == pair.Second).Count();
            throw new BadInputException(
                ErrorClasses.PromptNotPrefix, id, $"token {at}", $"the prompt's own tokens when joined with its response ('{tokenizer.Piece(promptIds[at])}')",
                at < joint.Count ? $"'{tokenizer.Piece(joint[at])}'" : "the end");
        }

        return Input(joint);

        AttributionInput Input(IReadOnlyList<int> ids) => new(id, [.. tokenizer.Beginning, .. ids], promptIds.Count) { Start = tokenizer.Beginning.Count };
    }

    private void RequireContext(string id, string what, int positions)
    {
        var most = Rope.MaximumLength(model.Config);
        if (positions > most)
            throw new BadInputException(ErrorClasses.BeyondContext, id, what, $"at most {most} tokens with BOS, the model's context", $"{positions}");
    }

    private static void RequireFinite(string id, AttributionScores scores)
    {
        if (!Array.TrueForAll(scores.Scores, float.IsFinite) || !Array.TrueForAll(scores.Confidences, float.IsFinite))
            throw new BadInputException(ErrorClasses.NotFinite, id, "scores", "finite numbers", "NaN or infinity", "The checkpoint's weights may be damaged");
    }
}
