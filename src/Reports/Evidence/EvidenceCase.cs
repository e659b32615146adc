using System.Runtime.InteropServices;
using Interpret.Explaining;
using Interpret.Reports.Statistics;
using Interpret.Storage;

namespace Interpret.Reports.Evidence;

/// <summary>A prompt whose context people marked, as a model answered it: how early each ranking has the sentences that they marked.</summary>
/// <param name="Id">The prompt.</param>
/// <param name="Sentences">Sentences of the context.</param>
/// <param name="Marked">Those of them that people marked.</param>
/// <param name="Rankings">Of each of <see cref="Names"/>; empty where the case is left out.</param>
/// <param name="LeftOut">Why it is left out; null: it is not.</param>
/// <param name="HasLevels">Whether its scores are levels already, as in the original's files.</param>
public sealed record EvidenceCase(string Id, int Sentences, int Marked, IReadOnlyList<RankQuality> Rankings, string? LeftOut, bool HasLevels)
{
    /// <summary>What <see cref="Rankings"/> are by; the last is what a random order gives on average.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. SentenceRanking.All.Select(ranking => ranking.Name), Chance];

    public const string Chance = "chance", NoResponse = "no response", NotFound = "context not among the tokens", NoneMarked = "no sentence marked",
        AllMarked = "every sentence marked";

    /// <summary>The case of a row.</summary>
    /// <param name="prompt">Its prompt, with context and evidence.</param>
    /// <param name="settings">L, b and p of the study.</param>
    public static EvidenceCase Of(PromptRow prompt, AttributionRow row, DensitySettings settings)
    {
        if (row.OutputTokens == 0) return Without(NoResponse);
        if (ContextSentences.Of(prompt.Context!, row.Input) is not { } sentences) return Without(NotFound);
        var marked = sentences.Marked([.. prompt.Evidence!.Chunk(2).Select(ends => new CharacterSpan(ends[0], ends[1]))]);
        var count = marked.Count(one => one);
        if (count == 0 || count == marked.Length)
            return new(prompt.Id, marked.Length, count, [], count == 0 ? NoneMarked : AllMarked, false);

        var scores = MemoryMarshal.Cast<byte, float>(row.Scores).ToArray();
        var ranked = new RankedCase(sentences, scores, row.OutputTokens, settings);
        return new(
            prompt.Id, marked.Length, count,
            [.. SentenceRanking.All.Select(ranking => RankQuality.Of(ranking.Of(ranked), marked)!.Value), RankQuality.OfChance(marked.Length, count)],
            null, ImportanceDensity.HasLevels(scores, row.OutputTokens));

        EvidenceCase Without(string reason) => new(prompt.Id, 0, 0, [], reason, false);
    }
}
