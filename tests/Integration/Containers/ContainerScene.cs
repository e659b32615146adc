using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Interpret.Integration.Tests.Containers;

/// <summary>
/// The cluster of docker-compose.yml in containers: images from the project's Dockerfile, a compose project of its own with networks, volumes,
/// secrets and ports of its own. What engine runs them, and how it comes to its images, says the program <c>containers</c> beside this file.
/// </summary>
internal sealed class ContainerScene : IAsyncDisposable
{
    /// <summary>The profiles that are run.</summary>
    private const string Profiles = "cpu,rehearsal";

    private static readonly string Program = Path.Combine(SampleStudy.Root, "tests", "Integration", "Containers", "containers");

    private readonly string folder;
    private readonly string secrets;
    private readonly string project = $"interpret-test-{Environment.ProcessId}";
    private readonly int[] ports = FreePorts.Find(2);
    private Process? socket;

    private ContainerScene(string folder, string secrets) => (this.folder, this.secrets) = (folder, secrets);

    /// <summary>Where the orchestrator answers.</summary>
    public Uri Orchestrator => new($"http://127.0.0.1:{ports[0]}");

    /// <summary>Builds the images and opens the engine, with nothing started; skips the calling test where there can be none.</summary>
    public static async Task<ContainerScene> OpenAsync(Scratch scratch)
    {
        var folder = Environment.GetEnvironmentVariable("INTERPRET_CONTAINERS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "INTERPRET_CONTAINERS is not set to a folder for an engine's images: ./interpret test does that");
        (await RunAsync(Program, "prepare", folder!)).ShouldExitWith(0);
        var state = (await File.ReadAllTextAsync(Path.Combine(folder!, "state"))).Trim();
        Assert.SkipWhen(state.StartsWith("skipped: ", StringComparison.Ordinal), state);

        // A token that the command line of the tests has; the other secrets as an operator makes them.
        scratch.Write("secrets/http-token", InterpretProcess.Token);
        (await RunAsync(Path.Combine(SampleStudy.Root, "deploy", "docker", "secrets.sh"), scratch.At("secrets"))).ShouldExitWith(0);
        var scene = new ContainerScene(folder!, scratch.At("secrets"));
        if (state == "podman")
        {
            scene.socket = Process.Start(new ProcessStartInfo(Program, ["serve", folder!]) { UseShellExecute = false })!;
            while (!File.Exists(Path.Combine(folder!, "podman.sock")))
            {
                scene.socket.HasExited.ShouldBeFalse();
                await Task.Delay(50);
            }
        }

        return scene;
    }

    /// <summary>docker-compose.</summary>
    public async Task<string> ComposeAsync(params string[] arguments) =>
        (await RunAsync(Program, ["compose", folder, "--project-directory", SampleStudy.Root, "-p", project, .. arguments])).ShouldExitWith(0).Output;

    /// <summary>The engine's own command line.</summary>
    public async Task<string> EngineAsync(params string[] arguments) => (await RunAsync(Program, ["engine", folder, .. arguments])).ShouldExitWith(0).Output;

    /// <summary>The ids of a service's containers, those that ended among them; null: of all services.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync(string? service = null)
    {
        string[] filters = [$"label=com.docker.compose.project={project}", .. service is null ? (string[])[] : [$"label=com.docker.compose.service={service}"]];
        var listed = await EngineAsync(["ps", "-aq", "--no-trunc", .. filters.SelectMany(filter => new[] { "--filter", filter })]);
        return listed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What the engine says of a container.</summary>
    public async Task<JsonNode> InspectAsync(string container) => JsonNode.Parse(await EngineAsync("inspect", "--type", "container", container))![0]!;

    /// <summary>Containers, networks and volumes that there are of this compose project.</summary>
    public async Task<string> LeftAsync()
    {
        var label = $"label=com.docker.compose.project={project}";
        return string.Concat(await Task.WhenAll(
            EngineAsync("ps", "-aq", "--filter", label), EngineAsync("network", "ls", "-q", "--filter", label),
                EngineAsync("volume", "ls", "-q", "--filter", label)));
    }

    /// <summary>Asks the database.</summary>
    /// <returns>Rows as lines, their fields parted by bars.</returns>
    public async Task<IReadOnlyList<string>> QueryAsync(string query)
    {
        var database = (await ContainersAsync("database"))[0];
        return (await EngineAsync("exec", database, "psql", "-U", "interpret", "-d", "interpret", "-Atc", query))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Waits for something to become true; fails, with what the services said, after a while.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        for (var since = Stopwatch.StartNew(); !await holds(); await Task.Delay(250))
        {
            if (since.Elapsed > Waits.Limit)
                throw new TimeoutException($"{Waits.Limit.TotalSeconds} seconds and not yet: {what}\n{await ComposeAsync("logs", "--no-color", "--tail", "40")}");
        }
    }

    /// <summary>Waits until every container that has a health check is healthy.</summary>
    public Task UntilHealthyAsync() => UntilAsync(
        async () => (await EngineAsync("ps", "-q", "--filter", $"label=com.docker.compose.project={project}", "--filter", "health=starting")
            + await EngineAsync("ps", "-q", "--filter", $"label=com.docker.compose.project={project}", "--filter", "health=unhealthy")).Trim().Length == 0,
        "every container is healthy");

    public async ValueTask DisposeAsync()
    {
        try
        {
            await ComposeAsync("down", "-v", "--remove-orphans", "-t", "5");
        }
        finally
        {
            if (socket is not null)
            {
                using (var kill = Process.Start("kill", ["-TERM", $"{socket.Id}"]))
                    await kill.WaitForExitAsync();
                await socket.WaitForExitAsync();
                socket.Dispose();
            }
        }
    }

    private async Task<CommandResult> RunAsync(string program, string[] arguments) => await RunAsync(
        new ProcessStartInfo(program, arguments)
        {
            Environment =
            {
                ["SECRETS"] = secrets,
                ["COMPOSE_PROFILES"] = Profiles,
                ["IMAGE_TAG"] = "test",
                ["ORCHESTRATOR_PORT"] = $"{ports[0]}",
                ["REPORTS_PORT"] = $"{ports[1]}",
            },
        });

    private static Task<CommandResult> RunAsync(string program, string argument, params string[] more) =>
        RunAsync(new ProcessStartInfo(program, [argument, .. more]));

    private static async Task<CommandResult> RunAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }
}
