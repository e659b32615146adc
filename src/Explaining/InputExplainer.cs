using Interpret.Contracts;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Models.Templates;
using Interpret.Models.Tokenizers;

namespace Interpret.Explaining;

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

        if (others.Other is { } other && others.OtherTargets.Any(target => target.NeedsOtherModel))
            cases = Contrasted(cases, other, failures, cancel);
        var scored = Score([.. cases.Select(one => (one.Input, one.Mode))], others.OtherTargets, others.OtherMethods, others.Baseline, cancel);
        var explanations = cases.Zip(scored, (one, scores) => (one.Prompt, Explained(one, scores.Own, scores.Others, density))).ToDictionary();
        return [.. prompts.Select(prompt => failures.TryGetValue(prompt, out var failure) ? (null, failure) : explanations[prompt])];
    }

    /// <summary>What this model holds likeliest, but for the token itself, in the place of each response token of another model.</summary>
    /// <param name="cases">The other model's cases.</param>
    /// <param name="cancel">Looked at between layers.</param>
    /// <returns>For each case its tokens, or why there are none: its tokens are not this model's, or more than it can read.</returns>
    public IReadOnlyList<(ContrastTokens? Tokens, BadInputException? Failure)> ContrastTokensOf(
        IReadOnlyList<CasePieces> cases, CancellationToken cancel = default) => ContrastReading.Run(model, tokenizer, cases, cancel);

    /// <summary>A case with the tokens that another model holds likeliest in the places of its response.</summary>
    /// <exception cref="BadInputException"><c>tokens-differ</c>: the other model has another tokenizer.</exception>
    public AttributionInput Contrasted(AttributionInput input, ContrastTokens tokens) => ContrastReading.Contrasted(input, tokens, tokenizer, model.Config);

    /// <summary>The scores of targets that need another model, of cases that were explained before.</summary>
    /// <param name="inputs">Cases with at least one response token, each as of <see cref="Contrasted(AttributionInput, ContrastTokens)"/>.</param>
    /// <param name="choice">The targets, those that need no other model are left out; and the methods beside the paper's.</param>
    /// <param name="cancel">Looked at between layers.</param>
    public IReadOnlyList<(IReadOnlyList<MethodScores>? Scores, BadInputException? Failure)> ContrastScoresOf(
        IReadOnlyList<AttributionInput> inputs, MethodChoice choice, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(choice);
        List<ITarget> targets = [.. choice.Targets.Where(target => target.NeedsOtherModel)];
        var scored = Score(
            [.. inputs.Select(input => (input, AttributionCost.Cheaper(model.Config, input.PromptTokens, input.Targets)))], targets,
            [.. choice.OtherMethods.Where(method => method.HasTargets)], choice.Baseline, cancel);
        return [.. inputs.Zip(scored, (input, of) =>
        {
            List<MethodScores> scores = [.. of.Others.Where(one => targets.Exists(target => target.Name == one.Target))];
            return NotFinite(input.Id, scores.SelectMany(one => one.Scores)) is { } failure ? ((IReadOnlyList<MethodScores>?)null, failure) : (scores, null);
        })];
    }

    private List<Case> Contrasted(List<Case> cases, InputExplainer other, Dictionary<ReadPrompt, BadInputException> failures, CancellationToken cancel)
    {
        var contrasted = new List<Case>();
        var found = other.ContrastTokensOf([.. cases.Select(one => new CasePieces(one.Prompt.Id, Pieces(one.Prompt), Pieces(one.Input)))], cancel);
        foreach (var (one, (tokens, failure)) in cases.Zip(found))
        {
            try
            {
                contrasted.Add(one with { Input = Contrasted(one.Input, tokens ?? throw failure!) });
            }
            catch (BadInputException e)
            {
                failures[one.Prompt] = e;
            }
        }

        return contrasted;
    }

    /// <summary>n pieces.</summary>
    private string[] Pieces(ReadPrompt prompt) => [.. prompt.Ids.Skip(prompt.Start).Select(tokenizer.Piece)];

    /// <summary>m pieces.</summary>
    private string[] Pieces(AttributionInput input) => [.. input.TargetIds.Select(tokenizer.Piece)];

    /// <summary>The scores of cases: by the paper's method, each in its mode, and beside these by it of other targets and by other methods.</summary>
    private List<(AttributionScores Own, List<MethodScores> Others)> Score(
        IReadOnlyList<(AttributionInput Input, AttributionMode Mode)> cases, IReadOnlyList<ITarget> targets, IReadOnlyList<IAttributionMethod> methods,
        Baseline baseline, CancellationToken cancel)
    {
        var own = new AttributionScores[cases.Count];
        int[] In(AttributionMode mode) => [.. Enumerable.Range(0, cases.Count).Where(i => cases[i].Mode == mode)];
        var (forward, reverse) = (In(AttributionMode.Forward), In(AttributionMode.Reverse));
        foreach (var (i, found) in forward.Zip(ForwardMode.Run(model, [.. forward.Select(i => cases[i].Input)], others: targets, cancel: cancel)))
            own[i] = found;
        foreach (var (i, found) in reverse.Zip(ReverseMode.Run(model, [.. reverse.Select(i => cases[i].Input)], targets, cancel: cancel)))
            own[i] = found;
        var scored = own.Select(scores => (scores, scores.Others.Select(MethodScores.OfDefault).ToList())).ToList();
        int[] answered = [.. Enumerable.Range(0, cases.Count).Where(i => cases[i].Input.Targets > 0)];
        var run = new MethodRun(model, [.. answered.Select(i => cases[i].Input)], [AttributionTargets.Default, .. targets], baseline);
        foreach (var method in methods)
        {
            foreach (var (i, made) in answered.Zip(method.Run(run, cancel)))
                scored[i].Item2.AddRange(made);
        }

        return scored;
    }

    private static BadInputException? NotFinite(string id, IEnumerable<float> scores) => scores.All(float.IsFinite) ? null
        : new BadInputException(ErrorClasses.NotFinite, id, "scores", "finite numbers", "NaN or infinity", "The checkpoint's weights may be damaged");

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
        Case one, AttributionScores scores, List<MethodScores> others, DensitySettings density)
    {
        var (prompt, n, m) = (one.Prompt, one.Prompt.Tokens, one.Input.Targets);
        if (NotFinite(prompt.Id, [.. scores.Scores, .. scores.Confidences, .. others.SelectMany(other => other.Scores)]) is { } failure)
            return (null, failure);
        return (new InputExplanation(
            Pieces(prompt),
            Pieces(one.Input),
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
            Contrasts = one.Input.Contrasts is { } contrasts ? [.. contrasts.Select(tokenizer.Piece)] : null,
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
