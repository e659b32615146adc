using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Orchestrator.Annotation;

/// <summary>
/// Queues annotation passes over the concepts that a study has, of all its models, read out or imported. Asked again it adds what is missing:
/// passes beyond those there are, concepts that came since. Settings and prompts are frozen with the first pass.
/// </summary>
public sealed class AnnotationPlanner(IDbContextFactory<InterpretContext> database, TimeProvider clock, UnitPolicy? policy = null)
{
    /// <summary>Ranks of a unit: small enough to be done in seconds, large enough for a few calls at once.</summary>
    private const int RanksPerUnit = 16;

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Finds out whether the endpoint is a rehearsal, and queues.</summary>
    /// <param name="study">The study.</param>
    /// <param name="request">What to do otherwise than the study says.</param>
    /// <param name="othersAsk">Whether annotators elsewhere ask it, which may reach it where this process does not.</param>
    /// <param name="cancel">Ends it; nothing is changed.</param>
    /// <exception cref="HttpRequestException">Nobody answers there, no pass was queued for it before, and this process is to ask.</exception>
    /// <exception cref="BadInputException">As the other overload, and <c>annotation-request</c>.</exception>
    public async Task<AnnotationQueued> FindOutAndQueueAsync(string study, AnnotationRequest request, bool othersAsk, CancellationToken cancel = default)
    {
        request.Check();
        return await QueueAsync(study, request, await IsRehearsalAsync(study, request, othersAsk, cancel), cancel);
    }

    /// <summary>
    /// An annotator that is there and asks the endpoint knows. One that nobody can reach is what it was when passes were queued for it: what is in the
    /// ledger needs nobody. Else it is taken for a chat model: the first answer with a rehearsal's mark pauses the passes, before anything is paid.
    /// </summary>
    private async Task<bool> IsRehearsalAsync(string study, AnnotationRequest request, bool othersAsk, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        var endpoint = request.Endpoint ?? (await SettingsAsync(context, study, cancel)).Annotation.Endpoint;
        string address = ChatEndpoint.Normal(endpoint), rehearsal = ChatEndpoint.Described(address, rehearsal: true);
        var told = await context.WorkersSince((policy ?? new UnitPolicy()).WorkersSince(clock))
            .Where(w => w.Queue == Queues.Annotate && (w.Devices == address || w.Devices == rehearsal))
            .OrderByDescending(w => w.SeenAt).Select(w => w.Devices).FirstOrDefaultAsync(cancel);
        if (told is not null)
            return told == rehearsal;
        try
        {
            return await EndpointProbe.IsRehearsalAsync(endpoint, cancel);
        }
        catch (HttpRequestException e)
        {
            return await context.AnnotationPlans.Where(p => p.StudyId == study && p.Endpoint == address).Select(p => (bool?)p.Rehearsal)
                .FirstOrDefaultAsync(cancel)
                ?? (othersAsk ? false : throw new HttpRequestException($"{endpoint}: {e.Message}", e));
        }
    }

    /// <param name="study">The study.</param>
    /// <param name="request">What to do otherwise than the study says.</param>
    /// <param name="rehearsal">Whether the endpoint is a rehearsal; see <see cref="EndpointProbe"/>.</param>
    /// <param name="cancel">Ends it; nothing is changed.</param>
    /// <exception cref="BadInputException"><c>concepts-missing</c>, <c>annotation-differs</c>, <c>prompt-file</c>, <c>study-cancelled</c>,
    /// <c>study-unknown</c>.</exception>
    public async Task<AnnotationQueued> QueueAsync(string study, AnnotationRequest request, bool rehearsal, CancellationToken cancel = default)
    {
        try
        {
            return await QueueOnceAsync(study, request, rehearsal, cancel);
        }
        catch (Exception e) when (DatabaseFailure.IsOfOthers(e))
        {
            return await QueueOnceAsync(study, request, rehearsal, cancel); // someone else queued the same meanwhile
        }
    }

