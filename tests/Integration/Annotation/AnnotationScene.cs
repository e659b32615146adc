using Interpret.AnnotatorWorker;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Integration.Tests.Storage;
using Interpret.Orchestrator.Annotation;
using Interpret.Rehearsal;
using Interpret.Storage;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>A study with concepts of two models, a rehearsal endpoint, and annotators that ask it.</summary>
internal sealed class AnnotationScene : IAsyncDisposable
{
    public const string Study = "study";

    private static readonly string[] Words =
    [
        "code", "function", "python", "number", "sum", "equation", "poem", "story", "moon", "email", "letter", "party", "report", "market", "law", "french",
            "spanish",
        "the", "and", "of", "write", "explain", "list", "walking", "talking", "jumped", "asked", "quickly", "slowly", "day", "week", "river", "bread", "zebra",
            "lamp",
    ];

    private readonly TestDatabase database;

    private AnnotationScene(TestDatabase database, RehearsalServer server) => (this.database, Server) = (database, server);

    public RehearsalServer Server { get; private set; }

    public InterpretStorage Storage => database.Storage;

    public AnnotationPlanner Planner => new(Storage, TimeProvider.System);

    public UnitLedger Ledger => new(Storage, TimeProvider.System);

    /// <summary>Impatient, so that tests are quick.</summary>
    public static AnnotatorSettings Settings => AnnotatorSettings.Default
        with
    { Timeout = TimeSpan.FromSeconds(20), RetryPause = TimeSpan.FromMilliseconds(20), Retries = 12 };

    public static async Task<AnnotationScene> OpenAsync(
        RehearsalOptions? options = null, Provider provider = Provider.Sqlite, int layers = 2, int ranks = 20, Func<string, int, int,
        ConceptRow>? concept = null)
    {
        var scene = new AnnotationScene(await TestDatabase.OpenAsync(provider), await RehearsalServer.StartAsync(options ?? Quick));
        await FillAsync(scene.Storage, layers, ranks, concept);
        return scene;
    }

    public static RehearsalOptions Quick { get; } = new() { Latency = TimeSpan.FromMilliseconds(5) };

    /// <summary>A study with concepts, as if they had been read out or imported.</summary>
    /// <param name="concept">Makes a model's concept of a layer and rank; null: <see cref="Concept"/>.</param>
    public static async Task FillAsync(InterpretStorage storage, int layers, int ranks, Func<string, int, int, ConceptRow>? concept = null)
    {
        await using var context = storage.CreateDbContext();
        context.Studies.Add(new StudyRow { Id = Study, Definition = """{"feedForward":{"ranks":300}}""", ContentHash = "", Status = StudyStatus.Active });
        string[] models = ["base", "tuned"];
        for (var m = 0; m < models.Length; m++)
        {
            context.Models.Add(new ModelRow { StudyId = Study, Name = models[m], Role = models[m], Position = m });
            for (var layer = 0; layer < layers; layer++)
            {
                for (var rank = 1; rank <= ranks; rank++)
                    context.Concepts.Add((concept ?? Concept)(models[m], layer, rank));
            }
        }

        await context.SaveChangesAsync();
    }

    public static ConceptRow Concept(string model, int layer, int rank)
    {
        var random = new Random((rank * 31) + (layer * 7) + model.Length);
        var theme = random.Next(Words.Length / 3) * 3; // three words of a theme often, others beside them
        return new ConceptRow
        {
            StudyId = Study,
            Model = model,
            Layer = layer,
            Rank = rank,
            Score = 1.0 / rank,
            Words = [.. Enumerable.Range(0, 20).Select(_ => Words[random.Next(3) == 0 ? random.Next(Words.Length) : theme + random.Next(3)])],
        };
    }

    public Task<AnnotationQueued> QueueAsync(int passes, double? spendLimit = null, bool rehearsal = true, bool batch = false) =>
        Planner.QueueAsync(Study, new AnnotationRequest(passes, Server.Address, SpendLimitUsd: spendLimit, Batch: batch), rehearsal);

    /// <summary>Lets annotators work, each as in a process of its own, until nothing is left that they could do.</summary>
    /// <param name="settings">Theirs; null: impatient ones.</param>
    /// <param name="annotators">How many.</param>
    /// <param name="through">How they reach the database; null: as this scene does.</param>
    /// <param name="cancel">Stops them.</param>
    public async Task<StudyProgress> WorkAsync(
        AnnotatorSettings? settings = null, int annotators = 1, InterpretStorage? through = null, CancellationToken cancel = default)
    {
        var hosts = Enumerable.Range(0, annotators).Select(_ => EmbeddedHost.Create(through ?? Storage, Study, [], Queues.Annotate, settings ?? Settings))
            .ToList();
        foreach (var host in hosts)
            await host.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            var limit = DateTime.UtcNow + Waits.Limit;
            while (true)
            {
                var progress = await Ledger.ProgressAsync(Study, cancel);
                if (progress.IsEnded)
                    return progress;
                if (DateTime.UtcNow > limit)
                    throw new TimeoutException($"not ended: {string.Join(", ", progress.Counts)}; {Server.Statistics}");
                await Task.Delay(25, cancel);
            }
        }
        finally
        {
            foreach (var host in hosts)
            {
                await host.StopAsync(CancellationToken.None);
                host.Dispose();
            }

            // Messages in memory end with their host: the command that goes on begins so, too.
            if (cancel.IsCancellationRequested)
                await Ledger.ReleaseAllAsync(Study, CancellationToken.None);
        }
    }

    /// <summary>What an undisturbed run of as many passes leaves behind.</summary>
    public static async Task<List<string>> UndisturbedAsync(int passes, int layers = 2, int ranks = 20)
    {
        await using var quiet = await OpenAsync(layers: layers, ranks: ranks);
        await quiet.QueueAsync(passes);
        (await quiet.WorkAsync()).Parked.ShouldBe(0);
        return await quiet.AnnotationsAsync();
    }

    public Task<List<string>> AnnotationsAsync() => AnnotationsAsync(Storage);

    /// <summary>Every annotation, as text.</summary>
    public static async Task<List<string>> AnnotationsAsync(InterpretStorage storage)
    {
        await using var context = storage.CreateDbContext();
        var rows = await context.Annotations.AsNoTracking().OrderBy(a => a.Pass).ThenBy(a => a.Model).ThenBy(a => a.Layer).ThenBy(a => a.Rank).ToListAsync();
        return [.. rows.Select(a => $"{a.Rehearsal} {a.Pass} {a.Model} {a.Layer} {a.Rank} {a.ChatModel}: {a.Summary} {a.Interpretable} [{a.TaskText}] {string.Join('+', a.Tasks)} [{a.LinguisticText}] {a.Linguistic}")];
    }

    public async Task<T> ReadAsync<T>(Func<InterpretContext, Task<T>> read)
    {
        await using var context = Storage.CreateDbContext();
        return await read(context);
    }

    public Task<List<WorkUnitRow>> UnitsAsync() =>
        ReadAsync(context => context.WorkUnits.AsNoTracking().OrderBy(u => u.Sequence).ThenBy(u => u.Id).ToListAsync());

    public Task<string?> PausedAsync() => ReadAsync(context => context.AnnotationPlans.Select(p => p.Paused).SingleAsync());

    /// <summary>Another rehearsal endpoint takes the address over.</summary>
    public async Task ReplaceServerAsync(RehearsalOptions options)
    {
        var port = Server.Address.Port;
        await Server.DisposeAsync();
        Server = await RehearsalServer.StartAsync(options with { Port = port });
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        database.Dispose();
    }
}
