using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Interpret.Cli;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>The original's files, imported into a cluster over HTTP and exported again: as on this machine, byte for byte and word for word.</summary>
public sealed partial class When_files_go_in_and_out_of_a_cluster : IDisposable
{
    private const string ConceptColumns = "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n";
    private const string PatternColumns = "Model\tSize\tLayer\tType\tHead\tDim\tRank\tScore\tTopK\n";
    private const string SummaryColumns = "Explainable\tTokens\tSummary\t" + ConceptColumns;

    private readonly Scratch scratch = new();
    private string server = "";

    [Fact]
    public async Task Tables_and_annotations_are_the_same_there_and_here()
    {
        await using var cluster = await ServeAsync();
        // More rows than are written one by one: they are copied in bulk.
        string[] concepts =
        [
            .. Enumerable.Range(0, 60).Select(i => Invariant($"m\t7B\t{2 - (i / 20)}\tFFN\t0\t{(i % 20) + 1}\t{i}.2500\tw{i}|||größe {i}|||/x\n")),
            "n\t\t0\tFFN\t0\t1\t0.5000\tsun\n",
        ];
        var table = scratch.Write("concepts.tsv", ConceptColumns + string.Concat(concepts));
        var patterns = PatternColumns + string.Concat(Enumerable.Range(0, 60).Select(i => Invariant(
            $"m\t7B\t{i / 30}\tQK\t{i / 10 % 3}\t{i}\t{(i % 10) + 1}\t1.5000\tcat {i}=dog|||cat=cow\n")));
        var parts = new[] { scratch.Write("parts/x.tsvaa", patterns[..500]), scratch.Write("parts/x.tsvab", patterns[500..]) };
        var summaries = concepts
            .Select((row, i) => (Said: i == 3 ? "I Cannot Tell." : $"summary {i}", Row: row, Words: row.Trim('\n').Split('\t')[^1].Replace("|||", ", ")))
            .Select(of => $"{(of.Said[0] == 'I' ? 0 : 1)}\tWords: {of.Words}.\t{of.Said}\t{of.Row}").ToList();
        var all = scratch.Write("linear_seed0.tsv", SummaryColumns + string.Concat(summaries));
        var labels = summaries.Where((_, i) => i != 3).Select(row => "Coding; daily writing\t" + row);
        var tasks = scratch.Write("linear_task_seed0.tsv", "Task\t" + SummaryColumns + string.Concat(labels));
        var second = scratch.Write("linear_seed1.tsv", SummaryColumns + string.Concat(summaries.Take(30)));

        await SameAsync(ExitCodes.Done, "import", "feed-forward", table, "--study", "s", "--model", "m", "--role", "base");
        await SameAsync(ExitCodes.Done, "import", "feed-forward", table, "--study", "s", "--model", "n", "--role", "tuned");
        await SameAsync(ExitCodes.Done, ["import", "attention", .. parts, "--study", "s", "--model", "m", "--role", "base"]);
        (await SameAsync(ExitCodes.Done, "import", "annotations", tasks, second, all, "--study", "s", "--model", "m", "--role", "base"))
            .Error.ShouldContain("s: 59 task labels of pass 1 of m (base) in 3 layers, 0 parked");
        await SameAsync(ExitCodes.Done, "import", "annotations", all, "--study", "s", "--model", "n", "--role", "tuned", "--pass", "1");
        // Again, and with rows that cannot be used.
        await SameAsync(ExitCodes.Done, "import", "annotations", all, tasks, "--study", "s", "--model", "m", "--role", "base");
        var bad = scratch.Write("bad/linear_seed0.tsv", SummaryColumns + summaries[0] + summaries[1].Replace("größe", "other") + "1\tx\n");
        (await SameAsync(ExitCodes.Parked, "import", "annotations", bad, "--study", "s", "--model", "m", "--role", "base", "--pass", "4"))
            .Error.ShouldContain($"parked: {bad}: row 3: ");
        await SameAsync(ExitCodes.Done, "failures", "s", "--format", "json");

        (await SameAsync(ExitCodes.Done, "export", "attention", "--study", "s")).Output.ShouldBe(patterns);
        (await SameAsync(ExitCodes.Done, "export", "feed-forward", "--study", "s", "--model", "n", "--model", "m")).Error.ShouldContain("s: concepts of n, m");
        await SameAsync(ExitCodes.Done, "export", "feed-forward", "--study", "s", "--out", "concepts.tsv");
        await SameAsync(ExitCodes.Done, "export", "annotations", "--study", "s", "--model", "m", "--pass", "1", "--pass", "2", "--out", "passes");
        await SameAsync(ExitCodes.Done, "export", "annotations", "--study", "s");
        SameFiles(["concepts.tsv", "passes/linear_seed0.tsv", "passes/linear_task_seed0.tsv", "passes/linear_seed1.tsv"]);
        SameFiles(["linear_interpret/linear_seed0.tsv", "linear_interpret/linear_seed3.tsv"]);
        (await File.ReadAllTextAsync(scratch.At("cluster/concepts.tsv"))).ShouldBe(await File.ReadAllTextAsync(table));
        (await File.ReadAllTextAsync(scratch.At("cluster/linear_interpret/linear_seed0.tsv"))).ShouldBe(await File.ReadAllTextAsync(all));
        NothingIsLeft();
    }