    private async Task<AnnotationQueued> QueueOnceAsync(string study, AnnotationRequest request, bool rehearsal, CancellationToken cancel)
    {
        await using var context = await database.CreateDbContextAsync(cancel);
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var settings = await SettingsAsync(context, study, cancel);
        await context.RequireGoesOnAsync(study, cancel);
        var ranges = await RangesAsync(context, study, settings.FeedForward.Ranks, control: false, cancel);
        var toCome = await context.WorkUnits.CountAsync(u => u.StudyId == study && u.Stage == Stages.FeedForward && u.Status != UnitStatus.Done, cancel);
        if (ranges.Count == 0)
        {
            throw new BadInputException(
                ErrorClasses.ConceptsMissing, study, null, "concepts to annotate", toCome > 0 ? $"none yet: {toCome} feed-forward layers are not read out" : "none",
                toCome > 0 ? "Run it again when some are"
                    : "A study with a vocabulary reads its layers out; `interpret import feed-forward` brings them from elsewhere");
        }

        if (settings.Annotation.Control is not null)
            ranges.AddRange(await RangesAsync(context, study, settings.FeedForward.Ranks, control: true, cancel));
        var plan = await PlanAsync(context, settings, request, study, rehearsal, cancel);
        var added = await AddUnitsAsync(context, plan, ranges, cancel);
        await ReopenAsync(context, plan, ranges, cancel);
        await context.SaveChangesAsync(cancel);
        await HoldForBatchesAsync(context, plan, cancel);
        await transaction.CommitAsync(cancel);
        return new AnnotationQueued(study, rehearsal, plan.Endpoint, plan.ChatModel, plan.Passes, Annotated(control: false), added, toCome)
        {
            Control = Annotated(control: true),
        };

        int Annotated(bool control) => ranges.Where(range => range.Control == control).Sum(range => range.Concepts);
    }

    private static async Task<AnnotationPlanRow> PlanAsync(
        InterpretContext context, StudyDefinition settings, AnnotationRequest request, string study, bool rehearsal, CancellationToken cancel)
    {
        var annotation = settings.Annotation;
        var prompts = PromptFiles.Of(annotation, request.Prompts);
        var wanted = new AnnotationPlanRow
        {
            StudyId = study,
            Rehearsal = rehearsal,
            Endpoint = ChatEndpoint.Normal(request.Endpoint ?? annotation.Endpoint),
            ChatModel = request.ChatModel ?? annotation.Model,
            Words = annotation.Words,
            Passes = request.Passes ?? annotation.Passes,
            SpendLimitUsd = request.SpendLimitUsd ?? annotation.SpendLimitUsd,
            Prompts = JsonSerializer.Serialize(prompts with { Form = request.Form ?? annotation.Form }, Json),
            Batch = request.Batch,
        };
        // Passes that were queued before anyone knew what is at the endpoint, and got no answer, give way.
        if (await context.AnnotationPlans.SingleOrDefaultAsync(p => p.StudyId == study && p.Rehearsal != rehearsal && p.Endpoint == wanted.Endpoint, cancel)
                is { } mistaken
            && !await context.Annotations.AnyAsync(a => a.StudyId == study && a.Rehearsal != rehearsal, cancel))
            await RemoveAsync(context, mistaken, cancel);
        var plan = await context.AnnotationPlans.SingleOrDefaultAsync(p => p.StudyId == study && p.Rehearsal == rehearsal, cancel);
        if (plan is not null && Difference(plan, wanted) is { } difference)
        {
            if (!rehearsal && await context.Annotations.AnyAsync(a => a.StudyId == study && !a.Rehearsal, cancel))
            {
                throw new BadInputException(
                    ErrorClasses.AnnotationDiffers, study, difference.What, $"as when its first pass was queued: {difference.Then}", difference.Now,
                        "Passes of a study are compared with one another; annotate otherwise in a study of another name");
            }

            // A rehearsal compares nothing, nor do passes of which nothing is there yet: they start anew.
            await RemoveAsync(context, plan, cancel);
            plan = null;
        }

        if (plan is null)
        {
            context.AnnotationPlans.Add(wanted);
            return wanted;
        }

        (plan.Endpoint, plan.Passes, plan.SpendLimitUsd, plan.Paused) = (wanted.Endpoint, Math.Max(plan.Passes, wanted.Passes), wanted.SpendLimitUsd, null);
        plan.Batch = wanted.Batch;
        return plan;
    }

