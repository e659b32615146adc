using Interpret.Contracts;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.Models.Architectures;
using Interpret.Models.Network;
using Interpret.Models.Tokenizers;
using static TorchSharp.torch;

namespace Interpret.Explaining;

/// <summary>
/// What <see cref="ContrastOtherTarget"/> needs of the other model: one forward pass over each case, by the tokens that the explained model read.
/// Tokens mean the same to both only where both have the same tokenizer, so both sides check every token that a case needs.
/// </summary>
internal static class ContrastReading
{
    private const string Same = "contrast_other needs two models with one tokenizer";

    /// <param name="model">The other model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="cases">The explained model's cases.</param>
    /// <param name="cancel">Looked at between layers.</param>
    /// <returns>For each case its tokens, or why there are none.</returns>
    public static IReadOnlyList<(ContrastTokens? Tokens, BadInputException? Failure)> Run(
        ShardedModel model, ITokenizer tokenizer, IReadOnlyList<CasePieces> cases, CancellationToken cancel)
    {
        var results = new (ContrastTokens? Tokens, BadInputException? Failure)[cases.Count];
        var readable = new List<(int At, AttributionInput Input)>();
        foreach (var (at, one) in cases.Index())
        {
            try
            {
                readable.Add((at, Read(one, model, tokenizer)));
            }
            catch (BadInputException e)
            {
                results[at] = (null, e);
            }
        }

        // A network may have rows that its tokenizer has no piece for.
        long rows = Math.Min(model.Config.VocabularySize, tokenizer.VocabularySize);
        var found = PerturbedValues.Run(
            model, [.. readable.Select(one => Perturbation.None(one.Input))],
            [(logits, tokens) => Likeliest(logits, tokens).Id, (logits, tokens) => Likeliest(logits, tokens).Logit], cancel);
        foreach (var ((at, input), values) in readable.Zip(found))
        {
            int[] ids = Array.ConvertAll(values[0], id => (int)id);
            results[at] = Array.TrueForAll(values[1], float.IsFinite) ? (new ContrastTokens(input.Ids, ids, [.. ids.Select(tokenizer.Piece)]), null)
                : (null, new BadInputException(
                    ErrorClasses.NotFinite, input.Id, "logits of the other model", "finite numbers", "NaN or infinity",
                    "The checkpoint's weights may be damaged"));
        }

        return results;

        // An id is a whole number far below 2^24, which float32 holds exactly.
        (Tensor Id, Tensor Logit) Likeliest(Tensor logits, PlaceTokens tokens)
        {
            var known = logits.narrow(1, 0, rows);
            var likeliest = LogitDifference.LikeliestOther(known, tokens.Explained);
            return (likeliest.view(-1).to(ScalarType.Float32), known.gather(1, likeliest).view(-1));
        }
    }

    /// <summary>A case of the explained model with what the other model said of it.</summary>
    /// <param name="input">The case.</param>
    /// <param name="tokens">What the other model said.</param>
    /// <param name="tokenizer">The explained model's tokenizer.</param>
    /// <param name="config">The explained model.</param>
    /// <exception cref="BadInputException"><c>tokens-differ</c>: a token is not the same in both.</exception>
    public static AttributionInput Contrasted(AttributionInput input, ContrastTokens tokens, ITokenizer tokenizer, DecoderConfig config)
    {
        if (!tokens.Read.SequenceEqual(input.Ids))
        {
            var at = tokens.Read.Zip(input.Ids).TakeWhile(pair => pair.First == pair.Second).Count();
            throw Differs(
                input.Id, $"token {at}", at < input.Ids.Count ? $"the id {input.Ids[at]} ({Quoted.Of(tokenizer.Piece(input.Ids[at]))}) in the other model too"
                    : "the end in the other model too", at < tokens.Read.Count ? $"{tokens.Read[at]}" : "the end");
        }

        foreach (var (at, (id, piece)) in tokens.Ids.Zip(tokens.Pieces).Index())
        {
            if (id >= Math.Min(config.VocabularySize, tokenizer.VocabularySize) || tokenizer.Piece(id) != piece)
                throw Differs(input.Id, $"the other model's likeliest token in place {at} of the response", "a token that both models have by one id",
                    $"{Quoted.Of(piece)} by the id {id}");
        }

        return input with { Contrasts = tokens.Ids };
    }

    /// <summary>What the other model reads.</summary>
    private static AttributionInput Read(CasePieces one, ShardedModel model, ITokenizer tokenizer)
    {
        int Id(string piece, int at) => tokenizer.TryGetId(piece, out var id) && id < model.Config.VocabularySize ? id
            : throw Differs(one.Id, $"token {at} without BOS", "a token of the other model too", $"{Quoted.Of(piece)}, which it lacks");
        var input = new AttributionInput(one.Id, [.. tokenizer.Beginning, .. one.Input.Concat(one.Output).Select(Id)], one.Input.Count)
        {
            Start = tokenizer.Beginning.Count,
        };
        var most = Rope.MaximumLength(model.Config);
        return input.Length <= most ? input : throw new BadInputException(
            ErrorClasses.BeyondContext, one.Id, "prompt with its response", $"at most {most} tokens with BOS, the other model's context", $"{input.Length}");
    }

    private static BadInputException Differs(string id, string where, string expected, string found) =>
        new(ErrorClasses.TokensDiffer, id, where, expected, found, Same);
}
