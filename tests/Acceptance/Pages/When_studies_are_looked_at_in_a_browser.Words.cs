using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Interpret.Acceptance.Tests.Pages;

/// <summary>Its concepts, heads and words.</summary>
public sealed partial class When_studies_are_looked_at_in_a_browser
{
    [Fact]
    public async Task A_word_leads_to_every_head_that_relates_it_in_both_models_and_to_its_concepts()
    {
        await using var context = scene.State.Storage.CreateDbContext();
        var counts = await context.HeadWordCounts.AsNoTracking().Where(c => c.StudyId == SampleRun.Study).ToListAsync();
        var word = counts.SelectMany(row => row.Words).CountBy(one => one).MaxBy(one => one.Value).Key;
        var of = counts.Where(row => row.Words.Contains(word)).ToLookup(row => row.Model);
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/words");
        await page.GetByLabel("Word").FillAsync(word.ToUpperInvariant());
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText($"base: {of["base"].Count()} heads, tuned: {of["tuned"].Count()} heads")).ToBeVisibleAsync();
        var heads = page.GetByRole(AriaRole.Region, new() { Name = "Heads" });
        await Expect(heads.Locator("tbody tr")).ToHaveCountAsync(
            counts.Where(row => row.Words.Contains(word)).Select(row => (row.Layer, row.Head)).Distinct().Count());

        await heads.GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Head ");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Neuron pairs" }).Locator("tbody tr").First).ToContainTextAsync(" = ");
        complaints.ShouldBeEmpty();

        var concept = await context.Concepts.AsNoTracking().FirstAsync(c => c.StudyId == SampleRun.Study && c.Model == "tuned");
        await page.GotoAsync($"/study/{SampleRun.Study}/words?word={Uri.EscapeDataString(concept.Words[3])}");
        var row = page.GetByRole(AriaRole.Row, new() { Name = $"tuned {concept.Layer} {concept.Rank} " });
        await Expect(row).ToContainTextAsync("4"); // its place among them
        await row.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync($"Concept {concept.Rank} of layer {concept.Layer}, tuned");
        await page.GotoAsync($"/study/{SampleRun.Study}/words?word=%3Cb%3Enothing");
        await Expect(page.GetByText("No head of any model has it")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_concept_stands_beside_the_nearest_of_the_other_model_with_what_passes_agree_on()
    {
        await using var context = scene.State.Storage.CreateDbContext();
        var all = await context.Concepts.AsNoTracking().Where(c => c.StudyId == SampleRun.Study && c.Layer == 1).ToListAsync();
        var concept = all.Single(c => c.Model == "tuned" && c.Rank == 2);
        double Jaccard(IReadOnlyList<string> words) => words.Intersect(concept.Words).Count() / (double)words.Union(concept.Words).Count();
        var nearest = all.Where(c => c.Model == "base").OrderByDescending(c => Jaccard(c.Words)).ThenBy(c => c.Rank).First();
        var (page, complaints) = await scene.OpenAsync(path: $"/study/{SampleRun.Study}/concepts?model=tuned&layer=1");
        await page.GetByRole(AriaRole.Link, new() { Name = "2 of layer 1", Exact = true }).ClickAsync();
        var first = page.GetByRole(AriaRole.Region, new() { Name = "Words" }).GetByRole(AriaRole.Columnheader).Nth(1);
        await Expect(first).ToContainTextAsync($"base, {nearest.Rank}Jaccard {Jaccard(nearest.Words):F2}");
        (await page.Locator("table.words tbody tr td:first-child").AllTextContentsAsync()).ShouldBe(concept.Words);
        (await page.Locator("table.words tbody tr td:nth-child(2) u").AllTextContentsAsync()).ShouldBe(nearest.Words.Where(concept.Words.Contains));
        var passes = await context.Annotations.AsNoTracking()
            .Where(a => a.StudyId == SampleRun.Study && a.Model == "tuned" && a.Layer == 1 && a.Rank == 2).ToListAsync();
        var level = passes.CountBy(a => a.Linguistic!).OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).First();
        await Expect(page.GetByText($"Linguistic level: {level.Key} ({level.Value} of {passes.Count})")).ToBeVisibleAsync();
        complaints.ShouldBeEmpty();
        (await page.GotoAsync($"/study/{SampleRun.Study}/concept/tuned/1/100000"))!.Status.ShouldBe(400);
        (await page.GotoAsync($"/study/{SampleRun.Study}/head/tuned/99/0"))!.Status.ShouldBe(400);
    }
}
