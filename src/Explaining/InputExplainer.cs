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
    /// <summary>Explains a prompt.</summary>
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
        IReadOnlyList<string>? instruction = null, CancellationToken cancel = default) =>
        Alone(Read(id, prompt, response, instruction), maximumNewTokens, density, mode, cancel);

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
        IReadOnlyList<string>? instruction = null, CancellationToken cancel = default) =>
        Alone(Read(id, prompt, response, instruction), maximumNewTokens, density, mode, cancel);

    /// <summary>What the model is to read for a prompt, for <see cref="Explain(IReadOnlyList{ReadPrompt}, int, DensitySettings, AttributionMode?, CancellationToken)"/>.</summary>
    /// <param name="id">The case's name, for errors.</param>
    /// <param name="prompt">Stripped before use.</param>
    /// <param name="response">As given; null: to be generated.</param>
    /// <param name="instruction">The parts of the prompt that are its instruction; null: none is marked.</param>
    /// <exception cref="BadInputException">The prompt is empty or longer than the context, or a part is none.</exception>
    public ReadPrompt Read(string id, string prompt, string? response, IReadOnlyList<string>? instruction)
    {
        prompt = prompt.Trim();
        var ids = tokenizer.EncodeToIds(prompt);
        var mask = InstructionMask.Of(prompt, instruction ?? [], tokenizer);
        return Checked(
            new ReadPrompt(id, response?.Trim(), [.. tokenizer.Beginning, .. ids], tokenizer.Beginning.Count, mask, answer => Join(id, prompt, ids, answer)));
    }

    /// <summary>As for a prompt without a template.</summary>
    /// <param name="id">The case's name, for errors.</param>
    /// <param name="prompt">The wrapped prompt.</param>
    /// <param name="response">As given; null: to be generated.</param>
    /// <param name="instruction">The parts of the prompt that are its instruction; null: none is marked.</param>
    /// <exception cref="BadInputException">As for a prompt without template, and as of <see cref="RenderedTokens"/>.</exception>
    public ReadPrompt Read(string id, RenderedPrompt prompt, string? response, IReadOnlyList<string>? instruction)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var tokens = new RenderedTokens(prompt, tokenizer, id);
        var mask = InstructionMask.Of(
            tokens.Text, (instruction ?? []).Select(tokenizer.Spelled), [.. tokens.Ids.Skip(tokens.Start).Zip(tokens.Places)], tokenizer);
        return Checked(new ReadPrompt(id, response?.Trim(), tokens.Ids, tokens.Start, mask, tokens.With)
        {
            Rendered = prompt.Text,
            IsTemplate = tokens.IsTemplate,
            Ends = [.. tokens.Ends.Where(end => end < model.Config.VocabularySize)],
        });
    }

    /// <summary>Explains several prompts, as each alone: they are generated together and attributed in one walk through the layers.</summary>
    /// <param name="prompts">Their readings; those with a template have the same ends.</param>
    /// <param name="maximumNewTokens">Longest generated response, in tokens.</param>
    /// <param name="density">How scores become a density.</param>
    /// <param name="mode">Null: the cheaper one of each.</param>
    /// <param name="cancel">Looked at between tokens and layers.</param>
    /// <returns>For each prompt its explanation, or why there is none: the others have theirs.</returns>
    public IReadOnlyList<(InputExplanation? Explanation, BadInputException? Failure)> Explain(
        IReadOnlyList<ReadPrompt> prompts, int maximumNewTokens, DensitySettings density, AttributionMode? mode = null, CancellationToken cancel = default)
    {
        var written = Generate([.. prompts.Where(prompt => prompt.Response is null)], maximumNewTokens, cancel);
        var cases = new List<Case>();
        var failures = new Dictionary<ReadPrompt, BadInputException>();
        foreach (var prompt in prompts)
        {
            try
            {
                cases.Add(Answered(prompt, written.GetValueOrDefault(prompt), mode));
            }
            catch (BadInputException e)
            {
                failures[prompt] = e;
            }
        }

        Case[] forward = [.. cases.Where(one => one.Mode == AttributionMode.Forward)];
        var scores = forward.Zip(ForwardMode.Run(model, [.. forward.Select(one => one.Input)], cancel: cancel))
            .ToDictionary(pair => pair.First.Prompt, pair => pair.Second);
        foreach (var one in cases.Where(one => one.Mode == AttributionMode.Reverse))
            scores[one.Prompt] = ReverseMode.Run(model, one.Input, cancel);
        var explanations = cases.ToDictionary(one => one.Prompt, one => Explained(one, scores[one.Prompt], density));
        return [.. prompts.Select(prompt => failures.TryGetValue(prompt, out var failure) ? (null, failure) : explanations[prompt])];
    }

    private InputExplanation Alone(ReadPrompt prompt, int maximumNewTokens, DensitySettings density, AttributionMode? mode, CancellationToken cancel)
    {
        var (explanation, failure) = Explain([prompt], maximumNewTokens, density, mode, cancel)[0];
        return failure is null ? explanation! : throw failure;
    }

    private ReadPrompt Checked(ReadPrompt prompt)
    {
        if (prompt.Tokens == 0 || prompt.IsTemplate is { } template && !template.Contains(false))
            throw new BadInputException(ErrorClasses.EmptyPrompt, prompt.Id, null, "a prompt", "only white space");
        RequireRows(prompt.Id, prompt.Ids);
        RequireContext(prompt.Id, "prompt", prompt.Ids.Count + (prompt.Response is null ? 1 : 0));
        return prompt;
    }

    private Dictionary<ReadPrompt, IReadOnlyList<int>> Generate(IReadOnlyList<ReadPrompt> prompts, int maximumNewTokens, CancellationToken cancel)
    {
        var made = new Dictionary<ReadPrompt, IReadOnlyList<int>>();
        foreach (var alike in prompts.GroupBy(prompt => string.Join(' ', prompt.Ends)))
        {
            ReadPrompt[] some = [.. alike];
            var written = GreedyGeneration.Run(model, [.. some.Select(prompt => prompt.Ids)], maximumNewTokens, some[0].Ends, cancel: cancel);
            foreach (var (prompt, ids) in some.Zip(written))
                made[prompt] = ids;
        }

        return made;
    }

    /// <param name="prompt">What the model read.</param>
    /// <param name="written">What it wrote; null where the response is given.</param>
    /// <param name="mode">Null: the cheaper one.</param>
    private Case Answered(ReadPrompt prompt, IReadOnlyList<int>? written, AttributionMode? mode)
    {
        var response = prompt.Response ?? tokenizer.Decode(written!).Trim();
        var ids = written is null || prompt.IsTemplate is null ? prompt.With(response) : [.. prompt.Ids, .. written];
        var input = new AttributionInput(prompt.Id, ids, prompt.Tokens) { Start = prompt.Start };
        RequireContext(prompt.Id, "prompt with its response", input.Length);
        return new Case(prompt, response, input, mode ?? AttributionCost.Cheaper(model.Config, prompt.Tokens, input.Targets));
    }

    private (InputExplanation? Explanation, BadInputException? Failure) Explained(Case one, AttributionScores scores, DensitySettings density)
    {
        var (prompt, n, m) = (one.Prompt, one.Prompt.Tokens, one.Input.Targets);
        if (!Array.TrueForAll(scores.Scores, float.IsFinite) || !Array.TrueForAll(scores.Confidences, float.IsFinite))
            return (null, new BadInputException(
                ErrorClasses.NotFinite, prompt.Id, "scores", "finite numbers", "NaN or infinity", "The checkpoint's weights may be damaged"));
        return (new InputExplanation(
            [.. prompt.Ids.Skip(prompt.Start).Select(tokenizer.Piece)],
            [.. one.Input.TargetIds.Select(tokenizer.Piece)],
            one.Response,
            prompt.Response is null,
            scores.Scores,
            scores.Confidences,
            Density(scores.Scores, n, m, density, prompt.IsTemplate),
            scores.Mode)
        {
            InstructionMask = prompt.Instruction,
            Rendered = prompt.Rendered,
            IsTemplate = prompt.IsTemplate,
            Operations = AttributionCost.Of(scores.Mode, model.Config, n, m),
        }, null);
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

    /// <summary>A prompt with its response, and how it is attributed.</summary>
    private sealed record Case(ReadPrompt Prompt, string Response, AttributionInput Input, AttributionMode Mode);
}

