using Interpret.Contracts;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Models.Templates;
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

    /// <summary>What the model read before the response, as the template wrote it; null: no template.</summary>
    public string? Rendered { get; init; }

    /// <summary>(n) true for tokens of the template: their density is 0, and they are never part of the instruction; null: no template.</summary>
    public bool[]? IsTemplate { get; init; }

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
        var ids = tokenizer.EncodeToIds(prompt);
        var mask = InstructionMask.Of(prompt, instruction ?? [], tokenizer);
        var read = new ReadPrompt([.. tokenizer.Beginning, .. ids], tokenizer.Beginning.Count, mask, answer => Join(id, prompt, ids, answer));
        return Explain(id, read, response, maximumNewTokens, density, mode, cancel);
    }

    /// <summary>
    /// Explains a prompt that a template wraps. The response follows the wrapped prompt directly; one that the model writes is kept as the tokens that
    /// it wrote. The template's tokens have rows of S and no density: that is of the prompt's own tokens among themselves.
    /// </summary>
    /// <param name="id">The case's name, for errors.</param>
    /// <param name="prompt">The wrapped prompt.</param>
    /// <param name="response">Stripped before use; null: generated greedily, to the checkpoint's end token at most.</param>
    /// <param name="maximumNewTokens">Longest generated response, in tokens.</param>
    /// <param name="density">How scores become a density.</param>
    /// <param name="mode">Null: the cheaper one.</param>
    /// <param name="instruction">The parts of the prompt that are its instruction; null: none is marked.</param>
    /// <param name="cancel">Looked at between tokens and layers.</param>
    /// <exception cref="BadInputException">As for a prompt without template, and as of <see cref="RenderedTokens"/>.</exception>
    public InputExplanation Explain(
        string id, RenderedPrompt prompt, string? response, int maximumNewTokens, DensitySettings density, AttributionMode? mode = null,
        IReadOnlyList<string>? instruction = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var tokens = new RenderedTokens(prompt, tokenizer, id);
        var mask = InstructionMask.Of(
            tokens.Text, (instruction ?? []).Select(tokenizer.Spelled), [.. tokens.Ids.Skip(tokens.Start).Zip(tokens.Places)], tokenizer);
        var read = new ReadPrompt(tokens.Ids, tokens.Start, mask, tokens.With)
        {
            Rendered = prompt.Text,
            IsTemplate = tokens.IsTemplate,
            Ends = [.. tokens.Ends.Where(end => end < model.Config.VocabularySize)],
        };
        return Explain(id, read, response, maximumNewTokens, density, mode, cancel);
    }

    private InputExplanation Explain(
        string id, ReadPrompt prompt, string? response, int maximumNewTokens, DensitySettings density, AttributionMode? mode, CancellationToken cancel)
    {
        var n = prompt.Ids.Count - prompt.Start;
        if (n == 0 || prompt.IsTemplate is { } template && !template.Contains(false))
            throw new BadInputException(ErrorClasses.EmptyPrompt, id, null, "a prompt", "only white space");
        RequireRows(id, prompt.Ids);
        RequireContext(id, "prompt", prompt.Ids.Count + (response is null ? 1 : 0));
        var (ids, generated) = ((IReadOnlyList<int>)[], response is null);
        if (generated)
        {
            var written = GreedyGeneration.Run(model, prompt.Ids, maximumNewTokens, prompt.Ends, cancel);
            response = tokenizer.Decode(written).Trim();
            ids = prompt.IsTemplate is null ? prompt.With(response) : [.. prompt.Ids, .. written];
        }
        else
        {
            response = response!.Trim();
            ids = prompt.With(response);
        }

        var input = new AttributionInput(id, ids, n) { Start = prompt.Start };
        RequireContext(id, "prompt with its response", input.Length);
        mode ??= AttributionCost.Cheaper(model.Config, n, input.Targets);
        var scores = mode == AttributionMode.Reverse ? ReverseMode.Run(model, input, cancel) : ForwardMode.Run(model, [input], cancel: cancel)[0];
        RequireFinite(id, scores);
        return new InputExplanation(
            [.. prompt.Ids.Skip(prompt.Start).Select(tokenizer.Piece)],
            [.. input.TargetIds.Select(tokenizer.Piece)],
            response,
            generated,
            scores.Scores,
            scores.Confidences,
            Density(scores.Scores, n, input.Targets, density, prompt.IsTemplate),
            scores.Mode)
        {
            InstructionMask = prompt.Instruction,
            Rendered = prompt.Rendered,
            IsTemplate = prompt.IsTemplate,
            Operations = AttributionCost.Of(scores.Mode, model.Config, n, input.Targets),
        };
    }

    /// <summary>The density of the prompt's own tokens among themselves; 0 for the template's.</summary>
    private static float[] Density(float[] scores, int n, int targets, DensitySettings settings, bool[]? isTemplate)
    {
        if (isTemplate is null)
            return ImportanceDensity.Of(scores, n, targets, settings);
        List<int> own = [.. Enumerable.Range(0, n).Where(i => !isTemplate[i])];
        float[] rows = [.. own.SelectMany(i => scores.Skip(i * targets).Take(targets))];
        var density = new float[n];
        foreach (var (i, value) in own.Zip(ImportanceDensity.Of(rows, own.Count, targets, settings)))
            density[i] = value;
        return density;
    }

    /// <summary>BOS and the tokens of prompt and response together; the prompt's own must come first, or rows would belong to other tokens.</summary>
    private IReadOnlyList<int> Join(string id, string prompt, IReadOnlyList<int> promptIds, string response)
    {
        if (response.Length == 0)
            return [.. tokenizer.Beginning, .. promptIds];
        var joint = tokenizer.EncodeToIds(prompt + " " + response);
        if (!joint.Take(promptIds.Count).SequenceEqual(promptIds))
        {
            var at = joint.Zip(promptIds).TakeWhile(pair => pair.First == pair.Second).Count();
            throw new BadInputException(
                ErrorClasses.PromptNotPrefix, id, $"token {at}", $"the prompt's own tokens when joined with its response ('{tokenizer.Piece(promptIds[at])}')",
                at < joint.Count ? $"'{tokenizer.Piece(joint[at])}'" : "the end");
        }

        return [.. tokenizer.Beginning, .. joint];
    }

    // A tokenizer may know tokens that the network has no row for.
    private void RequireRows(string id, IReadOnlyList<int> ids)
    {
        if (ids.FirstOrDefault(one => one >= model.Config.VocabularySize, -1) is var beyond and >= 0)
            throw new BadInputException(
                ErrorClasses.TokenizerMismatch, id, $"token {Quoted.Of(tokenizer.Piece(beyond))}", $"an id below {model.Config.VocabularySize}, the model's vocabulary", $"{beyond}");
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

    /// <summary>A prompt as the model reads it.</summary>
    /// <param name="Ids">BOS where there is one, and its tokens.</param>
    /// <param name="Start">How many of them are BOS.</param>
    /// <param name="Instruction">(n) true for tokens of the instruction.</param>
    /// <param name="With">The ids with a response behind them.</param>
    private sealed record ReadPrompt(IReadOnlyList<int> Ids, int Start, bool[] Instruction, Func<string, IReadOnlyList<int>> With)
    {
        public string? Rendered { get; init; }

        public bool[]? IsTemplate { get; init; }

        public IReadOnlyList<int> Ends { get; init; } = [];
    }
}
