using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Labels;

/// <summary>
/// Counts the annotations of a model in one go over its rows. Shares and the agreement of passes need two groupings of the same rows, for which a
/// database takes three times as long as they take to read.
/// </summary>
internal static class AnnotationCounts
{
    private static readonly LabelQuestion[] Questions = Enum.GetValues<LabelQuestion>();

    /// <summary>All that tables and figures need of the model's annotations, real or rehearsed.</summary>
    /// <param name="leastRight">Only those of whose words a judge put so many right, of <see cref="DetectionScore.Words"/>; null: all.</param>
    public static async Task<ModelLabels> OfAsync(
        InterpretContext context, string study, string model, bool rehearsal, CancellationToken cancel, int? leastRight = null)
    {
        var (layers, concepts) = (new Dictionary<(int Pass, int Layer), Tally>(), new Dictionary<(int Layer, int Rank), Tally>());
        var meanings = new Dictionary<(string? Tasks, string? Linguistic, bool Interpretable), Meaning>(); // answers repeat one another
        var annotations = context.Annotations.Where(a => a.StudyId == study && a.Rehearsal == rehearsal && a.Model == model && a.Rank <= PairLabels.Ranks);
        if (leastRight is { } least)
            annotations = annotations.Where(a => a.DetectionHits + DetectionScore.Own - a.DetectionFalseAlarms >= least);
        var rows = annotations.Select(a => new { a.Pass, a.Layer, a.Rank, a.Interpretable, a.TaskText, a.LinguisticText });
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancel))
        {
            ref var meaning = ref CollectionsMarshal.GetValueRefOrAddDefault(meanings, (row.TaskText, row.LinguisticText, row.Interpretable), out _);
            meaning ??= Meaning.Of(row.TaskText, row.LinguisticText, row.Interpretable);
            foreach (var tally in (ReadOnlySpan<Tally>)[Of(layers, (row.Pass, row.Layer)), Of(concepts, (row.Layer, row.Rank))])
            {
                foreach (var question in meaning.Asked) tally.Asked[question]++;
                foreach (var category in meaning.Held) tally.Held[category]++;
            }
        }

        return new(
            [.. layers.OrderBy(layer => layer.Key).Select(layer => new LabelCounts(
                layer.Key.Pass,
                layer.Key.Layer,
                Questions.ToDictionary(question => question, question => layer.Value.Asked[(int)question]),
                LabelCategory.All.Select((category, i) => (category, layer.Value.Held[i])).ToDictionary()))],
            LabelCategory.All.Select((category, i) => (category, Votes(category.Question, i))).ToDictionary())
        {
            HighestRank = concepts.Keys.Select(concept => concept.Rank).DefaultIfEmpty(PairLabels.Ranks).Max(),
        };

        IReadOnlyList<long> Votes(LabelQuestion question, int category)
        {
            var passes = layers.Keys.Select(layer => layer.Pass).Distinct().Count();
            var votes = new long[passes + 1];
            foreach (var concept in concepts.Values.Where(concept => concept.Asked[(int)question] == passes)) votes[concept.Held[category]]++;
            return votes;
        }
    }

    private static Tally Of<T>(Dictionary<T, Tally> tallies, T key)
        where T : notnull => CollectionsMarshal.GetValueRefOrAddDefault(tallies, key, out _) ??= new();

    /// <summary>What a concept's answers come to.</summary>
    /// <param name="Asked">Questions that have an answer.</param>
    /// <param name="Held">Places of its categories in <see cref="LabelCategory.All"/>.</param>
    private sealed record Meaning(int[] Asked, int[] Held)
    {
        public static Meaning Of(string? tasks, string? linguistic, bool interpretable)
        {
            string?[] answers = [tasks, linguistic, ""]; // by question, null where it was not asked; whatever was asked for a summary has one
            return new(
                [.. Questions.Select(question => (int)question).Where(question => answers[question] is not null)],
                [.. Enumerable.Range(0, LabelCategory.All.Count).Where(i => Holds(LabelCategory.All[i]))]);

            bool Holds(LabelCategory category) =>
                category == LabelCategory.Uninterpretable ? !interpretable : category.IsNamedIn(answers[(int)category.Question]);
        }
    }

    private sealed class Tally
    {
        /// <summary>By question: answers.</summary>
        public int[] Asked { get; } = new int[Questions.Length];

        /// <summary>By category: answers in it.</summary>
        public int[] Held { get; } = new int[LabelCategory.All.Count];
    }
}
