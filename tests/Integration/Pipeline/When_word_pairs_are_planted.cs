using System.Text.Json;
using Interpret.Contracts;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Pipeline;

/// <summary>A study whose Table 3 is known before it runs: the numbers expected here are worked out by hand from what is planted.</summary>
[Collection("pipeline")]
public sealed class When_word_pairs_are_planted : IDisposable
{
    private const double Close = 1e-12;

    private static readonly string[] Verbs = ["explain", "write", "compose", "translate", "cook", "bake", "walk", "jump", "sing"];

    // More often after tuning / changed. Layers 0 to 7: write 3/4, compose 1/2, translate 2/2; cook 1/4, bake 0/1, walk 1/2, jump 1/1;
    // explain and sing are there and unchanged. Layer 8: write 1/2, translate 1/1; cook 0/1, walk 1/2, jump 1/1.
    private static readonly PlantedHead[] Heads =
    [
        new(0, 0, "explain sing cook", "explain sing write"),
        new(0, 1, "write", "write write"),
        new(1, 3, "compose bake", "translate walk"),
        new(3, 2, "cook walk", "write compose"),
        new(5, 0, "write cook", "cook cook jump"),
        new(7, 3, "cook cook", "cook translate"),
        new(8, 0, "cook walk", "write"),
        new(8, 2, "write", "walk jump"),
        new(8, 3, "", "translate"),
    ];

    private readonly Scratch scratch = new();

    [Fact]
    public async Task Table_3_is_what_was_planted_however_heads_are_split_into_units()
    {
        var tables = new List<string>();
        foreach (var headsPerUnit in (int[])[1, 3, 8])
        {
            var scene = await StudyScene.PlanAsync(scratch, new PlantedStudy(Verbs, Heads).Write(scratch, $"planted-{headsPerUnit}", headsPerUnit));
            var progress = await scene.WorkAsync();
            (progress.Done, progress.Parked).ShouldBe((progress.Total, 0));
            (await scene.UnitsAsync()).Count(unit => unit.Stage == Stages.Attention).ShouldBe(2 * 9 * (headsPerUnit switch { 1 => 4, 3 => 2, _ => 1 }));
            await CountsAreWhatWasPlantedAsync(scene);
            tables.Add((await new StudyReports(scene.State.Storage).RenderAsync(scene.Study, "table3", null, [new JsonFormat()]))[0]);
        }

        tables.ShouldAllBe(table => table == tables[0]);
        var rows = JsonDocument.Parse(tables[0]).RootElement.EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("group").GetString()).ShouldBe(["0-7", "8-15"]);

        // Variances 1/16 and 35/192. t = (5/16) / √(1/48 + 35/768) = 5/√17; df = 51² / (16²/2 + 35²/3).
        Numbers(rows[0], "n").ShouldBe([3, 4]);
        Numbers(rows[0], "mean").ShouldBe([3.0 / 4, 7.0 / 16]);
        AreClose(rows[0], "sd", Math.Sqrt(1.0 / 24), Math.Sqrt(35.0 / 256));
        AreClose(rows[0], "t", 5 / Math.Sqrt(17));
        AreClose(rows[0], "df", 7803.0 / 1609);
        AreClose(rows[0], "p", 0.28099708778727131632);
        AreClose(rows[0], "cohensD", 5.0 / 16 / Math.Sqrt(43.0 / 320));
        AreClose(rows[0], "holmP", 2 * 0.28099708778727131632);

        // Variances 1/8 and 1/4. t = (1/4) / √(1/16 + 1/12) = √(3/7); df = 7² / (3²/1 + 4²/2).
        Numbers(rows[1], "n").ShouldBe([2, 3]);
        Numbers(rows[1], "mean").ShouldBe([3.0 / 4, 1.0 / 2]);
        AreClose(rows[1], "sd", 1.0 / 4, Math.Sqrt(1.0 / 6));
        AreClose(rows[1], "t", Math.Sqrt(3.0 / 7));
        AreClose(rows[1], "df", 49.0 / 17);
        AreClose(rows[1], "p", 0.56115088124008579446);
        AreClose(rows[1], "holmP", 2 * 0.28099708778727131632);

        // Every word is written in one way, so that nothing is there to be merged.
        foreach (var row in rows)
        {
            Numbers(row, "mergedN").ShouldBe(Numbers(row, "n"));
            Numbers(row, "mergedMean").ShouldBe(Numbers(row, "mean"));
            Numbers(row, "mergedP").ShouldBe(Numbers(row, "p"));
        }
    }

    public void Dispose() => scratch.Dispose();

    private static async Task CountsAreWhatWasPlantedAsync(StudyScene scene)
    {
        await using var context = scene.State.Storage.CreateDbContext();
        var rows = await context.HeadWordCounts.AsNoTracking().Where(row => row.StudyId == scene.Study).ToListAsync();
        rows.Count.ShouldBe(2 * 9 * 4);
        foreach (var row in rows)
        {
            var planted = Heads.SingleOrDefault(head => (head.Layer, head.Head) == (row.Layer, row.Head));
            var expected = PlantedStudy.Counts((row.Model == "base" ? planted?.Base : planted?.Tuned) ?? "")
                .OrderBy(word => word.Key, StringComparer.Ordinal).ToList();
            var place = $"{row.Model} layer {row.Layer} head {row.Head}";
            row.Words.ShouldBe(expected.Select(word => word.Key), place);
            row.Counts.ShouldBe(expected.Select(word => word.Value), place);
            row.MergedCounts.ShouldBe(row.Counts, place);
        }

        // Of the decoys only the pair that occurs once is related at all, in the one head that has it.
        var related = await context.AttentionPatterns.AsNoTracking().Where(row => row.StudyId == scene.Study).ToListAsync();
        related.RemoveAll(row => row.KeyWords.Count == 0);
        related.ShouldAllBe(row => row.KeyWords.Count == 1);
        related.Count(row => row.KeyWords[0] == PlantedStudy.Partner("explain", 2)).ShouldBe(1);
    }

    private static double[] Numbers(JsonElement row, string key) =>
        row.GetProperty(key) is { ValueKind: JsonValueKind.Array } many
            ? [.. many.EnumerateArray().Select(one => one.GetDouble())]
            : [row.GetProperty(key).GetDouble()];

    private static void AreClose(JsonElement row, string key, params double[] expected)
    {
        var found = Numbers(row, key);
        found.Length.ShouldBe(expected.Length);
        for (var i = 0; i < found.Length; i++) found[i].ShouldBe(expected[i], Close * expected[i], key);
    }
}
