using System.Text.Json;
using System.Xml.Linq;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Acceptance.Tests;

public sealed class When_annotations_come_in_and_go_out : IDisposable
{
    private const string Columns = "Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n";
    private const string Summary = "Explainable\tTokens\tSummary\t" + Columns;
    private const string Dates = "m\t7B\t1\tFFN\t0\t1\t0.5000\tMay|||June\n";
    private const string Noise = "m\t7B\t1\tFFN\t0\t2\t0.2500\tx|||y\n";
    private const string Verbs = "m\t7B\t0\tFFN\t0\t1\t0.1250\trun|||eat|||/ta\n";
    private const string Other = "n\t7B\t0\tFFN\t0\t1\t0.1250\tsun\n";
    private const string OfDates = "1\tWords: May, June.\tdates.\t" + Dates;
    private const string OfNoise = "0\tWords: x, y.\tI Cannot Tell.\t" + Noise;
    private const string OfVerbs = "1\tWords: run, eat, /ta.\t\"quoted\" verbs\t" + Verbs;
    private const string OfOther = "1\tWords: sun.\tstars\t" + Other;

    private const string Summaries = Summary + OfDates + OfNoise + OfVerbs + OfOther;
    private const string Tasks = "Task\t" + Summary + "daily writing; Coding\t" + OfDates + "None\t" + OfVerbs + "None\t" + OfOther;
    private const string Levels = "Concept\t" + Summary + "Semantic.\t" + OfDates + "It is Syntax\t" + OfVerbs + "Semantic\t" + OfOther;

    private readonly Scratch scratch = new();

