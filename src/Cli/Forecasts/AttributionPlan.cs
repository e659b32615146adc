using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Explaining.Faithfulness;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;
using Interpret.GpuWorker.Stages;
using Interpret.Models.Architectures;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.WorkUnits;

namespace Interpret.Cli.Forecasts;

/// <summary>What a part of a stage will take.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Part">The responses that models write, the paper's scores, a method's, or the rankings that are held against the model.</param>
/// <param name="Operations">Floating-point operations; those of a backward pass count as <see cref="AttributionCost.ReverseOverhead"/> says.</param>
/// <param name="Walks">Walks through the layers; where weights stay on disk, each reads those of all layers.</param>
public sealed record PartForecast(string Stage, string Part, double Operations, double Walks);

/// <summary>What a study asks of each prompt, in the terms of the functions that compute it.</summary>
/// <param name="Writes">Whether models write their responses.</param>
/// <param name="MaximumNewTokens">Longest response that a model writes.</param>
/// <param name="Targets">The probability and the targets beside it.</param>
/// <param name="Methods">The methods beside gradient x input.</param>
/// <param name="Faithfulness">Whether rankings are held against the models.</param>
/// <param name="Contrasts">Whether response tokens are contrasted with those of the other model.</param>
public sealed record AttributionPlan(
    bool Writes = true, int MaximumNewTokens = 300, int Targets = 1, IReadOnlyList<IAttributionMethod>? Methods = null, bool Faithfulness = false,
    bool Contrasts = false)
{
    /// <summary>The parts of the stage attribution that are no method's.</summary>
    public const string Responses = "responses", Rankings = "rankings";

    /// <param name="study">The study.</param>
    /// <param name="source">Its file, for errors.</param>
    /// <exception cref="BadInputException">There is no such method or target.</exception>
    public static AttributionPlan Of(StudyDefinition study, string source)
    {
        var settings = study.Attribution;
        return new(
            settings.Response is null,
            settings.MaxNewTokens,
            1 + (settings.Targets ?? []).Select(name => AttributionTargets.All.Named(name, source)).Count(
                target => target != AttributionTargets.Default && !target.NeedsOtherModel),
            [.. (settings.Methods ?? []).Select(name => AttributionMethods.All.Named(name, source)).Where(method => method != AttributionMethods.Default)],
            study.Faithfulness,
            settings.ContrastsModels);
    }

    /// <summary>Matrices of scores that are stored of each case.</summary>
    public int Matrices => Targets + Others.Sum(method => method.HasTargets ? Targets : 1) + (Contrasts ? 1 + Contrasting.Count : 0);

    private IReadOnlyList<IAttributionMethod> Others => Methods ?? [];

    private static readonly TimeSpan BatchTime = new UnitPolicy().BatchTime;

    private IReadOnlyList<IAttributionMethod> Contrasting => [.. Others.Where(method => method.HasTargets)];

    /// <summary>The parts of all stages of prompts, in batches as workers take them: as many as end within a batch's time at the device's pace.</summary>
    /// <param name="config">The model.</param>
    /// <param name="cases">Its prompts with their responses.</param>
    /// <param name="speed">Operations a second; 0: not known.</param>
    /// <param name="device">Where the model is.</param>
    public IReadOnlyList<PartForecast> Parts(DecoderConfig config, IReadOnlyList<CaseLength> cases, double speed, DeviceKind device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return
        [
            .. Batched(AttributionStage.TogetherFromDisk, AttributionStage.Together, batch => Attribution(config, batch, device.IsAccelerator)),
            .. Faithfulness ? Batched(FaithfulnessStage.Together, FaithfulnessStage.Together, batch => [Faithful(config, batch)]) : [],
            .. Contrasts ? Batched(AttributionStage.TogetherFromDisk, AttributionStage.Together, batch => Contrast(config, batch, device.IsAccelerator)) : [],
        ];

        IReadOnlyList<PartForecast> Batched(int fromDisk, int most, Func<IReadOnlyList<CaseLength>, IReadOnlyList<PartForecast>> parts)
        {
            if (cases.Count == 0)
                return parts([]);
            // Whether layers stay on disk a process knows once it has loaded the model, which in one that hosts several is in its first batch.
            var first = BatchSizes.Next(BatchTime, null, 1, most);
            var unknown = Sum(cases.Chunk(first).Select(parts));
            if (speed <= 0)
                return unknown;
            var each = unknown.Sum(part => part.Operations) / cases.Count / speed;
            var later = cases.Skip(first).Chunk(BatchSizes.Next(BatchTime, each, device.LayersOnDisk ? fromDisk : 1, most));
            return Sum(later.Prepend([.. cases.Take(first)]).Select(parts));
        }
    }

    private PartForecast[] Attribution(DecoderConfig config, IReadOnlyList<CaseLength> batch, bool isAccelerator)
    {
        var budgets = WalkBudgets.Of(isAccelerator);
        PartForecast Part(string name, ModelWork work) => AttributionPlan.Part(config, Stages.Attribution, name, work);
        return
        [
            .. Writes
                ? [Part(Responses, GreedyGeneration.Work(
                    config, [.. batch.Select(one => (one.Start + one.PromptTokens, one.Targets))], MaximumNewTokens, isAccelerator))]
                : (PartForecast[])[],
            Part(AttributionMethods.Default.Name, AttributionCost.Work(config, batch, Targets, budgets)),
            .. Others.Select(method => Part(method.Name, method.Work(config, batch, Targets, budgets))),
        ];
    }

    /// <summary>The other model's responses are taken to be as long as this one's.</summary>
    private PartForecast[] Contrast(DecoderConfig config, IReadOnlyList<CaseLength> batch, bool isAccelerator)
    {
        const int targets = 2; // the probability is walked for again
        var budgets = WalkBudgets.Of(isAccelerator);
        PartForecast Scores(string name, ModelWork work) => Part(config, Stages.ContrastScores, name, work);
        return
        [
            Part(config, Stages.ContrastTokens, Responses, ContrastTokens.Work(batch)),
            Scores(AttributionMethods.Default.Name, AttributionCost.Work(config, batch, targets, budgets)),
            .. Contrasting.Select(method => Scores(method.Name, method.Work(config, batch, targets, budgets))),
        ];
    }

    private PartForecast Faithful(DecoderConfig config, IReadOnlyList<CaseLength> batch) => Part(
        config, Stages.Faithfulness, Rankings, FaithfulnessRun.Work(batch, TokenRanking.Names(Others.Select(method => method.Name)).Count));

    private static PartForecast Part(DecoderConfig config, string stage, string name, ModelWork work) =>
        new(stage, name, work.Operations(config, AttributionCost.ReverseOverhead), work.Walks);

    /// <summary>Part by part.</summary>
    private static PartForecast[] Sum(IEnumerable<IReadOnlyList<PartForecast>> batches) => [.. batches.SelectMany(parts => parts)
        .GroupBy(part => (part.Stage, part.Part))
        .Select(same => new PartForecast(same.Key.Stage, same.Key.Part, same.Sum(part => part.Operations), same.Sum(part => part.Walks)))];
}

/// <summary>Where a model is.</summary>
/// <param name="IsAccelerator">On an accelerator; else on the processor.</param>
/// <param name="LayersOnDisk">Its layers stay on disk.</param>
public sealed record DeviceKind(bool IsAccelerator = false, bool LayersOnDisk = false);
