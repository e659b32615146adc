using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Interpret.Tests.Shared;

/// <summary>
/// A RabbitMQ of this test program's own: a child process with its data and its own name server in a temporary folder, started when a test
/// first asks for it and ended with the program.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private const string Binaries = "/usr/lib/rabbitmq/bin";
    private const int Tries = 2;
    private readonly StringBuilder said = new(); // what the server printed since it was launched
    private readonly SemaphoreSlim starting = new(1);
    private readonly int[] ports = FreePorts.Find(3); // AMQP, distribution, name server
    private DirectoryInfo? folder;
    private Process? server;

    /// <summary>Why there can be none on this machine; null: there can.</summary>
    public static string? Missing => File.Exists(Path.Combine(Binaries, "rabbitmq-server")) ? null : "needs RabbitMQ: apt-get install rabbitmq-server";

    /// <summary>The broker, started when it is first asked for.</summary>
    public async Task<Uri> AddressAsync()
    {
        await starting.WaitAsync();
        try
        {
            if (folder is null)
                await StartAsync();
            else if (server is null) // killed, and never revived
                await LaunchAsync();
            return new Uri($"amqp://guest:guest@127.0.0.1:{ports[0]}/");
        }
        finally
        {
            starting.Release();
        }
    }

    private async Task StartAsync()
    {
        folder = Directory.CreateTempSubdirectory("interpret-rabbitmq-");
        string At(string name) => Path.Combine(folder.FullName, name);
        foreach (var name in new[] { "home", "mnesia", "log" })
            Directory.CreateDirectory(At(name));
        await File.WriteAllTextAsync(At("enabled_plugins"), "[].");
        await File.WriteAllTextAsync(At("rabbitmq.conf"), $"listeners.tcp.1 = 127.0.0.1:{ports[0]}\nvm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 50MB\nlog.console = true\nlog.file = false\n");
        await LaunchAsync();
    }

    /// <summary>
    /// Starts the server and waits until it listens. Where it ends or does not come up in time, which no test is about, it is started once
    /// more, and what it said is told if that fails too.
    /// </summary>
    private async Task LaunchAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            lock (said)
                said.Clear();
            server = Launch(name => Path.Combine(folder!.FullName, name), "rabbitmq-server");
            server.OutputDataReceived += Note;
            server.ErrorDataReceived += Note;
            server.BeginOutputReadLine();
            server.BeginErrorReadLine();
            if (await ListensAsync(server))
                return;
            await KillAsync();
            if (attempt == Tries)
                lock (said)
                    throw new InvalidOperationException($"RabbitMQ did not listen on port {ports[0]} in {attempt} tries; at last it said:\n{said}");
        }
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (said)
            said.AppendLine(line.Data);
    }

    private async Task<bool> ListensAsync(Process launched)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < Waits.Limit && !launched.HasExited; await Task.Delay(100))
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, ports[0]);
                return true;
            }
            catch (SocketException)
            {
                // not up yet
            }
        }

        return false;
    }

    private Process Launch(Func<string, string> at, string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Path.Combine(Binaries, program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder!.FullName,
            Environment =
        {
            ["HOME"] = at("home"),
            ["RABBITMQ_NODENAME"] = $"interpret{ports[0]}@localhost",
            ["RABBITMQ_MNESIA_BASE"] = at("mnesia"),
            ["RABBITMQ_LOG_BASE"] = at("log"),
            ["RABBITMQ_LOGS"] = "-",
            ["RABBITMQ_CONFIG_FILE"] = at("rabbitmq.conf"),
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = at("advanced.config"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = at("enabled_plugins"),
            ["RABBITMQ_CONF_ENV_FILE"] = at("rabbitmq-env.conf"),
            ["RABBITMQ_GENERATED_CONFIG_DIR"] = at("generated"),
            ["RABBITMQ_PID_FILE"] = at("pid"),
            ["RABBITMQ_DIST_PORT"] = $"{ports[1]}",
            ["ERL_EPMD_PORT"] = $"{ports[2]}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_CRASH_DUMP_SECONDS"] = "0",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        },
        })!;

    /// <summary>Where the broker listens.</summary>
    public int Port => ports[0];

    /// <summary>Lets a user in who may do everything.</summary>
    public async Task AddUserAsync(string name, string password)
    {
        foreach (var arguments in new string[][] { ["add_user", name, password], ["set_permissions", name, ".*", ".*", ".*"] })
        {
            using var control = Launch(file => Path.Combine(folder!.FullName, file), "rabbitmqctl", arguments);
            var (output, error) = (control.StandardOutput.ReadToEndAsync(), control.StandardError.ReadToEndAsync());
            await control.WaitForExitAsync();
            if (control.ExitCode != 0)
                throw new InvalidOperationException($"rabbitmqctl {arguments[0]}: {await output}{await error}");
        }
    }

    /// <summary>Ends the broker at once, as a power cut does.</summary>
    public async Task KillAsync()
    {
        server!.Kill(entireProcessTree: true);
        await server.WaitForExitAsync();
        server.Dispose();
        server = null;
    }

    /// <summary>Starts it again after it was killed.</summary>
    /// <param name="empty">Without anything that it held.</param>
    public async Task ReviveAsync(bool empty = false)
    {
        if (empty)
            Directory.Delete(Path.Combine(folder!.FullName, "mnesia"), recursive: true);
        await LaunchAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is { HasExited: false })
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }

        if (folder is not null)
        {
            using var epmd =
                Process.Start(
                new ProcessStartInfo(
                "epmd", ["-port", $"{ports[2]}", "-kill"])
                { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false });
            if (epmd is not null)
                await epmd.WaitForExitAsync();
        }

        server?.Dispose();
        starting.Dispose();
        try
        {
            folder?.Delete(recursive: true);
        }
        catch (IOException)
        {
            // its last child may still be writing; a temporary folder is no matter
        }
    }
}