    /// <summary>Removes a plan with its units and what they came to.</summary>
    private static async Task RemoveAsync(InterpretContext context, AnnotationPlanRow plan, CancellationToken cancel)
    {
        await Units(context, plan).ExecuteDeleteAsync(cancel);
        await context.Annotations.Where(a => a.StudyId == plan.StudyId && a.Rehearsal == plan.Rehearsal).ExecuteDeleteAsync(cancel);
        await context.ControlAnnotations.Where(a => a.StudyId == plan.StudyId && a.Rehearsal == plan.Rehearsal).ExecuteDeleteAsync(cancel);
        context.AnnotationPlans.Remove(plan);
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>What may not change between two passes.</summary>
    private static (string What, string Then, string Now)? Difference(AnnotationPlanRow plan, AnnotationPlanRow wanted) =>
        plan.ChatModel != wanted.ChatModel ? ("chat model", plan.ChatModel, wanted.ChatModel)
        : plan.Words != wanted.Words ? ("words", $"{plan.Words}", $"{wanted.Words}")
        : plan.Prompts != wanted.Prompts ? ("prompts or form of questions", "others", "those of now")
        : null;

    private static async Task<int> AddUnitsAsync(InterpretContext context, AnnotationPlanRow plan, List<ConceptRange> ranges, CancellationToken cancel)
    {
        var known = (await Units(context, plan).Select(u => new { u.Model, u.Subject }).ToListAsync(cancel)).Select(u => (u.Model, u.Subject)).ToHashSet();
        var added = (from pass in Enumerable.Range(1, plan.Passes)
                     from range in ranges
                     let subject = range.Subject(plan.Rehearsal, pass)
                     where !known.Contains((range.Model, subject.ToString()))
                     select WorkUnitRow.Planned(
                         plan.StudyId, Stages.Annotation, range.Model, Queues.Annotate, subject.ToString(), subject.Sequence)).ToList();
        context.WorkUnits.AddRange(added);
        return added.Count;
    }

    /// <summary>Lets go on what was stopped, and opens again what has got more concepts since it was done.</summary>
    private static async Task ReopenAsync(InterpretContext context, AnnotationPlanRow plan, List<ConceptRange> ranges, CancellationToken cancel)
    {
        await Units(context, plan).Where(u => u.Status == UnitStatus.Cancelled)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Waiting), cancel);
        var grown = new HashSet<(string Model, string Subject)>();
        foreach (var kind in ranges.GroupBy(range => range.Control))
        {
            var annotated = await context.AnnotationsOf(kind.Key).Where(a => a.StudyId == plan.StudyId && a.Rehearsal == plan.Rehearsal)
                .GroupBy(a => new { a.Model, a.Pass, a.Layer, Range = (a.Rank - 1) / RanksPerUnit })
                .Select(g => new { g.Key, Count = g.Count() })
                .ToDictionaryAsync(g => (g.Key.Model, g.Key.Pass, g.Key.Layer, g.Key.Range), g => g.Count, cancel);
            grown.UnionWith(from range in kind
                            from pass in Enumerable.Range(1, plan.Passes)
                            where annotated.TryGetValue((range.Model, pass, range.Layer, range.Range), out var count) && count < range.Concepts
                            select (range.Model, range.Subject(plan.Rehearsal, pass).ToString()));
        }

