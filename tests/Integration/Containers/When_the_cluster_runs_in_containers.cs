using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interpret.Cli;
using Interpret.Contracts;
using Interpret.Rehearsal;

namespace Interpret.Integration.Tests.Containers;

/// <summary>docker-compose.yml as operators run it: the sample study comes out of its containers as it comes out of one process.</summary>
[Collection("containers")]
[CollectionDefinition("containers", DisableParallelization = true)]
public sealed class When_the_cluster_runs_in_containers : IDisposable
{
    private const string Study = "demo";
    private const string Rehearsal = "http://rehearsal:8089/v1"; // as the other services reach it
    private static readonly string[] Own = ["orchestrator", "reports", "worker-base", "worker-tuned", "annotator-rehearsal", "rehearsal"];

    private readonly Scratch scratch = new();

    [Fact]
    public async Task The_sample_study_comes_out_as_in_one_process_though_workers_are_killed_and_services_restarted()
    {
        await using var cluster = await ContainerScene.OpenAsync(scratch);
        var file = Part();
        await cluster.ComposeAsync("up", "-d", "--no-build", "--scale", "worker-tuned=3");
        await cluster.UntilHealthyAsync();
        await ShouldDoLittleAsync(cluster);

        await InterpretAsync(cluster, "submit", file);
        var killed = await KillAsync(cluster);
        await cluster.ComposeAsync("up", "-d", "--no-build", "--scale", "worker-tuned=2");
        var alone = AloneAsync(file);
        await InterpretAsync(cluster, "watch", Study);
        (await cluster.QueryAsync(Units("""u."Status" <> 'done'"""))).ShouldBe(["0"]);
        // What the killed worker had is done a second time; what the third was told to leave has lost no attempt.
        (await cluster.QueryAsync("""SELECT u."Id" FROM work_units u WHERE u."Attempts" > 1 ORDER BY 1""")).ShouldBe(killed, ignoreOrder: true);

        await InterpretAsync(cluster, "annotate", Study, "--passes", "1", "--endpoint", Rehearsal, "--wait");
        await alone;
        await ShouldReportTheSameAsync(cluster, "after-the-run");

        await ShouldEndAtOnceAsync(cluster);
        await cluster.ComposeAsync("up", "-d", "--no-build");
        await cluster.UntilHealthyAsync();
        (await InterpretAsync(cluster, "submit", file)).Error.ShouldContain("known already");
        (await InterpretAsync(cluster, "annotate", Study, "--passes", "1", "--endpoint", Rehearsal, "--wait")).Error.ShouldContain("0 work units added");
        await ShouldReportTheSameAsync(cluster, "after-the-second-start");

        await cluster.ComposeAsync("down", "-v");
        (await cluster.LeftAsync()).ShouldBe("");
    }