/// <summary>A prompt as the model reads it, with the response if that is given.</summary>
public sealed class ReadPrompt
{
    /// <param name="id">The case's name, for errors.</param>
    /// <param name="response">As given; null: to be generated.</param>
    /// <param name="ids">BOS where there is one, and its tokens.</param>
    /// <param name="start">How many of them are BOS.</param>
    /// <param name="instruction">(n) true for tokens of the instruction.</param>
    /// <param name="with">The ids with a response behind them.</param>
    internal ReadPrompt(
        string id, string? response, IReadOnlyList<int> ids, int start, bool[] instruction, Func<string, IReadOnlyList<int>> with) =>
        (Id, Response, Ids, Start, Instruction, With) = (id, response, ids, start, instruction, with);

    internal string Id { get; }

    internal string? Response { get; }

    internal IReadOnlyList<int> Ids { get; }

    internal int Start { get; }

    /// <summary>n, without BOS.</summary>
    internal int Tokens => Ids.Count - Start;

    internal bool[] Instruction { get; }

    internal Func<string, IReadOnlyList<int>> With { get; }

    internal string? Rendered { get; init; }

    internal bool[]? IsTemplate { get; init; }

    /// <summary>What ends a response beside the checkpoint's own ends.</summary>
    internal IReadOnlyList<int> Ends { get; init; } = [];
}