        if (grown.Count == 0)
            return;
        foreach (var unit in (await Units(context, plan).Where(u => u.Status == UnitStatus.Done).ToListAsync(cancel))
            .Where(unit => grown.Contains((unit.Model, unit.Subject))))
            (unit.Status, unit.Attempts, unit.NotBefore) = (UnitStatus.Waiting, 0, 0);
    }

    /// <summary>
    /// Makes the plan's units wait while one unit gets their questions answered in batches. That one lets them go, also when they are asked one by
    /// one from now on: what was handed over is paid, and fetched first.
    /// </summary>
    private static async Task HoldForBatchesAsync(InterpretContext context, AnnotationPlanRow plan, CancellationToken cancel)
    {
        var subject = AnnotationSubject.OfBatches(plan.Rehearsal);
        var batches = Units(context, plan).Where(u => u.Subject == subject);
        await batches.ExecuteUpdateAsync(set => set.SetProperty(u => u.Sequence, 0), cancel); // which locks it: it must not end meanwhile
        var status = await batches.Select(u => u.Status).SingleOrDefaultAsync(cancel);
        var waiting = Units(context, plan).Where(u => u.Subject != subject && u.Status == UnitStatus.Waiting);
        if ((!plan.Batch && (status is null || status == UnitStatus.Done)) || !await waiting.AnyAsync(cancel))
            return;
        if (status is null)
        {
            context.WorkUnits.Add(WorkUnitRow.Planned(plan.StudyId, Stages.Annotation, model: "", Queues.Annotate, subject, sequence: 0));
            await context.SaveChangesAsync(cancel);
        }
        else if (!UnitStatus.InFlight.Contains(status))
        {
            await batches.ExecuteUpdateAsync(
                set => set.SetProperty(u => u.Status, UnitStatus.Waiting).SetProperty(u => u.NotBefore, 0).SetProperty(u => u.Attempts, 0), cancel);
        }

        await waiting.ExecuteUpdateAsync(set => set.SetProperty(u => u.NotBefore, WorkUnitRow.Held), cancel);
    }

    private static async Task<List<ConceptRange>> RangesAsync(
        InterpretContext context, string study, int ranks, bool control, CancellationToken cancel)
    {
        var ranges = await context.ConceptsOf(control).Where(c => c.StudyId == study && c.Rank <= ranks)
            .GroupBy(c => new { c.Model, c.Layer, Range = (c.Rank - 1) / RanksPerUnit })
            .Select(g => new { g.Key.Model, g.Key.Layer, g.Key.Range, Count = g.Count() })
            .ToListAsync(cancel);
        var positions = await context.Models.Where(m => m.StudyId == study).ToDictionaryAsync(m => m.Name, m => m.Position, cancel);
        return [.. ranges.Select(r => new ConceptRange(r.Model, r.Layer, r.Range, r.Count, ranks, control))
            .OrderBy(r => r.Layer).ThenBy(r => r.Range).ThenBy(r => positions.GetValueOrDefault(r.Model)).ThenBy(r => r.Model, StringComparer.Ordinal)];
    }

    private static IQueryable<WorkUnitRow> Units(InterpretContext context, AnnotationPlanRow plan) => context.AnnotationUnits(plan.StudyId, plan.Rehearsal);

    private static async Task<StudyDefinition> SettingsAsync(InterpretContext context, string study, CancellationToken cancel)
    {
        await context.RequireStudyAsync(study, cancel);
        return await context.DefinitionAsync(study, cancel);
    }

    /// <summary>Concepts of one unit.</summary>
    /// <param name="Range">Which of the layer's ranges of ranks, from 0.</param>
    /// <param name="Concepts">Concepts there are in it.</param>
    /// <param name="Control">Whether they are the control's directions.</param>
    private sealed record ConceptRange(string Model, int Layer, int Range, int Concepts, int Ranks, bool Control)
    {
        public AnnotationSubject Subject(bool rehearsal, int pass) =>
            new(rehearsal, pass, Layer, (Range * RanksPerUnit) + 1, Math.Min((Range + 1) * RanksPerUnit, Ranks), Control);
    }
}
