using Interpret.Contracts;
using Interpret.Reports.Labels;
using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports.Trainings;

/// <summary>Models that were trained in one way from one parent, and differ by chance alone.</summary>
public sealed record TrainingGroup(string Name, string Parent, IReadOnlyList<string> Models)
{
    /// <summary>As tables write it.</summary>
    public string Title => $"{Name} of {Parent}";
}

/// <summary>An effect over the models of a training.</summary>
/// <param name="Training">The training.</param>
/// <param name="Each">What each model shows that has the rows for it, in the study's order.</param>
public sealed record TrainingEffect(TrainingGroup Training, IReadOnlyList<TrainedEffect> Each)
{
    public string Table => Each[0].Table;

    public string Group => Each[0].Group;

    /// <summary>The effect that another training in this way would have.</summary>
    public RandomEffects Pooled { get; } = RandomEffects.Of(Each.Select(one => (one.Difference, one.Error)));

    /// <summary>Root mean square of the models' standard errors: how much chance in the cases alone moves an effect.</summary>
    public double CaseError { get; } = Math.Sqrt(Sample.Of(Each.Where(one => one.Error > 0).Select(one => one.Error * one.Error)).Mean);

    /// <summary>Models whose own interval lies above 0.</summary>
    public int Above { get; } = Each.Count(one => one.Interval.Low > 0);

    /// <summary>Models whose own interval lies below 0.</summary>
    public int Below { get; } = Each.Count(one => one.Interval.High < 0);
}

/// <summary>The effects of a study's trainings.</summary>
/// <param name="Effects">By training, then in the tables' order.</param>
/// <param name="Rehearsal">Whether answers of a rehearsal are among them.</param>
public sealed record StudyTrainings(IReadOnlyList<TrainingEffect> Effects, bool Rehearsal)
{
    /// <summary>What the study lacks for a report about trainings, and what to do; null: nothing.</summary>
    public static async Task<BadInputException?> MissingAsync(ReportScope scope, string report, CancellationToken cancel)
    {
        const string Remedy = "Give two tuned models or more the same \"parent\" and \"training\" (docs/study-files.md)";
        if ((await ReadAsync(scope, cancel)).Effects.Count > 0) return null;
        return (await TrainingsAsync(scope, cancel)).Count == 0
            ? new(ErrorClasses.ReportEmpty, scope.Study, report, "several models of one training", "none", Remedy)
            : new(ErrorClasses.ReportEmpty, scope.Study, report, "explanations of several models of a training and of their parent", "none of two or more");
    }

    /// <summary>Reads the tables of every model with its parent; the reports of a scope share them.</summary>
    public static Task<StudyTrainings> ReadAsync(ReportScope scope, CancellationToken cancel) => scope.OnceAsync(async () =>
    {
        var (effects, rehearsal) = (new List<TrainingEffect>(), false);
        foreach (var training in await TrainingsAsync(scope, cancel))
        {
            var found = new List<TrainedEffect>();
            foreach (var model in training.Models) found.AddRange(await OfAsync(scope.Of(new(training.Parent, model))));
            effects.AddRange(From(training, found));
        }

        return new StudyTrainings(effects, rehearsal);

        async Task<List<TrainedEffect>> OfAsync(ReportScope pair)
        {
            var model = pair.Pair.Tuned;
            var (before, after) = await Table2.ReadAsync(pair, cancel);
            List<TrainedEffect> found =
            [
                .. Table1.From(await Table1.ReadAsync(pair, cancel)).Select(row => TrainedEffect.Of(model, row)),
                .. Table2.From(before, after).Select(row => TrainedEffect.Of(model, row)),
            ];
            if (await new Table3().MissingAsync(pair, cancel) is null)
                found.AddRange((await Table3.ReadAsync(pair, cancel)).Found.Rows.Select(row => TrainedEffect.Of(model, row)));
            if (await PairLabels.MissingAsync(pair, "", cancel) is null)
            {
                var labels = await PairLabels.ReadAsync(pair, cancel);
                rehearsal |= labels.Rehearsal;
                found.AddRange(Table5.From(labels).Select(row => TrainedEffect.Of(model, row)));
            }

            return found;
        }
    });

    /// <summary>The effects that two models or more of a training show.</summary>
    public static IEnumerable<TrainingEffect> From(TrainingGroup training, IEnumerable<TrainedEffect> found) =>
        from effect in found
        where double.IsFinite(effect.Error)
        group effect by (effect.Table, effect.Group) into same
        where same.Count() > 1
        orderby same.Key.Table // a stable sort: groups stay in their table's order
        select new TrainingEffect(training, [.. same]);

    /// <summary>Trainings of two models or more, in the study's order.</summary>
    private static async Task<IReadOnlyList<TrainingGroup>> TrainingsAsync(ReportScope scope, CancellationToken cancel)
    {
        await using var context = await scope.OpenAsync(cancel);
        var models = await context.Models.AsNoTracking().Where(model => model.StudyId == scope.Study).OrderBy(model => model.Position).ToListAsync(cancel);
        return
        [
            .. from one in ModelPair.Of(models)
               where one.Tuned.Training is not null
               group one.Tuned.Name by (one.Tuned.Training, one.Pair.Base) into training
               where training.Count() > 1
               select new TrainingGroup(training.Key.Training, training.Key.Base, [.. training]),
        ];
    }
}
