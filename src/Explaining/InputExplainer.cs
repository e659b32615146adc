using Interpret.Contracts;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
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

    /// <summary>Whether the model's own response filled the context, and took more tokens when read again: what went beyond is cut off.</summary>
    public bool IsCut { get; init; }

    /// <summary>Scores of other methods and targets, where they were asked for; none where there is no response token.</summary>
    public IReadOnlyList<MethodScores> Others { get; init; } = [];

    /// <summary>The score of the case, as <see cref="InstructionScore"/> counts it.</summary>
    public double Score => InstructionScore.Of(Density, InstructionMask);
}

/// <summary>What is computed beside the scores of the paper's method and target.</summary>
/// <param name="Methods">The methods; the paper's need not be among them.</param>
/// <param name="Targets">The targets; the probability need not be among them, and each method has it.</param>
/// <param name="Baseline">What stands in the place of a token that counts as absent.</param>
public sealed record MethodChoice(IReadOnlyList<IAttributionMethod> Methods, IReadOnlyList<ITarget> Targets, Baseline Baseline)
{
    /// <summary>Nothing.</summary>
    public static MethodChoice None { get; } = new([], [], Baseline.Mean);

    internal IReadOnlyList<ITarget> OtherTargets { get; } = [.. Targets.Where(target => target != AttributionTargets.Default)];

    internal IReadOnlyList<IAttributionMethod> OtherMethods { get; } = [.. Methods.Where(method => method != AttributionMethods.Default)];
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
    /// <param name="others">What is computed beside; null: nothing.</param>
    /// <param name="cancel">Looked at between tokens and layers.</param>
    /// <exception cref="BadInputException">
    /// The prompt is longer than the context, or does not stay whole when joined with its response; or a part is none, as of <see cref="InstructionMask"/>.
    /// </exception>
    public InputExplanation Explain(
        string id, string prompt, string? response, int maximumNewTokens, DensitySettings density, AttributionMode? mode = null,
        IReadOnlyList<string>? instruction = null, MethodChoice? others = null, CancellationToken cancel = default)
    {
        var (explanation, failure) = Explain([Read(id, prompt, response, instruction)], maximumNewTokens, density, mode, others, cancel)[0];
        return failure is null ? explanation! : throw failure;
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
    /// <param name="others">What is computed beside; null: nothing.</param>
    /// <param name="cancel">Looked at between tokens and layers.</param>
    /// <exception cref="BadInputException">As for a prompt without template, and as of <see cref="RenderedTokens"/>.</exception>
    public InputExplanation Explain(
        string id, RenderedPrompt prompt, string? response, int maximumNewTokens, DensitySettings density, AttributionMode? mode = null,
        IReadOnlyList<string>? instruction = null, MethodChoice? others = null, CancellationToken cancel = default)
    {
        var (explanation, failure) = Explain([Read(id, prompt, response, instruction)], maximumNewTokens, density, mode, others, cancel)[0];
        return failure is null ? explanation! : throw failure;
    }

    /// <summary>What the model is to read for a prompt, for <see cref="Explain(IReadOnlyList{ReadPrompt}, int, DensitySettings, AttributionMode?, MethodChoice?, CancellationToken)"/>.</summary>
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

    /// <summary>What a study wants beside the paper's scores.</summary>
    /// <exception cref="BadInputException">The model has no such token for a baseline.</exception>
    public MethodChoice Choice(AttributionSettings settings, string source) => new(
        [.. (settings.Methods ?? []).Select(name => AttributionMethods.All.Named(name, source))],
        [.. (settings.Targets ?? []).Select(name => AttributionTargets.All.Named(name, source))],
        settings.Baseline is not { } name ? Baseline.Mean
            : Baseline.All.TryGet(name, out var known) ? known
            : tokenizer.TryGetId(name, out var id) ? Baseline.Token(name, id)
            : throw new BadInputException(
                ErrorClasses.BaselineUnknown, source, "baseline", $"{string.Join(", ", Baseline.All.Names)}, or a token of the model", Quoted.Of(name),
                "`interpret tokenize` shows a text's tokens"));

    /// <summary>The case of a prompt whose response was explained before.</summary>
    /// <param name="prompt">Read with that response.</param>
    /// <param name="output">The pieces of the response that were explained; those that a model wrote need not be how its text is encoded.</param>
    /// <exception cref="BadInputException"><c>tokens-differ</c>: the model has no such tokens.</exception>
    public AttributionInput Again(ReadPrompt prompt, IReadOnlyList<string> output)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var ids = prompt.With(prompt.Response ?? "");
        if (!ids.Skip(prompt.Ids.Count).Select(tokenizer.Piece).SequenceEqual(output))
        {
            ids = [.. prompt.Ids, .. output.Select(piece => tokenizer.TryGetId(piece, out var id) ? id : throw new BadInputException(
                ErrorClasses.TokensDiffer, prompt.Id, "response", "tokens of the model", Quoted.Of(piece), "The attribution must be of this model: run it anew"))];
        }

        return new AttributionInput(prompt.Id, ids, prompt.Tokens) { Start = prompt.Start };
    }

