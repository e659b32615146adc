using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Interpret.Acceptance.Tests.Pages;

/// <summary>Files that stand alone.</summary>
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
}
