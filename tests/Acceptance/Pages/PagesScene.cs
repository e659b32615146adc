using System.Diagnostics;
using System.Text.Json;
using Interpret.Cli;
using Interpret.Cli.Commands;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Orchestrator;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Interpret.Acceptance.Tests.Pages;

/// <summary>
/// The pages of a state with a study that has ended (the sample's, annotated) and one that goes on, at their address; and a browser. Where
/// <c>INTERPRET_SCREENSHOTS</c> names a folder, every page that is examined leaves a picture there.
/// </summary>
public sealed class PagesScene(SampleRun sample) : IAsyncLifetime
{
    /// <summary>The ended study once more, with another threshold.</summary>
    public const string Again = "again";

    public const string Open = "open", Worker = "machine:17", FailedClass = ErrorClasses.WorkerLost;

    /// <summary>Where the study that goes on would have its concepts annotated.</summary>
    public const string ChatEndpoint = "http://127.0.0.1:9/v1";

    public const string FailedText = "the worker that had it ended without reporting, 5 times";

    /// <summary>Passes of the ended study's annotations.</summary>
    private const int Passes = 2;

    private static readonly string Checkers = Path.Combine(SampleStudy.Root, ".interpret-build", "checkers", "node_modules");

    private static readonly string Axe = Path.Combine(Checkers, "axe-core", "axe.min.js");

    private static readonly string HtmlValidate = Path.Combine(Checkers, "html-validate", "bin", "html-validate.mjs");

    /// <summary>A prompt that the tuned model explained by another method, too.</summary>
    public static readonly string Explained = SampleStudy.Id(SampleStudy.RowsOfEachGroup(1).First());

    private const string Chromium = "/usr/bin/chromium";

    private readonly Scratch scratch = new();
    private readonly List<WebApplication> services = [];
    private IPlaywright? playwright;

    /// <summary>Why there can be none on this machine; null: there can.</summary>
    public static string? Missing => !File.Exists(Chromium) ? "needs chromium, which `./interpret test` installs where it can"
        : !File.Exists(Axe) || !File.Exists(HtmlValidate) ? "needs node, npm and the packages axe-core and html-validate, which `./interpret test` installs where it can"
        : null;

    public EmbeddedState State { get; private set; } = null!;

    public StudyScene Going { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
            return;
        var state = scratch.At("state");
        Directory.CreateDirectory(state);
        foreach (var file in Directory.GetFiles(sample.State)) File.Copy(file, Path.Combine(state, Path.GetFileName(file)));
        State = await EmbeddedState.OpenAsync(CancellationToken.None, state);
        await AnnotateAsync();
        var study = StudyFile.Read(SampleStudy.Write(scratch, Open, [.. SampleStudy.RowsOfEachGroup(2), SampleStudy.BadRow]));
        await new StudyPlanner(State.Storage, TimeProvider.System).SubmitAsync(study, CheckpointFacts.Of(study));
        Going = new StudyScene(State, Open);
        await FailAsync();
        await using (var context = State.Storage.CreateDbContext())
        {
            context.Workers.Add(new WorkerRow
            {
                Id = Worker, Queue = Queues.Explain("tuned"), Model = "tuned", ContentHash = new string('a', 64), Devices = "cuda:0", FreeMemory = 7_000_000_000,
                Speed = 900, Units = 12, UnitSeconds = 30, Version = "0.1.0", SeenAt = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds(),
            });
            var row = await context.Attributions.AsNoTracking().FirstAsync(one => one.StudyId == SampleRun.Study && one.Model == "tuned" && one.PromptId == Explained);
            context.AttributionScores.Add(new AttributionScoresRow
            {
                StudyId = row.StudyId, Model = row.Model, PromptId = row.PromptId, Method = "occlusion", Target = "logit", Scores = [.. row.Scores.Reverse()],
                Values = [],
            });
            await context.Prompts.Where(one => one.StudyId == row.StudyId && one.Id == row.PromptId).ExecuteUpdateAsync(
                set => set.SetProperty(one => one.Context, one => one.Text).SetProperty(one => one.Evidence, new List<int> { 0, 4 }));
            context.Faithfulness.AddRange(from ranking in (string[])["density", "random"] select new FaithfulnessRow
            {
                StudyId = row.StudyId, Model = row.Model, PromptId = row.PromptId, Ranking = ranking, Deletion = new byte[28], Insertion = new byte[28],
            });
            context.AnnotationPlans.Add(new AnnotationPlanRow
            {
                StudyId = Open, Endpoint = ChatEndpoint, ChatModel = "m", Passes = 1, Words = 15, Prompts = "{}", SpendLimitUsd = 3,
            });
            await context.SaveChangesAsync();
        }

        await CopyAsync();
        Environment.SetEnvironmentVariable("Http__Token", InterpretProcess.Token);
        Address = await ServeAsync();
        Assertions.SetDefaultExpectTimeout(60_000); // a live part is made as often as it takes a tenth of the time, which is seldom on a busy machine
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
    }

    /// <summary>Serves the state.</summary>
    public async Task<Uri> ServeAsync()
    {
        var service = ServeCommand.Create(State, port: 0);
        services.Add(service);
        await service.StartAsync();
        return new Uri(service.Urls.Single());
    }

