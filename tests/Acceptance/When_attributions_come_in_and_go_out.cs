using System.Text.Json;

namespace Interpret.Acceptance.Tests;

public sealed class When_attributions_come_in_and_go_out(SampleRun run) : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task What_a_run_found_makes_the_same_tables_in_a_study_that_imports_it()
    {
        foreach (var model in new[] { "base", "tuned" })
        {
            (await run.AskAsync("export", "attributions", "--study", "sample", "--model", model, "--out", scratch.At(model)))
                .ShouldExitWith(0).Error.ShouldContain("9 files");
            (await ImportAsync(model, [scratch.At(model)]))
                .ShouldExitWith(0).Error.ShouldContain($"9 attributions of {model} ({model}), {(model == "base" ? 0 : 9)} ratings, 0 parked");
            (await AskAsync("export", "attributions", "--study", "imported", "--model", model, "--out", scratch.At(model + "-again"))).ShouldExitWith(0);
            SameFiles(scratch.At(model), scratch.At(model + "-again"), 9);
        }

        foreach (var table in new[] { "table1", "table2" })
            (await AskAsync("report", "imported", table, "--format", "json"))
                .ShouldExitWith(0).Output.ShouldBe(await File.ReadAllTextAsync(Path.Combine(run.Report, table + ".json")));
    }

    [Fact]
    public async Task Files_that_are_no_attributions_are_parked_by_name_and_the_others_stored()
    {
        await ExportBaseAsync();
        scratch.Write("files/garbage.pkl", "This is no pickle.");
        scratch.Write("files/evil.pkl", $"cos\nsystem\n(S'touch {scratch.At("owned")}'\ntR.");
        // The same names again in a second folder, and a prompt that the first folder explains already.
        scratch.Write("more/garbage.pkl", "Nor is this.");
        File.Copy(Directory.EnumerateFiles(scratch.At("files"), "daily_*").First(), scratch.At("more/copy.pkl"));

        var result = (await ImportAsync("base", [scratch.At("files"), scratch.At("more")])).ShouldExitWith(1);
        result.Error.ShouldContain($"parked: {scratch.At("files/garbage.pkl")}: ");
        result.Error.ShouldContain($"parked: {scratch.At("more/garbage.pkl")}: ");
        result.Error.ShouldContain($"parked: {scratch.At("more/copy.pkl")}: ID: expected a prompt that no other file explains");
        result.Error.Split('\n')
            .ShouldContain(
            line => line.StartsWith($"parked: {scratch.At("files/evil.pkl")}: ") && line.Contains("os.system") && line.EndsWith("[pickle-global]"));
        result.Error.ShouldContain("9 attributions of base (base), 0 ratings, 4 parked");
        File.Exists(scratch.At("owned")).ShouldBeFalse();

        var failures = JsonDocument.Parse((await AskAsync("failures", "imported", "--format", "json")).ShouldExitWith(0).Output).RootElement.EnumerateArray();
        failures.Select(f => f.GetProperty("subject").GetString())
            .ShouldBe(["copy.pkl", "evil.pkl", "garbage.pkl", scratch.At("more/garbage.pkl")], ignoreOrder: true);
    }

    [Fact]
    public async Task A_file_with_a_score_that_is_no_number_is_parked_and_the_others_are_stored()
    {
        await ExportBaseAsync();
        var file = Directory.EnumerateFiles(scratch.At("files")).Order(StringComparer.Ordinal).First();
        var pickle = await File.ReadAllBytesAsync(file);
        const int Trailer = 6; // opcodes behind the scores
        BitConverter.GetBytes(float.NaN).CopyTo(pickle, pickle.Length - Trailer - sizeof(float));
        await File.WriteAllBytesAsync(file, pickle);
        var result = (await ImportAsync("base", [scratch.At("files")])).ShouldExitWith(1);
        result.Error.ShouldMatch($@"parked: {file}: Explain\[\d+, \d+\]: expected a finite score, found NaN \[not-finite\]");
        result.Error.ShouldContain("8 attributions of base (base), 0 ratings, 1 parked");
    }

    [Fact]
    public async Task An_import_in_two_parts_is_as_good_as_in_one()
    {
        await ExportBaseAsync();
        var files = Directory.EnumerateFiles(scratch.At("files")).ToArray();
        (await ImportAsync("base", files[..4])).ShouldExitWith(0);
        (await ImportAsync("base", files[3..])).ShouldExitWith(0); // one of them again
        var study = JsonDocument.Parse((await AskAsync("status", "--format", "json")).Output).RootElement[0];
        study.GetProperty("units").EnumerateArray().ShouldHaveSingleItem().GetProperty("count").GetInt32().ShouldBe(9);
    }

    [Fact]
    public async Task Files_of_another_dataset_are_parked_with_the_token_at_which_they_part()
    {
        await ExportBaseAsync();
        var dataset =
            scratch.Write(
            "other.tsv", (await File.ReadAllTextAsync(run.Dataset)).Replace("Write a packing list for a three-day", "Write a packing list for a four-day"));
        var result = (
            await AskAsync(
            "import", "attributions", scratch.At("files"), "--study", "imported", "--model", "base", "--role", "base", "--dataset", dataset, "--tokenizer",
            SampleStudy.BaseCheckpoint)).ShouldExitWith(1);
        result.Error.ShouldMatch(@"parked: \S*/files/daily_packing\.pkl: input token \d+: expected '.*', the dataset's prompt tokenised, found '.*'\. .* \[tokens-differ\]");
        result.Error.ShouldContain("8 attributions of base (base), 1 parked");
    }

    [Fact]
    public async Task The_published_files_make_the_published_tables_and_come_out_as_they_went_in()
    {
        var (dataset, ratings, tokenizer) =
            (Reference.Path("datasets/FinalDataset.tsv"), Reference.Path("datasets/AnnotatedDataset.tsv"), Reference.Path("tokenizer/tokenizer.model"));
        foreach (var (folder, model, role) in new[] { ("ifa_llama_7b", "llama", "base"), ("ifa_vicuna_7b", "vicuna", "tuned") })
        {
            var published = Reference.Path($"published/{folder}");
            var imported = await AskAsync(
                "import", "attributions", published, "--study", "published", "--model", model, "--size", "7B", "--role", role, "--dataset", dataset,
                    "--ratings", ratings, "--tokenizer", tokenizer);
            imported.Error.ShouldContain($"300 attributions of {model} ({role})");
            (await AskAsync("export", "attributions", "--study", "published", "--model", model, "--out", scratch.At(folder))).ShouldExitWith(0);
            SameFiles(published, scratch.At(folder), 300);
        }

        var tables = JsonDocument.Parse((await AskAsync("report", "published", "--format", "json")).ShouldExitWith(0).Output).RootElement;
        await SameAsync(tables, "table1");
        await SameAsync(tables, "table2");
    }

    public void Dispose() => scratch.Dispose();

    /// <summary>LIMA's row is that of the original's code, to 12 significant digits.</summary>
    private static async Task SameAsync(JsonElement tables, string table)
    {
        var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Reference.Path($"golden/tables/{table}_lima.json"))).RootElement.GetProperty("lima");
        var row = tables.GetProperty(table).EnumerateArray().Single(row => row.GetProperty("group").GetString() == "lima");
        foreach (var (key, golden) in new[] { ("t", "t"), ("p", "p"), ("df", "df"), ("n", "n"), ("mean", "mean"), ("sd", "std_population") })
        {
            foreach (var (found, wanted) in Numbers(row.GetProperty(key)).Zip(Numbers(expected.GetProperty(golden)), (a, b) => (a, b)))
                found.ShouldBe(wanted, Math.Abs(wanted) * 5e-12, $"{table} {key}");
        }

        static IEnumerable<double> Numbers(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(v => v.GetDouble())
            : [value.GetDouble()];
    }

    private static void SameFiles(string expected, string found, int count)
    {
        var names = Directory.EnumerateFiles(expected).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();
        names.Count.ShouldBe(count);
        Directory.EnumerateFiles(found).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ShouldBe(names);
        foreach (var name in names)
            File.ReadAllBytes(Path.Combine(found, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(expected, name))).ShouldBeTrue(name);
    }

    private async Task ExportBaseAsync() =>
        (await run.AskAsync("export", "attributions", "--study", "sample", "--model", "base", "--out", scratch.At("files"))).ShouldExitWith(0);

    /// <summary>Imports into the study "imported" of this test's own state.</summary>
    private Task<CommandResult> ImportAsync(string role, string[] files) => AskAsync(
        ["import", "attributions", .. files, "--study", "imported", "--model", role, "--size", "tiny", "--role", role, "--dataset", run.Dataset, "--ratings",
            run.Ratings, "--tokenizer", SampleStudy.BaseCheckpoint]);

    private Task<CommandResult> AskAsync(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("state"), arguments);
}
