using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Interpret.Cli;
using Interpret.Pages.Prompts;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>The orchestrator's HTTP API, and the command line as its client.</summary>
public sealed class When_a_cluster_is_asked_over_HTTP : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_study_is_submitted_watched_and_reported_from_the_command_line()
    {
        var file = SampleStudy.Write(scratch, "asked", [.. SampleStudy.RowsOfEachGroup(1), SampleStudy.BadRow], maxNewTokens: 2, words: true, ownModels: true);
        await using var cluster = await ClusterScene.OpenAsync();
        var server = (await cluster.ServeAsync()).ToString();
        Task<CommandResult> Interpret(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("client"), [.. arguments, "--server", server]);

        // The models are known from the checkpoints beside the study; no worker is there yet.
        var submitted = (await Interpret("submit", file)).ShouldExitWith(ExitCodes.Parked); // one row is set aside
        submitted.Output.Trim().ShouldBe("asked");
        submitted.Error.ShouldContain("rejected: dataset.tsv: row");
        (await Interpret("submit", file)).ShouldExitWith(ExitCodes.Parked).Error.ShouldContain("known already");
        (await Interpret("status", "asked")).ShouldExitWith(ExitCodes.Done).Output.ShouldContain("explain-asked-base: ");

        foreach (var (role, checkpoint) in new[] { ("base", SampleStudy.BaseCheckpoint), ("tuned", SampleStudy.TunedCheckpoint) })
            cluster.StartWorker(new Contracts.StudyModel($"asked-{role}", "tiny", Contracts.ModelRole.Base, checkpoint));
        (await Interpret("watch", "asked")).ShouldExitWith(ExitCodes.Parked).Error.ShouldContain("1 units parked");
        var workers = JsonNode.Parse((await Interpret("workers", "--format", "json")).ShouldExitWith(ExitCodes.Done).Output)!.AsArray();
        workers.Select(worker => (string)worker!["model"]!).ShouldContain("asked-base");
        var failures = (await Interpret("failures", "asked")).ShouldExitWith(ExitCodes.Done).Output;
        failures.ShouldContain("span-not-in-prompt (1)");
        failures.ShouldNotContain("/tmp");

        (await Interpret("report", "asked", "all", "--out", scratch.At("from-cluster"))).ShouldExitWith(ExitCodes.Done);
        (await InterpretProcess.RunAsync(scratch.At("alone"), "run", file, "--out", scratch.At("from-here"))).ShouldExitWith(ExitCodes.Parked);
        var tables = Directory.GetFiles(scratch.At("from-here"), "table*").Order(StringComparer.Ordinal).ToList();
        tables.Count.ShouldBe(3 * 7); // a file for each format
        foreach (var table in tables)
            (await File.ReadAllTextAsync(Path.Combine(scratch.At("from-cluster"), Path.GetFileName(table))))
                .ShouldBe(await File.ReadAllTextAsync(table), Path.GetFileName(table));

        // Documents and prompts come through the orchestrator as a command beside the rows writes them.
        var reports = new StudyReports(cluster.Storage);
        foreach (var report in (string[])[StudyReports.Everything, "table2"])
        {
            var document = await reports.DocumentAsync("asked", report, null);
            foreach (var format in DocumentFormats.All)
            {
                var written = scratch.At($"{report}.{format.Extension}");
                string[] asked = ["report", "asked", report, "--format", format.Name];
                (await Interpret([.. asked, "--out", written])).ShouldExitWith(ExitCodes.Done);
                (await File.ReadAllBytesAsync(written)).ShouldBe(format.Render(document), written);
                (await Interpret([.. asked, "--verify", written])).ShouldExitWith(ExitCodes.Done);
            }
        }

        var prompt = SampleStudy.Id(SampleStudy.RowsOfEachGroup(1).First());
        (await Interpret("report", "asked", "prompt", prompt, "--out", scratch.At("prompt.html"))).ShouldExitWith(ExitCodes.Done);
        (await File.ReadAllBytesAsync(scratch.At("prompt.html"))).ShouldBe(await PromptFile.RenderAsync(cluster.Storage, "asked", prompt));
        (await Interpret("report", "asked", "prompt", "nobody_1")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("prompt-unknown");
    }

    [Fact]
    public async Task Cancel_resume_and_retry_reach_the_units()
    {
        var file = SampleStudy.Write(scratch, "stopped", SampleStudy.Rows.Take(3), rated: false, ownModels: true);
        await using var cluster = await ClusterScene.OpenAsync();
        var server = (await cluster.ServeAsync()).ToString();
        async Task<string> Say(params string[] arguments) =>
            (await InterpretProcess.RunAsync(scratch.At("client"), [.. arguments, "--server", server])).ShouldExitWith(ExitCodes.Done).Error;

        await Say("submit", file);
        (await Say("cancel", "stopped")).ShouldContain("6 units cancelled");
        (await cluster.Ledger.ProgressAsync("stopped")).IsEnded.ShouldBeTrue();
        (await Say("resume", "stopped")).ShouldContain("6 units go on");
        (await Say("retry", "stopped")).ShouldContain("0 units will be tried again");
    }

    [Fact]
    public async Task The_texts_of_templates_go_with_their_study()
    {
        var file = SampleStudy.Write(scratch, "sent", SampleStudy.Rows.Take(1), rated: false, ownModels: true);
        scratch.Write("sent/a/turns.txt", "[{prompt}]");
        scratch.Write("sent/b/turns.txt", "({prompt})");
        var study = JsonNode.Parse(File.ReadAllText(file))!;
        study["models"]![0]!["template"] = "a/turns.txt";
        study["models"]![1]!["template"] = "b/turns.txt";
        File.WriteAllText(file, study.ToJsonString());
        await using var cluster = await ClusterScene.OpenAsync();
        var server = (await cluster.ServeAsync()).ToString();
        (await InterpretProcess.RunAsync(scratch.At("client"), "submit", file, "--server", server)).ShouldExitWith(ExitCodes.Done);
        await using var context = cluster.Storage.CreateDbContext();
        Contracts.StudyDefinition.FromJson(context.Studies.Single(one => one.Id == "sent").Definition).Models.Select(model => model.Template)
            .ShouldBe([new("turns.txt", "[{prompt}]"), new("turns.txt", "({prompt})")]);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_with_its_reason()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        async Task<(HttpStatusCode Status, string Detail)> Post(string path, HttpContent? content)
        {
            using var answer = await client.PostAsync(path, content);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            return (answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!);
        }

        var study = $$"""{ "models": [ { "name": "nobody", "role": "base", "checkpoint": "/nowhere" } ], "dataset": "data.tsv", "name": "refused" }""";
        var models = """{ "nobody": { "layers": 2, "heads": 2, "contentHash": "a" } }""";
        var dataset = $"{SampleStudy.DatasetHeader}\n{SampleStudy.Rows[0]}\n";

        (await Post("/studies", Form(("study", study)))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "guess");
        (await Post("/studies", Form(("study", study)))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);

        using (var wrong = await client.PostAsync("/studies", new StringContent("{}", Encoding.UTF8, "application/json")))
            wrong.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await Post("/studies/nosuch/cancel", null)).ShouldBe((HttpStatusCode.NotFound, "nosuch: expected a study, found no study of that name"));
        var badRequests = new (HttpContent Content, string Detail)[]
        {
            (Form(("dataset", dataset)), "expected a part with the study file, found none"),
            (Form(("study", "{ nonsense")), "study.json: line 1"),
            (Form(("study", study)), "dataset: expected a part \"dataset\" with data.tsv, found none"),
            (Form(("study", study), ("dataset", dataset), ("ratings", "x")), "expected only files that the study names, found a part \"ratings\""),
            (Form(("study", study), ("dataset", dataset), ("poem", "x")), "found poem"),
            (Form(("study", study), ("dataset", dataset), ("template", "{prompt}")), "expected only files that the study names, found a part \"template\""),
            (Form(("study", study.Replace("\"/nowhere\"", "\"/nowhere\", \"template\": \"turns.txt\"", StringComparison.Ordinal)), ("dataset", dataset)),
                "template: expected a part \"template\" with turns.txt, found none"),
            (Form(("study", study), ("dataset", dataset), ("dataset", dataset)), "expected one part of this name"),
            (Form(("study", study), ("dataset", "nonsense\n"), ("models", models)), "data.tsv: "),
            (Form(("study", study), ("dataset", dataset), ("models", "[]")), "expected an object"),
            (Form(("study", study), ("dataset", dataset)),
                "model nobody: expected its checkpoint beside the study file, a registered model, or a worker that hosts it or did, found none of these"),
            (Form(("study", study), ("dataset", dataset), ("models", """{ "nobody": { "layers": 2147483647, "heads": 2 } }""")), "found 2147483647 layers"),
            (Form(("study", study), ("dataset", dataset), ("models", """{ "nobody": null }""")), "found null"),
            (Form(("study", study), ("dataset", dataset), ("models", models), ("priority", "high")), "priority: expected a whole number"),
        };
        foreach (var (content, detail) in badRequests)
        {
            var (status, said) = await Post("/studies", content);
            status.ShouldBe(HttpStatusCode.BadRequest, said);
            said.ShouldContain(detail);
            said.ShouldNotContain("/tmp");
        }

        using (var made = await client.PostAsync("/studies", Form(("study", study), ("dataset", dataset), ("models", models))))
            made.StatusCode.ShouldBe(HttpStatusCode.Created);
        using (var again = await client.PostAsync("/studies", Form(("study", study), ("dataset", dataset), ("models", models))))
            again.StatusCode.ShouldBe(HttpStatusCode.OK);
        var objects = "{\"id\": \"a\", \"prompt\": \"Do it\", \"topic\": 1}\n{\"id\": \"b\"}\n";
        using (var made = await client.PostAsync("/studies", Form(("study", study.Replace("refused", "objects")), ("dataset", objects), ("models", models))))
        {
            var answer = JsonNode.Parse(await made.Content.ReadAsStringAsync())!;
            made.StatusCode.ShouldBe(HttpStatusCode.Created, answer.ToJsonString());
            ((string?)answer["rejected"]![0], (string?)answer["notes"]![0]).ShouldBe(
                ("data.tsv: row 2, prompt: expected either prompt or messages, found neither [bad-field]", "data.tsv: passed over: the key topic"));
        }

        (await Post("/studies",
            Form(("study", study), ("dataset", $"{SampleStudy.DatasetHeader}\n{SampleStudy.Rows[1]}\n"), ("models", models)))).Status.ShouldBe(
            HttpStatusCode.Conflict);
        (await Post("/studies", Form(("study", study), ("dataset", dataset), ("models", models.Replace("\"a\"", "\"b\""))))).Status.ShouldBe(
            HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Questions_for_reports_are_handed_on_with_their_token_and_answers_come_back_as_they_are()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var reports = builder.Build();
        reports.MapGet("/studies/moved/reports", () => Results.Redirect("/studies/s/reports/table1"));
        reports.MapGet(
            "/studies/{study}/reports/{name}",
            (HttpRequest asked) => Results.Text($"{asked.Host} {asked.Path}{asked.QueryString} {asked.Headers.Authorization}", "text/csv"));
        await reports.StartAsync();
        var address = new Uri(reports.Urls.Single());
        await using var cluster = await ClusterScene.OpenAsync();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = await cluster.ServeAsync(address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        client.DefaultRequestHeaders.Host = "localhost";

        using (var answer = await client.GetAsync("/studies/a%20b/reports/table1?tuned=x%26y&format=csv"))
        {
            (await answer.Content.ReadAsStringAsync())
                .ShouldBe($"{address.Authority} /studies/a%20b/reports/table1?tuned=x%26y&format=csv Bearer {InterpretProcess.Token}");
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        }

        using (var answer = await client.GetAsync("/studies/moved/reports"))
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, "whom to follow is the caller's to say");
        using (var answer = await client.GetAsync("/studies/s/nonsense"))
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await reports.StopAsync();
        using (var answer = await client.GetAsync("/studies/s/reports"))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            ((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!)
                .ShouldContain($"The reports service at {address.GetLeftPart(UriPartial.Authority)} cannot be reached: Connection refused");
        }
    }

    [Fact]
    public async Task Its_answers_are_described_by_an_OpenAPI_document()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        var paths = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!["paths"]!.AsObject();
        var operations = paths.SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key} {path.Key}")).Order(StringComparer.Ordinal);
        operations.ShouldBe([
            "delete /models/{model}", "delete /studies/{study}", "delete /tokens/{token}",
            "get /audit", "get /models", "get /queues", "get /queues/{queue}", "get /studies", "get /studies/{study}", "get /studies/{study}/annotation", "get /studies/{study}/annotation/quota",
                "get /studies/{study}/export/{kind}", "get /studies/{study}/failures", "get /studies/{study}/reports", "get /studies/{study}/reports/{name}",
                "get /studies/{study}/units", "get /tokens", "get /workers",
            "post /login", "post /studies", "post /studies/{study}/annotation", "post /studies/{study}/annotation/pause", "post /studies/{study}/annotation/quota", "post /studies/{study}/archive", "post /studies/{study}/cancel", "post /studies/{study}/import/{kind}",
                "post /studies/{study}/priority", "post /studies/{study}/resume", "post /studies/{study}/retry", "post /tokens/{token}", "post /workers/{worker}/drain",
            "put /models/{model}",
        ]);
        foreach (var (path, methods) in paths)
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                (operation!["security"] is not null).ShouldBe(method != "get", $"{method} {path}"); // whoever changes something shows the token
                var named = (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string)parameter!["in"]! == "path").Select(parameter => $"{{{parameter!["name"]}}}");
                path.Split('/').Where(part => part.StartsWith('{')).ShouldBe(named, ignoreOrder: true, $"{method} {path}");
            }
        }
    }

    [Fact]
    public async Task A_token_is_kept_for_its_server_and_goes_to_no_other()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var server = (await cluster.ServeAsync()).ToString();
        var shown = new List<string?>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var other = builder.Build();
        other.MapFallback(context =>
        {
            shown.Add(context.Request.Headers.Authorization);
            return context.Response.WriteAsync("[]");
        });
        await other.StartAsync(TestContext.Current.CancellationToken);
        async Task<CommandResult> Say(string? input, params string[] arguments)
        {
            using var process = InterpretProcess.StartWith(
                [("INTERPRET_TOKEN", ""), ("XDG_CONFIG_HOME", scratch.At("config"))], scratch.At("client"), input, arguments);
            return await process.EndAsync();
        }

        (await Say(null, "workers", "drain", "nobody", "--server", server)).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("interpret login http://127.0.0.1");
        (await Say("guess\n", "login", server)).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("does not take this token");
        (await Say($"{InterpretProcess.Token}\n", "login", server)).ShouldExitWith(ExitCodes.Done);
        var kept = scratch.At("config/interpret/servers.json");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(kept).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await Say(null, "workers", "drain", "nobody", "--server", server)).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("[worker-unknown]");
        (await Say(null, "status", "--server", other.Urls.First())).ShouldExitWith(ExitCodes.Done);
        shown.ShouldBe([null]);
        (await Say(null, "logout", server)).ShouldExitWith(ExitCodes.Done);
        (await File.ReadAllTextAsync(kept)).ShouldBe("{}");
    }

    [Fact]
    public async Task Models_are_registered_units_looked_at_and_studies_deleted()
    {
        var file = SampleStudy.Write(scratch, "operated", SampleStudy.Rows.Take(3), rated: false, ownModels: true);
        await using var cluster = await ClusterScene.OpenAsync();
        var server = (await cluster.ServeAsync()).ToString();
        async Task<CommandResult> Say(int exit, params string[] arguments) =>
            (await InterpretProcess.RunAsync(scratch.At("client"), [.. arguments, "--server", server])).ShouldExitWith(exit);

        (await Say(ExitCodes.Done, "models", "add", "operated-base", "--checkpoint", SampleStudy.BaseCheckpoint)).Error.ShouldContain("layers of");
        (await Say(ExitCodes.Done, "models")).Output.ShouldContain("registration");
        await Say(ExitCodes.Done, "submit", file, "--priority", "2");
        (await Say(ExitCodes.Usage, "submit", file, "--priority", "high")).Error.ShouldContain("high");
        (await Say(ExitCodes.Done, "status", "operated")).Output.ShouldContain("no worker takes from explain-operated-base: start one");
        (await Say(ExitCodes.Done, "units", "operated", "--running")).Output.ShouldContain("queued");
        (await Say(ExitCodes.BadInput, "delete", "operated", "--yes")).Error.ShouldContain("interpret cancel operated");
        (await Say(ExitCodes.BadInput, "priority", "operated", "99")).Error.ShouldContain("from -10 to 10");
        await Say(ExitCodes.Done, "priority", "operated", "0");
        await Say(ExitCodes.Done, "cancel", "operated");
        (await Say(ExitCodes.BadInput, "retry", "operated")).Error.ShouldContain("interpret resume operated");
        (await Say(ExitCodes.Done, "delete", "operated", "--yes")).Error.ShouldContain("deleted");
        (await Say(ExitCodes.BadInput, "status", "operated")).Error.ShouldContain("[study-unknown]");
        await Say(ExitCodes.Done, "models", "remove", "operated-base");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_apart_from_one_that_refuses()
    {
        var nowhere = $"http://127.0.0.1:{FreePorts.Find(1)[0]}";
        (await InterpretProcess.RunAsync(scratch.At("client"), "status", "--server", nowhere))
            .ShouldExitWith(ExitCodes.Unreachable).Error.ShouldContain(nowhere);
        (await InterpretProcess.RunAsync(scratch.At("client"), "submit", SampleStudy.Write(scratch, "s", SampleStudy.Rows.Take(1))))
            .ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("INTERPRET_SERVER");
        (await InterpretProcess.RunAsync(scratch.At("client"), "run", "study.json", "--server", nowhere))
            .ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("this machine");
        (await InterpretProcess.RunAsync(scratch.At("client"), "status", "--server", "nonsense"))
            .ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("http or https");
    }

    private static MultipartFormDataContent Form(params (string Part, string Text)[] parts)
    {
        var form = new MultipartFormDataContent();
        foreach (var (part, text) in parts)
        {
            if (part is "study" or "models")
                form.Add(new StringContent(text), part);
            else
                form.Add(new StringContent(text), part, "data.tsv");
        }

        return form;
    }

    public void Dispose() => scratch.Dispose();
}
