using System.Globalization;
using Interpret.Reports;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Interpret.Acceptance.Tests.Pages;

/// <summary>Files that stand alone, and two studies side by side.</summary>
public sealed partial class When_studies_are_looked_at_in_a_browser
{
    [Fact]
    public async Task A_prompt_is_a_file_that_shows_what_its_page_shows_and_fetches_nothing()
    {
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/prompt/{Prompt}");
        var tokens = await page.Locator("[role=option]").AllTextContentsAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "html", Exact = true }).ClickAsync());
        download.SuggestedFilename.ShouldBe($"{Prompt}.html");
        using var scratch = new Scratch();
        var file = scratch.At("prompt.html");
        await download.SaveAsAsync(file);
        var asked = new List<string>();
        page.Request += (_, request) => asked.Add(request.Url);
        complaints.ShouldBeEmpty();
        await page.GotoAsync($"file://{file}");
        (await page.Locator("[role=option]").AllTextContentsAsync()).ShouldBe(tokens);
        await page.Locator("[data-model=tuned] [data-side=output] [tabindex='0']").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#said")).ToContainTextAsync("tuned, response token");
        asked.ShouldBe([$"file://{file}"]);
        complaints.RemoveAll(one => one.Contains($"asks file://{file}", StringComparison.Ordinal));
        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_sentences_of_a_context_are_ranked_beside_what_people_marked()
    {
        var (page, _) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/prompt/{Prompt}");
        var rows = page.GetByRole(AriaRole.Region, new() { Name = "Sentences of the context, tuned" }).Locator("tbody tr");
        (await rows.Locator("td:first-child").AllTextContentsAsync()).Select(rank => int.Parse(rank, CultureInfo.InvariantCulture))
            .ShouldBe(Enumerable.Range(1, await rows.CountAsync()));
        await Expect(rows.Filter(new() { HasText = "marked" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Marks_of_a_figure_tell_their_numbers_under_the_pointer_on_its_page_and_in_the_file()
    {
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/report/figure3");
        var drawing = page.Locator("figure svg");
        await Expect(drawing).ToHaveAccessibleNameAsync(new System.Text.RegularExpressions.Regex("^Figure 3: linguistic levels"));
        var told = await drawing.Locator("circle title").AllTextContentsAsync();
        told.ShouldContain(one => one.StartsWith("base (base), semantic\nlayers 0-3: mean 0."));
        complaints.ShouldBeEmpty();
        await page.GotoAsync($"/studies/{SampleRun.Study}/reports/all?format=html");
        (await page.Locator("figure svg circle title").AllTextContentsAsync()).ShouldBe(told);
        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_studies_stand_side_by_side_with_what_was_changed_and_what_differs()
    {
        var (page, complaints) = await scene.OpenAsync(path: "/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Compare" }).ClickAsync();
        await page.GetByLabel("First").SelectOptionAsync(SampleRun.Study);
        await page.GetByLabel("Second").SelectOptionAsync(PagesScene.Again);
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        var settings = page.GetByRole(AriaRole.Region, new() { Name = "Settings that differ" });
        (await settings.Locator("tbody tr").AllTextContentsAsync()).ShouldBe(["attribution.threshold75"]);
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Hashes that differ" })).ToContainTextAsync("vocabulary");
        await page.GetByRole(AriaRole.Link, new() { Name = "table2", Exact = true }).ClickAsync();
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Table 2" });
        var mean = Array.IndexOf([.. await table.Locator("thead th").AllTextContentsAsync()], "mean tuned");
        var reports = new StudyReports(scene.State.Storage);
        var (first, second) = (await reports.TableAsync(SampleRun.Study, "table2", null), await reports.TableAsync(PagesScene.Again, "table2", null));
        var column = first.Flat.ToList().FindIndex(one => one.Header == "mean tuned");
        for (var i = 0; i < first.Rows.Count; i++)
        {
            var change = second.Flat[column].Number(second.Rows[i]) - first.Flat[column].Number(first.Rows[i]);
            (await table.Locator("tbody tr").Nth(i).Locator("th, td").Nth(mean).InnerTextAsync()).Split('\n').Select(part => part.Trim()).ShouldBe(
                [first.Flat[column].Readable(first.Rows[i]), second.Flat[column].Readable(second.Rows[i]), change.ToString("+0.000;-0.000;0", CultureInfo.InvariantCulture)]);
        }

        complaints.ShouldBeEmpty();
    }
}
