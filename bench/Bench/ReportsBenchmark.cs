using System.CommandLine;
using System.Globalization;
using Interpret.Contracts;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.Storage;

namespace Interpret.Bench;

/// <summary>Table 5 and Figure 3 from stored annotations of two models, in a SQLite file of this run. Random answers as long as real ones.</summary>
internal static class ReportsBenchmark
{
    private const string Study = "bench";
    private const int RanksOfLayer = 300;
    private static readonly ModelPair Pair = new("base", "tuned");
    private static readonly string[] Tasks =
        ["daily writing", "professional writing; literary writing", "solving math problems", "coding", "translation; coding", "None", "None", "None"];
    private static readonly string[] Levels = ["Semantic", "Semantic", "Semantic", "Morphology", "Morphology", "Syntax", "Phonology"];

    public static Command Create()
    {
        var concepts = new Option<int>("--concepts") { Description = "Concepts of both models together.", DefaultValueFactory = _ => 100_000 };
        var passes = new Option<int>("--passes") { Description = "Passes over each.", DefaultValueFactory = _ => 5 };
        var command = new Command("reports", "Table 5 and Figure 3 from stored annotations.") { concepts, passes };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = Directory.CreateTempSubdirectory("interpret-bench-");
            try
            {
                await RunAsync(new SqliteStorage(Path.Combine(folder.FullName, "interpret.db")), parsed.GetValue(concepts), parsed.GetValue(passes), cancel);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        });
        return command;
    }

    private static async Task RunAsync(SqliteStorage storage, int concepts, int passes, CancellationToken cancel)
    {
        Console.WriteLine(Clock.Machine());
        await storage.MigrateAsync(cancel);
        var writing = await Clock.SecondsAsync(() => FillAsync(storage, concepts, passes, cancel));
        var reports = new StudyReports(storage);
        // The first of either meets a cold process; the second is what an operator waits for who looks again.
        for (var run = 1; run <= 2; run++)
        {
            var table = await Clock.SecondsAsync(() => reports.RenderAsync(Study, "table5", null, [ReportFormats.Text], cancel));
            var figure = await Clock.SecondsAsync(() => reports.RenderAsync(Study, "figure3", null, [null], cancel));
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{concepts} concepts x {passes} passes (stored in {writing:F0} s), run {run}: ")
                + string.Create(CultureInfo.InvariantCulture, $"Table 5 in {table:F2} s, Figure 3 in {figure:F2} s, {table + figure:F2} s together; ")
                + string.Create(CultureInfo.InvariantCulture, $"goal under 5 s; peak memory {Clock.PeakGibibytes():F1} GiB"));
        }
    }

    private static async Task FillAsync(SqliteStorage storage, int concepts, int passes, CancellationToken cancel)
    {
        var random = new Random(7);
        await using var context = storage.CreateDbContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        await context.UpsertAsync([new StudyRow { Id = Study, Definition = "{}", ContentHash = "", Status = StudyStatus.Active }], cancel);
        await context.UpsertAsync(
            [
                new ModelRow { StudyId = Study, Name = Pair.Base, Role = Roles.Base },
                new ModelRow { StudyId = Study, Name = Pair.Tuned, Role = Roles.Tuned, Position = 1 },
            ],
            cancel);
        await context.UpsertAsync(
            from place in Enumerable.Range(0, concepts / 2)
            from pass in Enumerable.Range(1, passes)
            from model in new[] { Pair.Base, Pair.Tuned }
            select Row(random, model, pass, place / RanksOfLayer, (place % RanksOfLayer) + 1), cancel);
        await transaction.CommitAsync(cancel);
    }

    private static AnnotationRow Row(Random random, string model, int pass, int layer, int rank)
    {
        var interpretable = random.Next(4) > 0;
        return new AnnotationRow
        {
            StudyId = Study,
            Model = model,
            Pass = pass,
            Layer = layer,
            Rank = rank,
            ChatModel = "gpt-4o-mini",
            Summary = interpretable ? "words related to the names of places, people and institutions in Central Europe." : "Cannot Tell.",
            Interpretable = interpretable,
            TaskText = interpretable ? Tasks[random.Next(Tasks.Length)] : null,
            Tasks = [],
            LinguisticText = interpretable ? Levels[random.Next(Levels.Length)] : null,
        };
    }
}
