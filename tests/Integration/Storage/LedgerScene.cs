using Interpret.Contracts;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace Interpret.Integration.Tests.Storage;

/// <summary>A database with studies whose units nobody works yet, and a clock to move.</summary>
internal sealed class LedgerScene : IAsyncDisposable
{
    private readonly TestDatabase database;

    private LedgerScene(TestDatabase database)
    {
        this.database = database;
        Ledger = new UnitLedger(Storage, Clock);
        Schedule = new UnitSchedule(Storage, Clock, Ledger.Policy);
    }

    public FakeTimeProvider Clock { get; } = new();

    public InterpretStorage Storage => database.Storage;

    public UnitLedger Ledger { get; }

    public UnitSchedule Schedule { get; }

    public static async Task<LedgerScene> OpenAsync(Provider provider, int prompts, string study = "study")
    {
        var scene = new LedgerScene(await TestDatabase.OpenAsync(provider));
        await scene.AddAsync(study, prompts);
        return scene;
    }

    /// <summary>A study of two models; each is to explain the prompts p0, p1, …</summary>
    public async Task AddAsync(string study, int prompts)
    {
        await using var context = Storage.CreateDbContext();
        context.Studies.Add(new StudyRow { Id = study, Definition = "{}", ContentHash = "", Status = StudyStatus.Active });
        string[] models = ["base", "tuned"];
        for (var m = 0; m < models.Length; m++)
        {
            var name = models[m];
            context.Models.Add(
                new ModelRow { StudyId = study, Name = name, Role = name, Checkpoint = "/models/" + name, Queue = Queues.Explain(name), Position = m });
            for (var p = 0; p < prompts; p++)
                context.WorkUnits.Add(
                    new WorkUnitRow
                    {
                        StudyId = study,
                        Stage = Stages.Attribution,
                        Model = models[m],
                        Queue = Queues.Explain(models[m]),
                        Subject = $"p{p}",
                        Sequence = (m * prompts) + p,
                        Status = UnitStatus.Waiting
                    });
        }

        await context.SaveChangesAsync();
    }

    public async Task<IReadOnlyList<WorkUnitRow>> QueueAsync(int ahead = 100, bool oneModel = false, string? study = null) =>
        await QueueAsync(new DispatchOptions(MaxInFlight: ahead, OneModelAtATime: oneModel, Study: study));

    public async Task<IReadOnlyList<WorkUnitRow>> QueueAsync(DispatchOptions options) =>
        [.. (await Schedule.NextAsync(options, _ => Task.FromResult(MessagesWaiting)).ToListAsync()).SelectMany(units => units)];

    /// <summary>Messages that the queues are said to hold.</summary>
    public long MessagesWaiting { get; set; }

    /// <summary>Queues the next unit and takes it.</summary>
    public async Task<WorkUnitRow> TakeOneAsync(string worker = "worker")
    {
        await QueueAsync();
        await using var context = Storage.CreateDbContext();
        var id = await context.WorkUnits.Where(u => u.Status == UnitStatus.Queued).OrderByDescending(u => u.StudyId).ThenBy(u => u.Sequence).Select(u => u.Id)
            .FirstAsync();
        return (await Ledger.TakeAsync(id, worker))!;
    }

    public async Task<WorkUnitRow> UnitAsync(long id)
    {
        await using var context = Storage.CreateDbContext();
        return await context.WorkUnits.AsNoTracking().SingleAsync(u => u.Id == id);
    }

    public async Task<int> CountAsync(string status, string study = "study") => (await Ledger.ProgressAsync(study)).Of(status);

    public ValueTask DisposeAsync()
    {
        database.Dispose();
        return ValueTask.CompletedTask;
    }
}
