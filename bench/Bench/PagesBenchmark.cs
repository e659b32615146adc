using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Pages;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Interpret.Tests.Shared;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Interpret.Bench;

/// <summary>
/// The pages over a study of the paper's size in PostgreSQL, in Chromium: when a page first shows something, when it is all there, and how long what a
/// reader does on it takes, by the browser's own clock. Random numbers and words, as many and as long as real ones.
/// </summary>
internal static class PagesBenchmark
{
    private const string Study = "bench", Chromium = "/usr/bin/chromium";
    private const int Layers = 32, Heads = 32, Pairs = 64, Ranks = 300, Passes = 5, Prompts = 1264, InputTokens = 120, OutputTokens = 60;
    private static readonly string[] Models = ["base", "tuned"];
    private static readonly string[] Tasks = ["daily writing", "professional writing", "literary writing", "solving math problems", "coding", "translation"];
    private static readonly string[] Levels = ["semantic", "morphology", "syntax", "phonology"];

    public static Command Create()
    {
        var views = new Option<int>("--views") { Description = "Times that each page is opened.", DefaultValueFactory = _ => 5 };
        var command = new Command("pages", "First paint and interactions of the pages over a study of the paper's size in PostgreSQL.") { views };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(views), cancel));
        return command;
    }

    private static async Task<int> RunAsync(int views, CancellationToken cancel)
    {
        if ((PostgresServer.Missing ?? (File.Exists(Chromium) ? null : "needs chromium")) is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
            return 1;
        }

        Console.WriteLine(Clock.Machine());
        await using var postgres = new PostgresServer { Durable = true };
        var storage = await postgres.CreateDatabaseAsync();
        var writing = await Clock.SecondsAsync(() => FillAsync(storage, cancel));
        Say($"{Models.Length * Layers * Heads * Pairs:N0} attention rows, {Models.Length * Layers * Ranks * Passes:N0} annotations: stored in {writing:F0} s");
        Say($"{Prompts:N0} prompts of {InputTokens} x {OutputTokens} tokens in {Models.Length} models");

        var port = FreePorts.Find(1)[0];
        await using var context = storage.CreateDbContext();
        var connection = context.Database.GetConnectionString();
        var service = Cluster.RunServiceAsync(
            [$"--ConnectionStrings:Database={connection}", $"--Http:Address=http://127.0.0.1:{port}", "--Logging:LogLevel:Default=Warning"], port,
            builder => builder.AddReports(), app => app.MapPages());
        using (var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") })
        {
            for (var ready = false; !ready && !service.IsCompleted; await Task.Delay(100, cancel))
                ready = await IsReadyAsync(client, cancel);
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new() { BaseURL = $"http://127.0.0.1:{port}" });
        Say($"milliseconds: of the first view, then the median and the slowest of {views} more");
        foreach (var path in Paths())
            await ViewAsync(page, path, views);
        await InteractAsync(page, views);
        return 0;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancel)
    {
        try
        {
            return (await client.GetAsync("/health/ready", cancel)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not yet
        }
    }

    private static IEnumerable<string> Paths() =>
    [
        "/", $"/study/{Study}", .. from report in (string[])["table1", "table2", "table3", "table5", "figure3", "sensitivity"] select $"/study/{Study}/report/{report}",
        $"/study/{Study}/prompts", $"/study/{Study}/prompt/{Prompt(1)}", $"/study/{Study}/concepts", $"/study/{Study}/concept/tuned/1/2", $"/study/{Study}/heads?layer=1",
        $"/study/{Study}/head/tuned/1/0", $"/study/{Study}/words?word=word17",
    ];

    /// <summary>Opens a page, and again.</summary>
    private static async Task ViewAsync(IPage page, string path, int views)
    {
        var (paints, ends, wholes) = (new List<double>(), new List<double>(), new List<double>());
        var status = 0;
        for (var view = 0; view <= views; view++)
        {
            var answer = (await page.GotoAsync(path, new() { Timeout = 120_000, WaitUntil = WaitUntilState.Load }))!;
            status = answer.Status;
            paints.Add(await page.EvaluateAsync<double>(
                "() => new Promise(done => new PerformanceObserver(list => done(list.getEntriesByName('first-contentful-paint')[0].startTime)).observe({ type: 'paint', buffered: true }))"));
            ends.Add(await page.EvaluateAsync<double>("() => performance.getEntriesByType('navigation')[0].loadEventEnd"));
            if (!(await answer.TextAsync()).Contains("data-later", StringComparison.Ordinal)) continue;
            await page.Locator("[data-later]").WaitForAsync(new() { State = WaitForSelectorState.Detached, Timeout = 120_000 });
            wholes.Add(await page.EvaluateAsync<double>("() => performance.now()"));
        }

        Say($"{path} ({status}): first paint {Told(paints)}, loaded {Told(ends)}{(wholes.Count > 0 ? $", whole {Told(wholes)}" : "")}");
    }

    /// <summary>What a reader does on pages: until the frame after it is drawn, or the page that follows is painted.</summary>
    private static async Task InteractAsync(IPage page, int times)
    {
        const string untilDrawn = " await new Promise(done => requestAnimationFrame(() => setTimeout(done))); return performance.now() - since; }";
        await page.GotoAsync($"/study/{Study}/prompt/{Prompt(1)}");
        await page.Locator("[data-side=output] [title]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        foreach (var (name, act) in new[]
                 {
                     ("a response token is chosen", "document.querySelectorAll('[data-side=output] [role=option]')[TURN].click();"),
                     ("a prompt token is chosen", "document.querySelectorAll('[data-side=input] [role=option]')[TURN].click();"),
                     ("scales of each model's own", "document.getElementById('own').click();"),
                     ("the other colours", "document.getElementById('scheme').click();"),
                 })
        {
            var took = new List<double>();
            for (var turn = 0; turn <= times; turn++)
                took.Add(await page.EvaluateAsync<double>($"async () => {{ const since = performance.now(); {act.Replace("TURN", $"{turn}", StringComparison.Ordinal)}{untilDrawn}"));
            Say($"prompt, {name}: {Told(took)}");
        }
    }

    private static string Told(List<double> values)
    {
        var later = values.Skip(1).Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{values[0]:F0}, {later[later.Count / 2]:F0}, {later[^1]:F0}");
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Prompt(int number) => string.Create(CultureInfo.InvariantCulture, $"daily_{number}");

    private static async Task FillAsync(PostgresStorage storage, CancellationToken cancel)
    {
        var random = new Random(7);
        List<string> Words(int count) => [.. Enumerable.Range(0, count).Select(_ => string.Create(CultureInfo.InvariantCulture, $"word{random.Next(26_473)}"))];
        await using var context = storage.CreateDbContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        var definition = """{ "name": "bench", "attribution": {} }""";
        await context.UpsertAsync([new StudyRow { Id = Study, Definition = definition, ContentHash = "", Status = StudyStatus.Active }], cancel);
        await context.UpsertAsync(
            Models.Index().Select(one => new ModelRow
            {
                StudyId = Study, Name = one.Item, Role = one.Index == 0 ? Roles.Base : Roles.Tuned, Position = one.Index,
            }), cancel);
        await context.UpsertAsync(Enumerable.Range(1, Prompts).Select(number => new PromptRow
        {
            StudyId = Study, Id = Prompt(number), Row = number + 1, Text = string.Join(' ', Words(InputTokens)), Reference = "", Spans = ["marked"],
        }), cancel);
        await context.UpsertAsync(
            from model in Models from number in Enumerable.Range(1, Prompts) from rating in (double[])[random.Next(2)] select new RatingRow
            {
                StudyId = Study, Model = model, PromptId = Prompt(number), Rating = rating,
            },
            cancel);
        await context.UpsertAsync(from model in Models from number in Enumerable.Range(1, Prompts) select Attribution(random, model, number, Words), cancel);
        await context.UpsertAsync(
            from model in Models from layer in Enumerable.Range(0, Layers) from head in Enumerable.Range(0, Heads) from rank in Enumerable.Range(1, Pairs)
            select new AttentionPatternRow
            {
                StudyId = Study, Model = model, Layer = layer, Head = head, Rank = rank, Dim = rank, Score = random.NextDouble(), KeyWords = Words(100),
                QueryWords = Words(100),
            },
            cancel);
        await context.UpsertAsync(
            from model in Models from layer in Enumerable.Range(0, Layers) from head in Enumerable.Range(0, Heads) select new HeadWordCountRow
            {
                StudyId = Study, Model = model, Layer = layer, Head = head, Words = [.. Words(200).Distinct().Order(StringComparer.Ordinal)], Counts = [],
                MergedCounts = [],
            } into row select Counted(random, row),
            cancel);
        await context.UpsertAsync(
            from model in Models from layer in Enumerable.Range(0, Layers) from rank in Enumerable.Range(1, Ranks)
            select new ConceptRow { StudyId = Study, Model = model, Layer = layer, Rank = rank, Score = 1.0 / (rank + 10), Words = Words(50) }, cancel);
        await context.UpsertAsync(
            from model in Models from layer in Enumerable.Range(0, Layers) from rank in Enumerable.Range(1, Ranks) from pass in Enumerable.Range(1, Passes)
            select Annotation(random, model, pass, layer, rank), cancel);
        await transaction.CommitAsync(cancel);
    }

    private static HeadWordCountRow Counted(Random random, HeadWordCountRow row)
    {
        row.Counts = [.. row.Words.Select(_ => random.Next(1, 9))];
        row.MergedCounts = row.Counts;
        return row;
    }

    private static AttributionRow Attribution(Random random, string model, int number, Func<int, List<string>> words)
    {
        byte[] Numbers(int count) => MemoryMarshal.AsBytes<float>(Enumerable.Range(0, count).Select(_ => random.NextSingle()).ToArray()).ToArray();
        return new AttributionRow
        {
            StudyId = Study, Model = model, PromptId = Prompt(number), Input = words(InputTokens), Output = words(OutputTokens),
            Response = string.Join(' ', words(OutputTokens)), Generated = true, Scores = Numbers(InputTokens * OutputTokens),
            Confidences = Numbers(OutputTokens), Density = Numbers(InputTokens),
            InstructionMask = [.. Enumerable.Range(0, InputTokens).Select(place => (byte)(place < 30 ? 1 : 0))],
            Score = 1 + random.NextDouble(), InputTokens = InputTokens, OutputTokens = OutputTokens, Mode = "forward",
        };
    }

    private static AnnotationRow Annotation(Random random, string model, int pass, int layer, int rank)
    {
        var (task, level) = (Tasks[random.Next(Tasks.Length)], Levels[random.Next(Levels.Length)]);
        return new AnnotationRow
        {
            StudyId = Study, Model = model, Pass = pass, Layer = layer, Rank = rank, ChatModel = "gpt-4o-mini", Summary = "words of the names of places and people.",
            Interpretable = true, TaskText = task, Tasks = [task], LinguisticText = level, Linguistic = level,
        };
    }
}
