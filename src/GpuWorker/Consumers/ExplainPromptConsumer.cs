using System.Diagnostics;
using Interpret.Contracts;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interpret.GpuWorker.Consumers;

/// <summary>Attributes one prompt: takes the unit, explains, stores explanation and status together, tells.</summary>
public sealed class ExplainPromptConsumer(
    IDbContextFactory<InterpretContext> database, UnitLedger ledger, ModelHost host, IHostApplicationLifetime lifetime, ILogger<ExplainPromptConsumer> log)
    : IConsumer<ExplainPrompt>
{
    private static readonly string Worker = $"{Environment.MachineName}:{Environment.ProcessId}";

    public async Task Consume(ConsumeContext<ExplainPrompt> context)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await ledger.DeclineAsync(context.Message.UnitId); // the unit in hand is the last
            return;
        }

        if (await ledger.TakeAsync(context.Message.UnitId, Worker, context.CancellationToken) is not { } unit)
            return; // delivered twice, or cancelled
        var started = Stopwatch.GetTimestamp();
        TimeSpan Took() => Stopwatch.GetElapsedTime(started);
        string status;
        try
        {
            var row = await ExplainAsync(unit, context.CancellationToken);
            await ledger.CompleteAsync(unit, Took(), storage => storage.UpsertAsync([row]));
            status = UnitStatus.Done;
        }
        catch (BadInputException e)
        {
            log.LogWarning("{Stage} of {Subject} by {Model} parked: {Error}", unit.Stage, unit.Subject, unit.Model, e.Message);
            await ledger.ParkAsync(unit, Took(), e.ErrorClass, e.Message);
            status = UnitStatus.Parked;
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            await ledger.ReturnAsync(unit);
            return;
        }
        catch (Exception e)
        {
            log.LogError(e, "{Stage} of {Subject} by {Model} failed, attempt {Attempt}", unit.Stage, unit.Subject, unit.Model, unit.Attempts);
            status = await ledger.FailAsync(unit, Took(), e.GetType().Name, e.Message) ? UnitStatus.Parked : UnitStatus.Waiting;
        }

        await context.Publish(new WorkUnitEnded(unit.Id, unit.StudyId, unit.Stage, unit.Model, status)).WaitAsync(InterpretBus.SendTimeout);
    }

    private async Task<AttributionRow> ExplainAsync(WorkUnitRow unit, CancellationToken cancel)
    {
        await using var storage = await database.CreateDbContextAsync(cancel);
        var prompt = await storage.Prompts.AsNoTracking().SingleAsync(p => p.StudyId == unit.StudyId && p.Id == unit.Subject, cancel);
        var model = await storage.Models.AsNoTracking().SingleAsync(m => m.StudyId == unit.StudyId && m.Name == unit.Model, cancel);
        var study = await storage.Studies.AsNoTracking().SingleAsync(s => s.Id == unit.StudyId, cancel);
        var settings = AttributionStage.Read(study.Definition);
        return await host.UseAsync(
            model.Checkpoint ?? throw new BadInputException("checkpoint-missing", unit.StudyId, $"model {model.Name}", "a checkpoint", "none: its explanations are imported"),
            (explainer, tokenizer) =>
            {
                var explanation = explainer.Explain(prompt.Id, prompt.Text, null, settings.MaxNewTokens, settings.Density, cancel: cancel);
                return AttributionRows.From(unit.StudyId, unit.Model, prompt, explanation, tokenizer);
            },
            cancel);
    }
}
