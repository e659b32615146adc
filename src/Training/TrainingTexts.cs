using Interpret.Models.Tokenizers;

namespace Interpret.Training;

/// <summary>Tokens of one step: B rows of T, and which of them predict what.</summary>
/// <param name="Ids">B · T ids, row after row; short rows are filled up with whatever, which nothing looks at.</param>
/// <param name="Rows">B</param>
/// <param name="Positions">N places among the B · T that predict.</param>
/// <param name="Targets">What comes next at each.</param>
public sealed record TrainingBatch(long[] Ids, int Rows, long[] Positions, long[] Targets);

/// <summary>What a stage learns from: token sequences, of which the last part of each is to be predicted. A few are held out.</summary>
/// <param name="sequences">Token ids with the first position that is predicted, from 1.</param>
public sealed class TrainingTexts(IReadOnlyList<(int[] Ids, int From)> sequences)
{
    /// <summary>Every so many is held out.</summary>
    private const int HeldOutEvery = 50;

    private readonly List<(int[] Ids, int From)> learnt = [.. sequences.Where((_, i) => i % HeldOutEvery != HeldOutEvery - 1)];
    private readonly List<(int[] Ids, int From)> heldOut = [.. sequences.Where((_, i) => i % HeldOutEvery == HeldOutEvery - 1)];

    public int Count => sequences.Count;

    public long Tokens { get; } = sequences.Sum(sequence => (long)sequence.Ids.Length);

    /// <summary>Documents one after the other, each with BOS before and EOS after it, cut into pieces that begin with a document.</summary>
    /// <param name="length">Tokens of a piece.</param>
    public static TrainingTexts OfDocuments(IEnumerable<string> documents, ITokenizer tokenizer, int length)
    {
        var all = documents.Select(document => Whole(document, tokenizer)).ToList();
        var pieces = new List<(int[], int)>();
        for (var i = 0; i < all.Count;)
        {
            var piece = new List<int>();
            while (i < all.Count && (piece.Count == 0 || piece.Count + all[i].Length <= length))
                piece.AddRange(all[i++]);
            pieces.Add(([.. piece.Take(length)], 1));
        }

        return new(pieces);
    }

    /// <summary>Prompts with their responses; only responses are predicted, and that they end.</summary>
    /// <param name="length">A longer one is left out.</param>
    public static TrainingTexts OfPairs(IEnumerable<(string Prompt, string Response)> pairs, ITokenizer tokenizer, int length) => new(
    [
        .. pairs.Select(pair =>
        {
            var prompt = pair.Prompt.Trim();
            return (Ids: Whole($"{prompt} {pair.Response.Trim()}", tokenizer), From: tokenizer.Beginning.Count + tokenizer.EncodeToIds(prompt).Count);
        }).Where(pair => pair.Ids.Length <= length),
    ]);

    /// <summary>The batch of a step: another step, another choice; the same step, the same.</summary>
    public TrainingBatch Batch(long seed, int step, int rows)
    {
        var random = new Random(HashCode(seed, step));
        return Of([.. Enumerable.Range(0, rows).Select(_ => learnt[random.Next(learnt.Count)])]);
    }

    /// <summary>What is not learnt from, to measure by.</summary>
    /// <param name="most">Sequences at most.</param>
    public IEnumerable<TrainingBatch> HeldOut(int rows, int most) => heldOut.Take(most).Chunk(rows).Select(Of);

    private static int[] Whole(string text, ITokenizer tokenizer) => [.. tokenizer.Beginning, .. tokenizer.EncodeToIds(text), tokenizer.EosId];

    private static int HashCode(long seed, int step) => unchecked((int)((seed * 1_000_003L) + (step * 7_919L)));

    private static TrainingBatch Of((int[] Ids, int From)[] rows)
    {
        var length = rows.Max(row => row.Ids.Length) - 1; // the last is only predicted
        var ids = new long[rows.Length * length];
        var (positions, targets) = (new List<long>(), new List<long>());
        foreach (var (row, (sequence, from)) in rows.Index())
        {
            for (var t = 0; t < sequence.Length - 1; t++)
            {
                ids[(row * length) + t] = sequence[t];
                if (t + 1 < from)
                    continue;
                positions.Add((row * length) + t);
                targets.Add(sequence[t + 1]);
            }
        }

        return new(ids, rows.Length, [.. positions], [.. targets]);
    }
}