    [Fact]
    public async Task The_original_s_files_come_out_as_they_went_in()
    {
        await ConceptsAsync();
        var files = new[] { File("linear_concept_seed0.tsv", Levels), File("linear_seed0.tsv", Summaries), File("linear_task_seed0.tsv", Tasks),
            File("linear_seed1.tsv", Summaries) };
        var result = (await ImportAsync("m", "base", files)).ShouldExitWith(0);
        result.Error.ShouldContain("3 summaries of pass 1 of m (base) in 2 layers, 0 parked");
        result.Error.ShouldContain("2 task labels of pass 1 of m (base)");
        result.Error.ShouldContain("left alone: 1 rows of n 7B");
        (await ImportAsync("n", "tuned", files)).ShouldExitWith(0);

        var rows = await RowsAsync();
        rows.ConvertAll(a => $"{a.Model} {a.Pass} {a.Layer} {a.Rank} {a.Interpretable} {a.TaskText ?? "-"} {string.Join('+', a.Tasks)} {a.LinguisticText ?? "-"} {a.Linguistic ?? "-"}").ShouldBe(
        [
            "m 1 0 1 True None  It is Syntax -", "m 1 1 1 True daily writing; Coding daily writing+coding Semantic. semantic", "m 1 1 2 False -  - -",
            "m 2 0 1 True -  - -", "m 2 1 1 True -  - -", "m 2 1 2 False -  - -",
            "n 1 0 1 True None  Semantic semantic", "n 2 0 1 True -  - -",
        ]);
        rows.ShouldAllBe(a => !a.Rehearsal && a.ChatModel == "");
        rows[0].Summary.ShouldBe("\"quoted\" verbs");

        (await AskAsync("export", "annotations", "--study", "labels", "--out", scratch.At("out")))
            .ShouldExitWith(0).Error.ShouldContain("linear_task_seed0.tsv");
        Directory.EnumerateFiles(scratch.At("out")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ShouldBe(
            ["linear_concept_seed0.tsv", "linear_seed0.tsv", "linear_seed1.tsv", "linear_task_seed0.tsv"]); // pass 2 has no labels
        foreach (var file in files) Read($"out/{Path.GetFileName(file)}").ShouldBe(System.IO.File.ReadAllText(file));

        (await AskAsync("export", "annotations", "--study", "labels", "--model", "n", "--pass", "2", "--out", scratch.At("part"))).ShouldExitWith(0);
        Read("part/linear_seed1.tsv").ShouldBe(Summary + OfOther);
    }

    [Fact]
    public async Task Rows_that_fit_no_concept_or_summary_are_parked_by_file_and_row()
    {
        await ConceptsAsync();
        var summaries = File("linear_seed0.tsv", Summary + OfDates + OfVerbs.Replace("eat|||", "")
            + "1\tWords: x, y.\tcannot tell\t" + Noise + OfNoise.Replace("\t2\t", "\t9\t") + OfNoise.Replace("\t0\t2", "\t2"));
        var result = (await ImportAsync("m", "base", summaries)).ShouldExitWith(1);
        result.Error.ShouldContain($"{summaries}: row 3: expected the words that layer 0, rank 1 has in the study, found others [concept-differs]");
        result.Error.ShouldContain($"{summaries}: row 4: expected Explainable 0, found \"1\" [wrong-explainable]");
        result.Error.ShouldContain($"{summaries}: row 5: expected a concept that the study has, found layer 1, rank 9 of m [concept-missing]");
        result.Error.ShouldContain($"{summaries}: row 6: expected 10 tabs, found 9 [wrong-columns]");

        var labels = File(
            "linear_task_seed0.tsv", "Task\t" + Summary + "coding\t" + OfDates.Replace("dates", "data") + "coding\t" + OfVerbs + "coding\t" + OfNoise);
        result = (await ImportAsync("m", "base", labels)).ShouldExitWith(1);
        result.Error.ShouldContain($"{labels}: row 2: expected the summary that layer 1, rank 1 has in pass 1, \"dates.\", found \"data.\" [summary-differs]");
        result.Error.ShouldContain(
            $"{labels}: row 3: expected a concept with a summary in pass 1: import its file as well, found layer 0, rank 1 [summary-missing]");
        result.Error.ShouldContain("row 4: expected a label of a concept that has a summary, found one of \"I Cannot Tell.\" [not-interpretable]");
        var failures = JsonDocument.Parse((await AskAsync("failures", "labels", "--format", "json")).Output).RootElement.EnumerateArray().ToList();
        failures.Count.ShouldBe(7);
        failures.ShouldContain(
            failure => failure.GetProperty("subject").GetString() == "linear_task_seed0.tsv, row 2"
            && failure.GetProperty("stage").GetString() == "task-label");

        File("linear_seed0.tsv", Summaries);
        File("linear_task_seed0.tsv", Tasks);
        (await ImportAsync("m", "base", summaries, labels)).ShouldExitWith(0);
        (await AskAsync("failures", "labels", "--format", "json")).Output.Trim().ShouldBe("[]");
    }

    [Fact]
    public async Task A_pass_that_comes_again_replaces_what_was_there()
    {
        await ConceptsAsync();
        (await ImportAsync("m", "base", File("linear_seed0.tsv", Summaries), File("linear_task_seed0.tsv", Tasks), File("linear_concept_seed0.tsv", Levels)))
            .ShouldExitWith(0);
        // New labels of layer 1 leave layer 0, and the other question's answers.
        (await ImportAsync("m", "base", File("linear_task_seed0.tsv", "Task\t" + Summary + "translation\t" + OfDates))).ShouldExitWith(0);
        (await RowsAsync()).ConvertAll(a => $"{a.TaskText ?? "-"} {a.LinguisticText ?? "-"}").ShouldBe(["None It is Syntax", "translation Semantic.", "- -"]);
        // New summaries take the labels with them.
        (await ImportAsync("m", "base", File("x.tsv", Summary + OfDates.Replace("dates", "months")), "--pass", "1")).ShouldExitWith(0);
        (await RowsAsync()).ConvertAll(a => $"{a.Summary} {a.TaskText ?? "-"} {a.LinguisticText ?? "-"}")
            .ShouldBe(["\"quoted\" verbs None It is Syntax", "months. - -"]);
    }

    [Fact]
    public async Task What_cannot_be_told_is_refused_before_anything_is_stored()
    {
        var summaries = File("linear_seed0.tsv", Summaries);
        (await ImportAsync("m", "base", summaries))
            .ShouldExitWith(3).Error.ShouldContain(
            "labels: model m: expected the concepts that are annotated, found none. Import them first: interpret import feed-forward");
        await ConceptsAsync();
        (await ImportAsync("m", "base", File("x.tsv", Summaries)))
            .ShouldExitWith(3).Error.ShouldContain(
            "x.tsv: expected a name that ends in seedN.tsv, of pass N + 1, found another. Say the pass: --pass N [pass-unknown]");
        (await ImportAsync("m", "base", summaries, File("y/linear_seed0.tsv", Summaries)))
            .ShouldExitWith(3).Error.ShouldContain("expected one file of the summary of pass 1");
        (await ImportAsync("m", "base", File("linear_words_seed0.tsv", Columns + Dates)))
            .ShouldExitWith(3).Error.ShouldContain("row 1: expected Explainable<tab>Tokens<tab>Summary<tab>Model");
        (await ImportAsync("m", "base", summaries, "--pass", "0")).ShouldExitWith(2);
        (await RowsAsync()).ShouldBeEmpty();
        (await AskAsync("export", "annotations", "--study", "labels"))
            .ShouldExitWith(3).Error.ShouldContain("labels: expected annotations, found none [annotation-missing]");
        (await AskAsync("report", "labels", "table5")).ShouldExitWith(3).Error.ShouldContain("labels: table5 of m and n: expected annotations of both models, found none of m and n. Annotate the study's concepts, or import their annotations");
    }

    [Fact]
    public async Task Table_5_and_figure_3_are_made_of_them()
    {
        await ConceptsAsync();
        string[] files = [File("linear_seed0.tsv", Summaries), File("linear_task_seed0.tsv", Tasks), File("linear_concept_seed0.tsv", Levels)];
        (await ImportAsync("m", "base", files)).ShouldExitWith(0);
        (await ImportAsync("n", "tuned", files)).ShouldExitWith(0);
        var table = JsonDocument.Parse((await AskAsync("report", "labels", "table5", "--format", "json")).ShouldExitWith(0).Output).RootElement.EnumerateArray()
            .ToDictionary(row => row.GetProperty("category").GetString()!);
        table["writing"].GetProperty("mean").EnumerateArray().Select(mean => mean.GetDouble()).ShouldBe([0.5, 0]);
        table["uninterpretable"].GetProperty("mean").EnumerateArray().Select(mean => mean.GetDouble()).ShouldBe([1 / 3.0, 0]);

        var svg = (await AskAsync("report", "labels", "figure3")).ShouldExitWith(0).Output;
        XDocument.Parse(svg).Root!.Name.LocalName.ShouldBe("svg");
        (await AskAsync("report", "labels", "figure3", "--out", scratch.At("f/figure.svg"))).ShouldExitWith(0).Output.ShouldBeEmpty();
        Read("f/figure.svg").ShouldBe(svg);
        (await AskAsync("report", "labels", "figure3", "--format", "csv")).ShouldExitWith(0).Output.ShouldContain("syntax,0-3,1,1,0.5,0,0,0\r\n");
        (await AskAsync("report", "labels", "figure3", "--out", scratch.At("figure.gif")))
            .ShouldExitWith(3).Error.ShouldContain("expected a name that ends in .svg, .png or .pdf, found .gif");

        (await AskAsync("report", "labels", "all", "--out", scratch.At("report"))).ShouldExitWith(0);
        Directory.EnumerateFiles(scratch.At("report")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ShouldBe(
            ["figure3.all.tex", "figure3.all.txt", "figure3.csv", "figure3.json", "figure3.md", "figure3.svg", "figure3.tex", "figure3.txt", "report.md", "table5.all.tex",
                "table5.all.txt", "table5.csv", "table5.json", "table5.md", "table5.tex", "table5.txt"]);
        Read("report/report.md").ShouldContain("![Figure 3](<figure3.svg>)");
        Read("report/figure3.svg").ShouldBe(svg);
    }

    [Fact]
    public async Task A_figure_becomes_PNG_and_PDF()
    {
        await ConceptsAsync();
        string[] files = [File("linear_seed0.tsv", Summaries), File("linear_concept_seed0.tsv", Levels)];
        await ImportAsync("m", "base", files);
        await ImportAsync("n", "tuned", files);
        (await AskAsync("report", "labels", "figure3", "--out", scratch.At("figure.png"))).ShouldExitWith(0);
        (await AskAsync("report", "labels", "figure3", "--out", scratch.At("figure.PDF"))).ShouldExitWith(0);
        System.IO.File.ReadAllBytes(scratch.At("figure.png"))[..4].ShouldBe([0x89, (byte)'P', (byte)'N', (byte)'G']);
        System.IO.File.ReadAllBytes(scratch.At("figure.PDF"))[..5].ShouldBe("%PDF-"u8.ToArray());
    }

    [Fact]
    public async Task Rehearsed_annotations_are_reported_as_such_and_never_exported()
    {
        await ConceptsAsync();
        var scene = await StudyScene.OpenAsync(scratch.At("state"), "labels");
        await using (var context = scene.State.Storage.CreateDbContext())
        {
            await context.UpsertAsync(new[] { "m", "n" }.Select(model => new AnnotationRow
            {
                StudyId = "labels",
                Model = model,
                Rehearsal = true,
                Pass = 1,
                Layer = 0,
                Rank = 1,
                ChatModel = "rehearsal",
                Summary = "s",
                Interpretable = true,
                TaskText = "None",
                Tasks = [],
                LinguisticText = "Syntax",
            }));
        }

        (await AskAsync("report", "labels", "table5")).ShouldExitWith(0).Output.ShouldStartWith("Table 5 (rehearsal)\nRehearsal: ");
        (await AskAsync("report", "labels", "figure3")).ShouldExitWith(0).Output.ShouldContain(">REHEARSAL<");
        (await AskAsync("export", "annotations", "--study", "labels"))
            .ShouldExitWith(3).Error.ShouldContain("found rehearsed ones only, which are not exported");
        await ImportAsync("m", "base", File("linear_seed0.tsv", Summaries));
        (await AskAsync("report", "labels", "table5")).ShouldExitWith(3).Error.ShouldContain("expected real annotations of both models, found none of n");
    }

    public void Dispose() => scratch.Dispose();

    private string File(string name, string text) => scratch.Write(name, text);

    private string Read(string name) => System.IO.File.ReadAllText(scratch.At(name));

    private async Task ConceptsAsync()
    {
        var scene = await StudyScene.OpenAsync(scratch.At("state"), "labels");
        await using var context = scene.State.Storage.CreateDbContext();
        await context.UpsertAsync([new StudyRow { Id = "labels", Definition = "{}", ContentHash = "", Status = StudyStatus.Active }]);
        await context.UpsertAsync([
            new ModelRow { StudyId = "labels", Name = "m", Role = Roles.Base, Size = "7B" },
            new ModelRow { StudyId = "labels", Name = "n", Role = Roles.Tuned, Size = "7B", Position = 1 }]);
        await context.UpsertAsync(
            [Concept("m", 1, 1, 0.5, "May", "June"), Concept("m", 1, 2, 0.25, "x", "y"), Concept("m", 0, 1, 0.125, "run", "eat", "\\ta"),
            Concept("n", 0, 1, 0.125, "sun")]);

        static ConceptRow Concept(string model, int layer, int rank, double score, params List<string> words) =>
            new() { StudyId = "labels", Model = model, Layer = layer, Rank = rank, Score = score, Words = words };
    }

    private async Task<List<AnnotationRow>> RowsAsync()
    {
        var scene = await StudyScene.OpenAsync(scratch.At("state"), "labels");
        await using var context = scene.State.Storage.CreateDbContext();
        return await context.Annotations.AsNoTracking().OrderBy(a => a.Model).ThenBy(a => a.Pass).ThenBy(a => a.Layer).ThenBy(a => a.Rank).ToListAsync();
    }

    private Task<CommandResult> ImportAsync(string model, string role, params string[] files) =>
        AskAsync(["import", "annotations", .. files, "--study", "labels", "--model", model, "--role", role]);

    private Task<CommandResult> AskAsync(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("state"), arguments);
}