    [Fact]
    public async Task A_table_is_sent_from_standard_input()
    {
        await using var cluster = await ServeAsync();
        var table = ConceptColumns + "m\t\t0\tFFN\t0\t1\t0.5000\ta\nm\t\t0\tFFN\t0\tone\t0.5000\ta\n";
        using var process = InterpretProcess.Start(
            scratch.At("cluster"), table, "import", "feed-forward", "-", "--study", "s", "--model", "m", "--role", "base", "--server", server);
        (await process.EndAsync()).ShouldExitWith(ExitCodes.Parked).Error.ShouldContain("parked: standard input: row 3: ");
        (await InterpretProcess.RunAsync(scratch.At("cluster"), "export", "feed-forward", "--study", "s", "--server", server))
            .Output.ShouldBe(ConceptColumns + "m\t\t0\tFFN\t0\t1\t0.5000\ta\n");
    }

    [Fact]
    public async Task Attributions_are_the_same_there_and_here()
    {
        var file = SampleStudy.Write(scratch, "sent", [.. SampleStudy.RowsOfEachGroup(1), SampleStudy.BadRow], maxNewTokens: 2);
        (await InterpretProcess.RunAsync(scratch.At("run"), "run", file, "--out", scratch.At("report"))).ShouldExitWith(ExitCodes.Parked);
        (await InterpretProcess.RunAsync(scratch.At("run"), "export", "attributions", "--study", "sent", "--model", "tuned", "--out", scratch.At("files")))
            .ShouldExitWith(ExitCodes.Done);
        scratch.Write("files/garbage.pkl", "This is no pickle.");
        scratch.Write("more/garbage.pkl", "Nor is this.");
        await using var cluster = await ServeAsync();

        // The dataset has a row that cannot be used, and a folder stands for its tokenizer.
        var told = await SameAsync(
            ExitCodes.Parked, "import", "attributions", scratch.At("files"), scratch.At("more"), "--study", "s", "--model", "tuned", "--role", "tuned",
            "--dataset", scratch.At("sent/dataset.tsv"), "--ratings", scratch.At("sent/ratings.tsv"), "--tokenizer", SampleStudy.TunedCheckpoint);
        told.Error.ShouldContain($"rejected: {scratch.At("sent/dataset.tsv")}: row ");
        told.Error.ShouldContain($"parked: {scratch.At("more/garbage.pkl")}: ");
        told.Error.ShouldContain(" ratings, 2 parked");
        await SameAsync(ExitCodes.Done, "failures", "s", "--format", "json");
        await SameAsync(ExitCodes.Done, "export", "attributions", "--study", "s", "--model", "tuned");
        var files = Directory.GetFiles(scratch.At("files")).Select(path => Path.GetFileName(path)).Where(name => name != "garbage.pkl").ToList();
        files.Count.ShouldBeGreaterThan(2);
        Directory.GetFiles(scratch.At("cluster/ifa_tuned")).Length.ShouldBe(files.Count);
        SameFiles(files.Select(name => $"ifa_tuned/{name}"));
        NothingIsLeft();
    }