    /// <summary>Every fifth prompt of the sample study, and the first concepts of each layer: enough to kill a worker amid a unit.</summary>
    private string Part()
    {
        var samples = Path.Combine(SampleStudy.Root, "samples");
        var study = JsonNode.Parse(
            File.ReadAllText(Path.Combine(samples, "study.json")), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
        foreach (var key in new[] { "ratings", "vocabulary", "vectors" })
            study[key] = Path.Combine(samples, (string)study[key]!);
        foreach (var model in study["models"]!.AsArray())
            model!["checkpoint"] = Path.Combine(samples, (string)model["checkpoint"]!);
        study["feedForward"]!["ranks"] = 8;
        scratch.Write("study/dataset.tsv", string.Join('\n', [.. File.ReadLines(Path.Combine(samples, "dataset.tsv")).Where((_, row) => row % 5 == 0), ""]));
        return scratch.Write("study/study.json", study.ToJsonString());
    }

    private static string Units(string which) => $"SELECT count(*) FROM work_units u WHERE {which}";

    private async Task<CommandResult> InterpretAsync(ContainerScene cluster, params string[] arguments)
    {
        using var process = InterpretProcess.Start(scratch.At("client"), null, [.. arguments, "--server", cluster.Orchestrator.ToString()]);
        return (await process.EndAsync(TimeSpan.FromMinutes(4))).ShouldExitWith(ExitCodes.Done);
    }

    /// <summary>The same study and the same pass in one process on this machine.</summary>
    private async Task AloneAsync(string file)
    {
        await using var chat = await RehearsalServer.StartAsync(new RehearsalOptions());
        foreach (var arguments in new string[][]
                 {
                     ["run", file, "--out", scratch.At("first-report")],
                     ["annotate", Study, "--passes", "1", "--endpoint", chat.Address.AbsoluteUri],
                     ["report", Study, "all", "--out", scratch.At("alone")],
                 })
        {
            using var process = InterpretProcess.Start(scratch.At("state"), null, arguments);
            (await process.EndAsync(TimeSpan.FromMinutes(4))).ShouldExitWith(ExitCodes.Done);
        }
    }

    /// <summary>Each service runs as a user who may do nothing, on a file system that it cannot write to, and tells no secret.</summary>
    private async Task ShouldDoLittleAsync(ContainerScene cluster)
    {
        var secrets = new[] { "database-password", "broker-password" }.Select(name => File.ReadAllText(scratch.At($"secrets/{name}"))).ToList();
        foreach (var service in Own)
        {
            foreach (var container in await cluster.ContainersAsync(service))
            {
                var facts = await cluster.InspectAsync(container);
                ((string?)facts["State"]!["Health"]?["Status"] ?? "").ShouldBe(service == "rehearsal" ? "" : "healthy", service);
                ((bool)facts["HostConfig"]!["ReadonlyRootfs"]!).ShouldBeTrue(service);
                (await cluster.EngineAsync("exec", container, "id", "-u")).Trim().ShouldBe("1654", service);
                foreach (var secret in secrets)
                    facts.ToJsonString().ShouldNotContain(secret, Case.Sensitive, service);
            }
        }

        using var client = new HttpClient { BaseAddress = cluster.Orchestrator };
        using var refused = await client.PostAsync(new Uri($"/studies/{Study}/cancel", UriKind.Relative), null);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    /// <summary>Kills a worker amid a unit, and sees it start again.</summary>
    /// <returns>The units that it had in hand.</returns>
    private static async Task<IReadOnlyList<string>> KillAsync(ContainerScene cluster)
    {
        var container = (await cluster.ContainersAsync("worker-tuned"))[0];
        IReadOnlyList<string> units = [];
        await cluster.UntilAsync(
            async () =>
            {
                await cluster.EngineAsync("kill", "-s", "STOP", container); // or it ends the unit before it is killed
                units = await cluster.QueryAsync($"""SELECT "Id" FROM work_units WHERE "Status" = '{UnitStatus.Running}' AND "Worker" LIKE '{container[..12]}:%'"""); // the name of its machine
                if (units.Count == 0)
                    await cluster.EngineAsync("kill", "-s", "CONT", container);
                return units.Count > 0;
            },
            "the worker has a unit in hand");
        // Of the engine's own kill it thinks that it was wanted, and starts nothing again.
        var byHand = Environment.IsPrivilegedProcess;
        if (byHand)
            Process.GetProcessById((int)(await cluster.InspectAsync(container))["State"]!["Pid"]!).Kill();
        else
            await cluster.EngineAsync("kill", "-s", "KILL", container);
        if (byHand)
            await cluster.UntilAsync(async () => (bool)(await cluster.InspectAsync(container))["State"]!["Running"]!, "the killed worker runs again");
        return units;
    }

    private async Task ShouldReportTheSameAsync(ContainerScene cluster, string folder)
    {
        await InterpretAsync(cluster, "report", Study, "all", "--out", scratch.At(folder));
        var files = Directory.GetFiles(scratch.At("alone")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToList();
        files.Count.ShouldBeGreaterThan(20);
        Directory.GetFiles(scratch.At(folder)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ShouldBe(files);
        foreach (var name in files)
            (await File.ReadAllTextAsync(Path.Combine(scratch.At(folder), name)))
                .ShouldBe(await File.ReadAllTextAsync(Path.Combine(scratch.At("alone"), name)), name);
    }

    /// <summary>What is told to end gives back what it has, and ends by itself long before it would be killed.</summary>
    private static async Task ShouldEndAtOnceAsync(ContainerScene cluster)
    {
        var stopping = Stopwatch.StartNew();
        await cluster.ComposeAsync("stop");
        stopping.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
        foreach (var service in Own)
        {
            foreach (var container in await cluster.ContainersAsync(service))
                ((int)(await cluster.InspectAsync(container))["State"]!["ExitCode"]!).ShouldBe(0, service);
        }
    }

    public void Dispose() => scratch.Dispose();
}
