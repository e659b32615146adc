using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Interpret.Reports;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Interpret.Acceptance.Tests.Pages;

public sealed partial class When_studies_are_looked_at_in_a_browser : IClassFixture<PagesScene>
{
    private static readonly string Prompt = PagesScene.Explained;

    private readonly PagesScene scene;

    public When_studies_are_looked_at_in_a_browser(PagesScene scene)
    {
        Assert.SkipWhen(PagesScene.Missing is not null, PagesScene.Missing ?? "");
        this.scene = scene;
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_page_complains_asks_elsewhere_or_shuts_anyone_out(ColorScheme scheme)
    {
        var (page, complaints) = await scene.OpenAsync(scheme);
        await PagesScene.SignInAsync(page);
        var (sample, open) = ($"/study/{SampleRun.Study}", $"/study/{PagesScene.Open}");
        var background = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        (background == "rgb(20, 23, 27)").ShouldBe(scheme == ColorScheme.Dark);
        var barriers = new List<string>();
        using var sources = new Scratch();
        foreach (var (path, name) in new[]
                 {
                     ("/", "studies"), (sample, "study"), (open, "open"), ("/workers", "workers"), ("/archive", "archive"), ($"{sample}/do/archive", "archiving"), ("/sign-in", "sign-in"), ($"{open}/do/retry", "retry"),
                     ($"{open}/do/priority", "priority"), ($"{open}/do/quota", "quota"), ($"{open}/do/delete", "delete"), ($"/workers/{PagesScene.Worker}/drain", "drain"),
                     ($"{sample}/report/table1", "table1"), ($"{sample}/report/table2?columns=all", "table2"), ($"{sample}/report/table3", "table3"),
                     ($"{sample}/report/table5", "table5"), ($"{sample}/report/figure3", "figure3"), ($"{sample}/report/sensitivity", "sensitivity"), ($"{sample}/report/sensitivity?made=true", "sensitivity-made"),
                     ($"{sample}/prompts", "prompts"), ($"{sample}/prompt/{Prompt}", "prompt"), ($"{open}/prompt/{Prompt}", "unexplained"), ($"/studies/{SampleRun.Study}/reports/prompt?id={Prompt}", "prompt-file"),
                     ($"/compare?a={SampleRun.Study}&b={PagesScene.Again}", "compare"),
                     ($"{sample}/concepts", "concepts"), ($"{sample}/concept/tuned/1/2", "concept"), ($"{sample}/heads?layer=1", "heads"),
                     ($"{sample}/head/tuned/1/0", "head"), ($"{sample}/words?word=write", "words"), ($"{open}/concepts", "no-concepts"),
                     ($"/studies/{SampleRun.Study}/reports/all?format=html", "whole"),
                 })
        {
            var answer = (await page.GotoAsync(path, new() { Timeout = 120_000 }))!; // all reports take their time on a busy machine
            answer.Status.ShouldBe(200, path);
            sources.Write($"{name}.html", await answer.TextAsync());
            await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            await Expect(page.Locator("[data-later]")).ToHaveCountAsync(0, new() { Timeout = 120_000 }); // what takes long is there
            if (name.StartsWith("prompt", StringComparison.Ordinal) && name != "prompts") await Expect(page.Locator("[data-side=output] [title]").First).ToBeAttachedAsync(); // its scores are there
            barriers.AddRange(await PagesScene.BarriersAsync(page));
            await PagesScene.PictureAsync(page, $"{name}-{scheme}");
        }

        barriers.ShouldBeEmpty();
        complaints.ShouldBeEmpty();
        (await PagesScene.FlawsAsync(sources.Root)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_study_that_is_not_there_is_answered_with_a_page_that_says_so()
    {
        var (page, _) = await scene.OpenAsync();
        (await page.GotoAsync("/study/none"))!.Status.ShouldBe(404);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync($"a study: {PagesScene.Again}, {PagesScene.Open}, {SampleRun.Study}");
    }

    [Theory]
    [InlineData("prompts?page=two")]
    [InlineData("prompts?page=99999999999")]
    [InlineData("prompts?page=")]
    [InlineData("heads?layer=x")]
    [InlineData("report/sensitivity?made=maybe")]
    public async Task An_address_that_no_page_can_read_is_answered_with_what_is_wrong(string path)
    {
        var (page, _) = await scene.OpenAsync();
        (await page.GotoAsync($"/study/{SampleRun.Study}/{path}"))!.Status.ShouldBe(400);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("address");
    }

    [Fact]
    public async Task A_report_that_takes_long_comes_when_it_is_computed_and_its_page_before()
    {
        var (page, complaints) = await scene.OpenAsync();
        var until = new TaskCompletionSource();
        await page.RouteAsync("**/report/sensitivity?made=true", async route =>
        {
            await until.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync($"/study/{SampleRun.Study}/report/sensitivity");
        await Expect(page.GetByText("It is computed")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Table)).ToHaveCountAsync(0);
        until.SetResult();
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = "*", Exact = true })).ToHaveCountAsync(1, new() { Timeout = 120_000 });
        await Expect(page.Locator("figure svg")).ToBeVisibleAsync();
        await Expect(page).ToHaveTitleAsync($"Sensitivity · {SampleRun.Study} · Interpret");
        (await page.GotoAsync("/study/none/report/sensitivity"))!.Status.ShouldBe(404);
        complaints.ShouldHaveSingleItem(); // the browser's, of that 404
    }

    [Fact]
    public async Task Work_is_seen_as_it_is_done_without_loading_the_page_again()
    {
        await scene.FailAsync(); // another test may have retried what was parked
        var (page, complaints) = await scene.OpenAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("live");
        await page.EvaluateAsync("window.before = true");
        var card = page.GetByRole(AriaRole.Article).Filter(new() { HasText = PagesScene.Open });
        var ended = (await scene.Going.Ledger.ProgressAsync(PagesScene.Open)) is var progress ? progress.Done + progress.Parked : 0;
        await Expect(card).ToContainTextAsync($"{ended} of {progress.Total}");
        await card.GetByRole(AriaRole.Link, new() { Name = PagesScene.Open }).FocusAsync();

        await scene.Going.Ledger.CompleteAsync(await scene.TakeAsync(), TimeSpan.FromSeconds(1), _ => Task.CompletedTask);
        await Expect(card).ToContainTextAsync($"{ended + 1} of {progress.Total}");
        (await page.EvaluateAsync<bool>("window.before === true")).ShouldBeTrue();
        (await page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe($"study-{PagesScene.Open}");
        await page.GotoAsync($"/study/{PagesScene.Open}");
        await Expect(page.GetByText(PagesScene.FailedText).First).ToBeVisibleAsync();
        var unit = await scene.TakeAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Units in hand" })).ToContainTextAsync($"{unit.Id}");
        await scene.Going.Ledger.ReturnAsync(unit);
        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_operator_who_signed_in_retries_cancels_resumes_and_changes_the_priority()
    {
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{PagesScene.Open}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Retry" }).ClickAsync();
        await Expect(page).ToHaveTitleAsync("Sign in · Interpret"); // and back to what was wanted
        await page.GetByLabel("Access token").FillAsync("another");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("That is another token.");
        await page.GetByLabel("Access token").FillAsync(InterpretProcess.Token);
        await page.Keyboard.PressAsync("Enter");

        await page.GetByLabel("Of error class").SelectOptionAsync(PagesScene.FailedClass);
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await Expect(page.GetByText(" units will be tried again.")).ToBeVisibleAsync();
        await DoAsync("Priority", () => page.GetByLabel("Priority").FillAsync("3"), "Its priority is 3.");
        await DoAsync("Cancel", () => Task.CompletedTask, "units cancelled.");
        (await scene.Going.Ledger.ProgressAsync(PagesScene.Open)).IsEnded.ShouldBeTrue();
        await Expect(page.GetByText("priority 3")).ToBeVisibleAsync();
        await DoAsync("Resume", () => Task.CompletedTask, "units go on.");
        (await scene.Going.Ledger.ProgressAsync(PagesScene.Open)).IsEnded.ShouldBeFalse();
        await DoAsync("Pause annotation", () => Task.CompletedTask, "Annotation is paused.");
        await Expect(page.GetByText("Annotation stands still: An operator paused it")).ToBeVisibleAsync();
        await DoAsync("Quota", async () =>
        {
            await Expect(page.GetByText($"m at {PagesScene.ChatEndpoint}")).ToBeVisibleAsync();
            await Expect(page.GetByLabel("Spend limit in US dollars")).ToHaveValueAsync("3");
            await page.GetByLabel("Requests a minute").FillAsync("500");
            await page.GetByLabel("Requests a day").FillAsync("9000");
            await page.GetByLabel("Spend limit in US dollars").FillAsync("");
        }, "The quota is changed.");
        await Expect(page.GetByText("500 a minute allowed")).ToBeVisibleAsync();
        await using (var context = scene.State.Storage.CreateDbContext())
        {
            var quota = await context.ChatQuotas.SingleAsync(row => row.Endpoint == PagesScene.ChatEndpoint);
            (quota.SetRequests, quota.SetTokens, quota.SetRequestsPerDay).ShouldBe((500, null, 9000));
            (await context.AnnotationPlans.SingleAsync(plan => plan.StudyId == PagesScene.Open)).SpendLimitUsd.ShouldBeNull();
        }

        await DoAsync("Resume", () => Task.CompletedTask, "units go on.");
        complaints.ShouldBeEmpty();

        async Task DoAsync(string action, Func<Task> fill, string said)
        {
            await page.GetByRole(AriaRole.Link, new() { Name = action, Exact = true }).ClickAsync();
            await fill();
            await page.GetByRole(AriaRole.Button, new() { Name = action }).ClickAsync();
            await Expect(page.GetByText(said)).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Nothing_is_done_without_a_session_and_the_token_of_a_form()
    {
        using var client = new HttpClient { BaseAddress = scene.Address };
        var cancel = new Uri($"/study/{PagesScene.Open}/do/cancel", UriKind.Relative);
        (await client.PostAsync(cancel, new FormUrlEncodedContent([]))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        var (page, _) = await scene.OpenAsync();
        await PagesScene.SignInAsync(page);
        var session = (await page.Context.CookiesAsync()).Single(cookie => cookie.Name == "interpret");
        (session.HttpOnly, session.SameSite).ShouldBe((true, SameSiteAttribute.Strict));
        client.DefaultRequestHeaders.Add("Cookie", $"interpret={session.Value}");
        (await client.PostAsync(cancel, new FormUrlEncodedContent([]))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        client.DefaultRequestHeaders.Remove("Cookie");
        client.DefaultRequestHeaders.Add("Cookie", $"interpret={session.Value[..^4]}AAAA");
        (await client.PostAsync(cancel, new FormUrlEncodedContent([]))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await scene.Going.Ledger.ProgressAsync(PagesScene.Open)).IsEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task Where_reading_is_closed_people_are_asked_to_sign_in_and_programs_are_refused()
    {
        Environment.SetEnvironmentVariable("Http__OpenReads", "false");
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = await scene.ServeAsync() };
        Environment.SetEnvironmentVariable("Http__OpenReads", null);
        (await client.GetAsync("/studies/sample/reports")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await client.GetAsync("/live/studies")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        (await client.GetAsync("/workers")).Headers.Location.ShouldBe(new Uri("/sign-in?back=%2Fworkers", UriKind.Relative));
        var answer = await client.GetAsync("/sign-in");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self';");
        using var style = new HttpRequestMessage(HttpMethod.Get, "/assets/pages.css") { Headers = { { "Accept-Encoding", "br" } } };
        (await client.SendAsync(style)).Content.Headers.ContentEncoding.ShouldBe(["br"]);
    }

    [Fact]
    public async Task A_table_has_the_papers_columns_all_on_demand_and_every_format()
    {
        var (page, _) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/report/table2");
        string[] columns = ["group", "n base", "n tuned", "mean base", "mean tuned", "sd base", "sd tuned", "t", "df", "p"];
        (await page.Locator("thead th").AllTextContentsAsync()).ShouldBe(columns);
        var hovered = (await page.Locator("tbody td.n").First.GetAttributeAsync("title"))!.Split('\n');
        hovered[0].ShouldBe((await page.Locator("tbody td.n").First.TextContentAsync())!.Trim());
        hovered.Length.ShouldBe(1 + 6, string.Join(", ", hovered)); // the columns that are not shown
        await page.GetByRole(AriaRole.Link, new() { Name = "All columns" }).ClickAsync();
        await Expect(page.Locator("thead th")).ToHaveCountAsync(columns.Length + 6);
        foreach (var format in Interpret.Reports.Formats.ReportFormats.All)
        {
            var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = format.Name, Exact = true }).ClickAsync());
            download.SuggestedFilename.ShouldBe($"table2.{format.Extension}");
            var text = await File.ReadAllTextAsync((await download.PathAsync())!);
            text.ShouldBe((await new StudyReports(scene.State.Storage).RenderAsync(SampleRun.Study, "table2", "tuned", [format]))[0]);
        }
    }

    [Fact]
    public async Task A_prompt_is_shown_by_another_method_where_there_are_its_scores()
    {
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/prompt/{Prompt}");
        await page.GetByLabel("Scores by method and target").SelectOptionAsync("occlusion:logit");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(page.GetByLabel("Scores by method and target")).ToHaveValueAsync("occlusion:logit");
        var tuned = page.GetByRole(AriaRole.Region, new() { Name = "tuned", Exact = true });
        await Expect(tuned.Locator("[data-side=output] [role=option]").First).ToBeVisibleAsync();
        await tuned.Locator("[data-side=output] [role=option]").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "tuned, response token" })).ToBeVisibleAsync();
        await tuned.GetByText("Faithfulness of rankings").ClickAsync();
        await Expect(tuned.GetByRole(AriaRole.Row, new() { Name = "density 0.000" })).ToBeVisibleAsync();
        complaints.ShouldBeEmpty();
        await page.GotoAsync($"/study/{SampleRun.Study}/prompt/{Prompt}?scores=shap:logit");
        await Expect(page.GetByText("gradient_input:probability or occlusion:logit")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_matrix_is_shaded_by_the_largest_number_of_all_models_or_by_its_own()
    {
        // Of a copy: the browser complains where one that is drawn fast is read often.
        const string darkest = """
            all => all.map(one => {
              const canvas = Object.assign(document.createElement('canvas'), { width: one.width, height: one.height });
              const copy = canvas.getContext('2d', { willReadFrequently: true });
              copy.drawImage(one, 0, 0);
              return Math.max(...copy.getImageData(0, 0, one.width, one.height).data.filter((_, i) => i % 4 === 3));
            })
            """;
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/prompt/{Prompt}");
        await page.WaitForFunctionAsync($"({darkest})([...document.querySelectorAll('canvas')]).every(one => one > 0)");
        var together = await page.Locator("canvas").EvaluateAllAsync<int[]>(darkest);
        (together.Length, together.Max(), together.Min() < 255).ShouldBe((2, 255, true));
        await page.Locator("#own").CheckAsync();
        (await page.Locator("canvas").EvaluateAllAsync<int[]>(darkest)).ShouldBe([255, 255]);
        await page.Locator("#own").UncheckAsync();
        (await page.Locator("canvas").EvaluateAllAsync<int[]>(darkest)).ShouldBe(together);
        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task From_a_cell_the_keyboard_leads_to_a_prompt_and_to_what_drove_a_token()
    {
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/report/table2");
        await FollowAsync(Prompt.Split('_')[0], "/prompts?");
        await FollowAsync(Prompt, "/prompt/");
        await using var context = scene.State.Storage.CreateDbContext();
        var row = await context.Attributions.SingleAsync(a => a.StudyId == SampleRun.Study && a.Model == "tuned" && a.PromptId == Prompt);
        var scores = MemoryMarshal.Cast<byte, float>(row.Scores).ToArray();
        var panel = page.Locator("[data-model=tuned]");
        await panel.Locator("[data-side=output] [tabindex='0']").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Enter");
        var strongest = Enumerable.Range(0, row.InputTokens).Select(i => scores[(i * row.OutputTokens) + 1]).MaxBy(Math.Abs);
        await Expect(page.Locator("#said")).ToContainTextAsync("tuned, response token");
        (await panel.Locator("[data-side=input] [role=option]").EvaluateAllAsync<double[]>("all => all.map(one => Number(one.title))"))
            .MaxBy(Math.Abs).ShouldBe(strongest, Math.Abs(strongest) * 1e-3);
        await PagesScene.PictureAsync(page, "prompt-chosen");

        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#said")).ToContainTextAsync("shaded by their density");
        await panel.Locator("[data-side=input] [tabindex='0']").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync(" ");
        await Expect(page.Locator("[data-side=input] [aria-selected=true]")).ToHaveCountAsync(2); // the other model reads the same token there
        (await panel.Locator("[data-side=output] [role=option]").EvaluateAllAsync<double[]>("all => all.map(one => Number(one.title))"))
            .ShouldBe(scores.Skip(row.OutputTokens).Take(row.OutputTokens).Select(score => (double)score), 1e-3 * scores.Max(Math.Abs));
        await PagesScene.PictureAsync(page, "prompt-row");
        complaints.ShouldBeEmpty();

        // With the Tab key alone, from where the page begins.
        async Task FollowAsync(string link, string to)
        {
            for (var i = 0; i < 200; i++)
            {
                await page.Keyboard.PressAsync("Tab");
                if (await page.EvaluateAsync<string>("document.activeElement.textContent") != link) continue;
                await page.Keyboard.PressAsync("Enter");
                await Expect(page).ToHaveURLAsync(new Regex(Regex.Escape(to)));
                await page.WaitForLoadStateAsync();
                return;
            }

            throw new InvalidOperationException($"{page.Url}: Tab does not lead to {link}");
        }
    }
}