    [Fact]
    public async Task The_original_s_own_files_come_out_as_they_went_in()
    {
        var (linear, bilinear) = (Reference.Path("golden/files/linear_explain.tsv"), Reference.Path("golden/files/bilinear_explain.tsv"));
        var published = Reference.Path("published/ifa_vicuna_7b");
        await using var cluster = await ServeAsync();
        Task<CommandResult> Interpret(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("cluster"), [.. arguments, "--server", server]);
        foreach (var (model, role) in new[] { ("llama", "base"), ("vicuna", "tuned") })
            (await Interpret("import", "feed-forward", linear, "--study", "s", "--model", model, "--role", role)).ShouldExitWith(ExitCodes.Done);
        (await Interpret("import", "attention", bilinear, "--study", "s", "--model", "llama", "--role", "base")).ShouldExitWith(ExitCodes.Done);
        var imported = await Interpret(
            "import", "attributions", published, "--study", "s", "--model", "vicuna", "--role", "tuned", "--size", "7B",
            "--dataset", Reference.Path("datasets/FinalDataset.tsv"), "--tokenizer", Reference.Path("tokenizer/tokenizer.model"),
            "--ratings", Reference.Path("datasets/AnnotatedDataset.tsv"));
        imported.Error.ShouldContain("s: 300 attributions of vicuna (tuned)");

        (await Interpret("export", "feed-forward", "--study", "s", "--out", "linear.tsv")).ShouldExitWith(ExitCodes.Done);
        (await Interpret("export", "attention", "--study", "s", "--out", "bilinear.tsv")).ShouldExitWith(ExitCodes.Done);
        (await Interpret("export", "attributions", "--study", "s", "--model", "vicuna"))
            .ShouldExitWith(ExitCodes.Done).Error.ShouldContain("300 files in ifa_vicuna");
        Same(scratch.At("cluster/linear.tsv"), linear);
        Same(scratch.At("cluster/bilinear.tsv"), bilinear);
        foreach (var file in Directory.GetFiles(published, "*.pkl"))
            Same(Path.Combine(scratch.At("cluster/ifa_vicuna"), Path.GetFileName(file)), file);
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_with_its_reason()
    {
        await using var cluster = await ServeAsync();
        var table = scratch.Write("c.tsv", ConceptColumns + "m\t7B\t0\tFFN\t0\t1\t0.5000\ta\n");
        await SameAsync(ExitCodes.BadInput, "export", "feed-forward", "--study", "s");
        (await SameAsync(ExitCodes.BadInput, "import", "attention", table, "--study", "s", "--model", "m", "--role", "base"))
            .Error.ShouldContain($"{table}: row 1: expected Model<tab>Size<tab>Layer");
        (await SameAsync(ExitCodes.BadInput, "import", "feed-forward", table, "--study", "s", "--model", "x", "--role", "base"))
            .Error.ShouldContain("[model-unknown]");
        await SameAsync(ExitCodes.BadInput, "import", "feed-forward", scratch.At("none"), "--study", "s", "--model", "m", "--role", "base");
        await SameAsync(ExitCodes.Done, "import", "feed-forward", table, "--study", "s", "--model", "m", "--role", "base");
        (await SameAsync(ExitCodes.BadInput, "import", "feed-forward", table, "--study", "s", "--model", "m", "--role", "tuned"))
            .Error.ShouldContain("found tuned [study-differs]");
        await SameAsync(ExitCodes.BadInput, "export", "attention", "--study", "s");
        await SameAsync(ExitCodes.BadInput, "export", "attributions", "--study", "s", "--model", "m");
        await SameAsync(ExitCodes.BadInput, "export", "annotations", "--study", "s");
        var zero = scratch.Write("zero.tsv", ConceptColumns + "m\t7B\t0\tFFN\t0\t1\t0.5000\ta\0b\n");
        (await SameAsync(ExitCodes.Parked, "import", "feed-forward", zero, "--study", "s", "--model", "m", "--role", "base"))
            .Error.ShouldContain("zero.tsv: row 2: expected text of whole characters without U+0000, found U+0000 at character 24 [bad-text]");

        using var denied = InterpretProcess.StartWith(
            [("INTERPRET_TOKEN", "guess")], scratch.At("cluster"), null,
            "import", "feed-forward", table, "--study", "s", "--model", "m", "--role", "base", "--server", server);
        (await denied.EndAsync()).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("access token");
        NothingIsLeft();
    }

    [Fact]
    public async Task Other_clients_are_told_what_a_request_lacks()
    {
        await using var cluster = await ServeAsync();
        using var client = new HttpClient { BaseAddress = new Uri(server) };
        async Task<(HttpStatusCode Status, string? ErrorClass, string Detail)> Post(string path, params (string Part, string Text)[] parts)
        {
            using var form = new MultipartFormDataContent();
            foreach (var (part, text) in parts)
            {
                if (part is "model" or "role" or "size" or "pass")
                    form.Add(new StringContent(text), part);
                else
                    form.Add(new StringContent(text), part, "data.tsv");
            }

            using var answer = await client.PostAsync(path, form);
            var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return json is JsonObject
                ? (answer.StatusCode, (string?)json["errorClass"], (string)json["detail"]!)
                : (answer.StatusCode, null, json.ToJsonString());
        }

        var concepts = ConceptColumns + "m\t7B\t0\tFFN\t0\t1\t0.5000\ta\n";
        (await Post("/studies/s/import/feed-forward", ("model", "m"), ("role", "base"), ("file", concepts))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        var refused = new ((string Part, string Text)[] Parts, string Kind, string ErrorClass, string Detail)[]
        {
            ([("model", "m"), ("role", "base"), ("file", concepts)], "poems", "kind-unknown",
                "attributions, attention, feed-forward, annotations, found poems"),
            ([("role", "base"), ("file", concepts)], "feed-forward", "upload", "model: expected a name, found none"),
            ([("model", "../m"), ("role", "base"), ("file", concepts)], "feed-forward", "bad-name", "the path separator"),
            ([("model", "m"), ("role", "cousin"), ("file", concepts)], "feed-forward", "upload", "role: expected base or tuned, found cousin"),
            ([("model", "m"), ("role", "base")], "feed-forward", "upload", "file: expected one file or more, found none"),
            ([("model", "m"), ("role", "base"), ("file", concepts), ("file", concepts)], "feed-forward", "upload", "found data.tsv again"),
            ([("model", "m"), ("role", "base"), ("file", concepts), ("dataset", "x")], "feed-forward", "upload", "dataset: expected no such part"),
            ([("model", "m"), ("role", "base"), ("file", concepts), ("pass", "1")], "feed-forward", "upload", "pass: expected no such part"),
            ([("model", "m"), ("role", "base"), ("file", concepts), ("pass", "0")], "annotations", "upload", "pass: expected a whole number"),
            ([("model", "m"), ("role", "base"), ("file", concepts)], "attributions", "upload", "dataset: expected a part"),
            ([("model", "m"), ("role", "base"), ("file", "x"), ("dataset", "nonsense"), ("tokenizer", "x")], "attributions", "wrong-header", "data.tsv: row 1"),
            ([("model", "m"), ("role", "base"), ("poem", "x")], "feed-forward", "upload", "found poem"),
        };
        foreach (var (parts, kind, errorClass, detail) in refused)
        {
            var (status, found, said) = await Post($"/studies/s/import/{kind}", parts);
            (status, found).ShouldBe((HttpStatusCode.BadRequest, errorClass), said);
            said.ShouldContain(detail);
            said.ShouldNotContain(scratch.Root);
        }

        (await Post("/studies/s/import/feed-forward", ("model", "m"), ("role", "base"), ("file", concepts))).Detail.ShouldContain("\"stored\":1");
        using (var answer = await client.GetAsync("/studies/nosuch/export/attention"))
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using (var answer = await client.GetAsync("/studies/s/export/attributions"))
            ((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errorClass"]!).ShouldBe("export-request");
        client.DefaultRequestHeaders.Authorization = null; // on loopback everyone may read
        using (var answer = await client.GetAsync("/studies/s/export/feed-forward?model=m"))
        {
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/tab-separated-values");
            (await answer.Content.ReadAsStringAsync()).ShouldBe(concepts);
        }

        NothingIsLeft();
    }

    public void Dispose() => scratch.Dispose();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Same(string found, string expected) => File.ReadAllBytes(found).AsSpan().SequenceEqual(File.ReadAllBytes(expected)).ShouldBeTrue(found);

    private void SameFiles(IEnumerable<string> files)
    {
        foreach (var file in files)
            Same(scratch.At($"cluster/{file}"), scratch.At($"here/{file}"));
    }

    private async Task<ClusterScene> ServeAsync()
    {
        var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["Orchestrator__Uploads"] = scratch.At("uploads");
        server = (await cluster.ServeAsync()).ToString();
        return cluster;
    }

    private void NothingIsLeft() => Directory.EnumerateFileSystemEntries(scratch.At("uploads")).ShouldBeEmpty();

    /// <summary>Does the same on this machine and on the cluster, which must say the same.</summary>
    private async Task<CommandResult> SameAsync(int code, params string[] arguments)
    {
        var here = (await InterpretProcess.RunAsync(scratch.At("here"), arguments)).ShouldExitWith(code);
        var there = (await InterpretProcess.RunAsync(scratch.At("cluster"), [.. arguments, "--server", server])).ShouldExitWith(code);
        there.Output.ShouldBe(here.Output);
        if (!here.Error.Contains("[state-missing]"))
            Untimed(there.Error).ShouldBe(Untimed(here.Error));
        return there;
    }

    private static string Untimed(string text) => Seconds().Replace(text, "in some time");

    [GeneratedRegex(@"in \d+\.\d s")]
    private static partial Regex Seconds();
}