    /// <summary>Takes the next unit of the study that goes on.</summary>
    public async Task<WorkUnitRow> TakeAsync()
    {
        await using var context = State.Storage.CreateDbContext();
        var waiting = context.WorkUnits.Where(u => u.StudyId == Open && u.Status == UnitStatus.Waiting);
        var id = await waiting.OrderBy(u => u.Sequence).Select(u => u.Id).FirstAsync();
        await context.WorkUnits.Where(u => u.Id == id).ExecuteUpdateAsync(set => set.SetProperty(u => u.Status, UnitStatus.Queued));
        return (await Going.Ledger.TakeAsync(id, Worker))!;
    }

    /// <summary>Parks the next unit.</summary>
    public async Task FailAsync() => await Going.Ledger.ParkAsync(await TakeAsync(), TimeSpan.FromSeconds(3), FailedClass, FailedText);

    /// <summary>Annotations of every concept: labels by its place, other ones in the tuned model.</summary>
    private async Task AnnotateAsync()
    {
        string[] levels = ["semantic", "syntax", "morphology", "phonology"];
        await using var context = State.Storage.CreateDbContext();
        foreach (var concept in await context.Concepts.AsNoTracking().ToListAsync())
        {
            for (var pass = 1; pass <= Passes; pass++)
            {
                var shift = concept.Model == "tuned" ? 1 : 0;
                var task = concept.Rank % 3 == shift ? "coding" : "daily writing";
                var level = levels[(concept.Rank + shift + (pass * concept.Rank % 5 / 4)) % 4];
                context.Annotations.Add(new AnnotationRow
                {
                    StudyId = concept.StudyId, Model = concept.Model, Pass = pass, Layer = concept.Layer, Rank = concept.Rank, ChatModel = "m",
                    Summary = "words", Interpretable = true, TaskText = task, Tasks = [task], LinguisticText = level, Linguistic = level,
                });
            }
        }

        await context.SaveChangesAsync();
    }

    /// <summary>Makes <see cref="Again"/>: a study of the same models and prompts whose responses lean twice as much on the instruction.</summary>
    private async Task CopyAsync()
    {
        await using var context = State.Storage.CreateDbContext();
        var study = await context.Studies.AsNoTracking().SingleAsync(one => one.Id == SampleRun.Study);
        (study.Id, study.Definition) = (Again, study.Definition.Replace("\"threshold\":7", "\"threshold\":5", StringComparison.Ordinal));
        context.Add(study);
        foreach (var model in await context.Models.AsNoTracking().Where(one => one.StudyId == SampleRun.Study).ToListAsync())
        {
            model.StudyId = Again;
            context.Add(model);
        }

        foreach (var prompt in await context.Prompts.AsNoTracking().Where(one => one.StudyId == SampleRun.Study).ToListAsync())
        {
            prompt.StudyId = Again;
            context.Add(prompt);
        }

        foreach (var row in await context.Attributions.AsNoTracking().Where(one => one.StudyId == SampleRun.Study).ToListAsync())
        {
            (row.StudyId, row.Score) = (Again, 2 * row.Score);
            context.Add(row);
        }

        await context.SaveChangesAsync();
    }

    /// <summary>A page of the browser as a newcomer has it.</summary>
    public async Task<(IPage Page, List<string> Complaints)> OpenAsync(ColorScheme scheme = ColorScheme.Light, string path = "/")
    {
        var browsing = await Browser.NewContextAsync(
            new() { ColorScheme = scheme, BaseURL = Address.ToString(), ViewportSize = new() { Width = 1280, Height = 800 } });
        browsing.SetDefaultTimeout(60_000);
        var (page, complaints) = (await browsing.NewPageAsync(), new List<string>());
        page.Console += (_, said) =>
        {
            if (said.Type is "error" or "warning") complaints.Add($"{page.Url}: {said.Type}: {said.Text}");
        };
        page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
        page.Request += (_, request) =>
        {
            if (new Uri(request.Url).Authority != Address.Authority) complaints.Add($"{page.Url} asks {request.Url}");
        };
        await page.GotoAsync(path);
        return (page, complaints);
    }

    /// <summary>Signs in by the page for it.</summary>
    public static async Task SignInAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByLabel("Access token").FillAsync(InterpretProcess.Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).WaitForAsync();
    }

    /// <summary>What a page has for people who cannot use it as it is: axe's serious and critical findings.</summary>
    public static async Task<IReadOnlyList<string>> BarriersAsync(IPage page)
    {
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe));
        var found = await page.EvaluateAsync<JsonElement>("async () => (await axe.run()).violations");
        return [.. from one in found.EnumerateArray()
                   where one.GetProperty("impact").GetString() is "serious" or "critical"
                   select $"{page.Url}: {one.GetProperty("id")}: {one.GetProperty("nodes")[0].GetProperty("html")}"];
    }

    /// <summary>What is no HTML in files of a folder, by the rules of the standard.</summary>
    public static async Task<string> FlawsAsync(string folder)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, ".htmlvalidate.json"), """{ "root": true, "extends": ["html-validate:standard"] }""");
        using var process = Process.Start(new ProcessStartInfo("node", [HtmlValidate, "--formatter", "text", folder])
        {
            WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (said, trouble) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return await said + await trouble;
    }

    /// <summary>Leaves a picture of a page where pictures are wanted.</summary>
    public static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("INTERPRET_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        playwright?.Dispose();
        foreach (var service in services) await service.DisposeAsync();
        scratch.Dispose();
    }
}