    /// <summary>Holds rankings of prompts' tokens against the model.</summary>
    /// <param name="prompts">Cases with at least one response token.</param>
    /// <param name="cancel">Looked at between layers.</param>
    public IReadOnlyList<IReadOnlyList<FaithfulnessCurves>> Faithfulness(IReadOnlyList<RankedPrompt> prompts, CancellationToken cancel = default) =>
        FaithfulnessRun.Run(model, prompts, cancel);

    /// <summary>Explains several prompts, as each alone: they are generated together and attributed in one walk through the layers.</summary>
    /// <param name="prompts">Their readings; those with a template have the same ends.</param>
    /// <param name="maximumNewTokens">Longest generated response, in tokens.</param>
    /// <param name="density">How scores become a density.</param>
    /// <param name="mode">Null: the cheaper one of each.</param>
    /// <param name="others">What is computed beside; null: nothing.</param>
    /// <param name="cancel">Looked at between tokens and layers.</param>
    /// <returns>For each prompt its explanation, or why there is none: the others have theirs.</returns>
    public IReadOnlyList<(InputExplanation? Explanation, BadInputException? Failure)> Explain(
        IReadOnlyList<ReadPrompt> prompts, int maximumNewTokens, DensitySettings density, AttributionMode? mode = null, MethodChoice? others = null,
        CancellationToken cancel = default)
    {
        others ??= MethodChoice.None;
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
        var scores = forward.Zip(ForwardMode.Run(model, [.. forward.Select(one => one.Input)], others: others.OtherTargets, cancel: cancel))
            .ToDictionary(pair => pair.First.Prompt, pair => pair.Second);
        Case[] reverse = [.. cases.Where(one => one.Mode == AttributionMode.Reverse)];
        foreach (var (one, found) in reverse.Zip(ReverseMode.Run(model, [.. reverse.Select(one => one.Input)], others.OtherTargets, cancel: cancel)))
            scores[one.Prompt] = found;
        var beside = Others(cases, others, cancel);
        var explanations = cases.ToDictionary(one => one.Prompt, one => Explained(one, scores[one.Prompt], beside.GetValueOrDefault(one, []), density));
        return [.. prompts.Select(prompt => failures.TryGetValue(prompt, out var failure) ? (null, failure) : explanations[prompt])];
    }

    /// <summary>The scores of the other methods, of cases that have a response.</summary>
    private Dictionary<Case, List<MethodScores>> Others(List<Case> cases, MethodChoice choice, CancellationToken cancel)
    {
        Case[] answered = [.. cases.Where(one => one.Input.Targets > 0)];
        var scores = answered.ToDictionary(one => one, _ => new List<MethodScores>());
        var run = new MethodRun(model, [.. answered.Select(one => one.Input)], [AttributionTargets.Default, .. choice.OtherTargets], choice.Baseline);
        foreach (var method in choice.OtherMethods)
        {
            foreach (var (one, made) in answered.Zip(method.Run(run, cancel)))
                scores[one].AddRange(made);
        }

        return scores;
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
        // What filled the context may have other tokens, and more of them, when it is read again behind its prompt.
        var most = Rope.MaximumLength(model.Config) + 1; // the last is never read
        var isCut = written is not null && ids.Count > most;
        if (isCut)
        {
            ids = [.. ids.Take(most)];
            response = tokenizer.Decode(ids.Skip(prompt.Ids.Count)).Trim();
        }

        var input = new AttributionInput(prompt.Id, ids, prompt.Tokens) { Start = prompt.Start };
        RequireContext(prompt.Id, "prompt with its response", input.Length);
        return new Case(prompt, response, input, mode ?? AttributionCost.Cheaper(model.Config, prompt.Tokens, input.Targets), isCut);
    }

    private (InputExplanation? Explanation, BadInputException? Failure) Explained(
        Case one, AttributionScores scores, List<MethodScores> beside, DensitySettings density)
    {
        MethodScores[] others = [.. scores.Others.Select(MethodScores.OfDefault), .. beside];
        var (prompt, n, m) = (one.Prompt, one.Prompt.Tokens, one.Input.Targets);
        if (!scores.Scores.Concat(scores.Confidences).Concat(others.SelectMany(other => other.Scores)).All(float.IsFinite))
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
            IsCut = one.IsCut,
            Others = others,
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
    private sealed record Case(ReadPrompt Prompt, string Response, AttributionInput Input, AttributionMode Mode, bool IsCut);
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
