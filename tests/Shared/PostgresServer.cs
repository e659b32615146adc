using System.Diagnostics;
using System.Globalization;
using Interpret.Storage;
using Npgsql;

namespace Interpret.Tests.Shared;

/// <summary>
/// A PostgreSQL of this test program's own: a child process with its data in a temporary folder, started when a test first asks for it
/// and ended with the program. Each test gets a database of its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Template = "interpret_template";

    private readonly SemaphoreSlim starting = new(1);
    private readonly int port = FreePorts.Find(1)[0];
    private DirectoryInfo? folder;
    private Process? server;
    private int databases;

    /// <summary>Whether commits wait for the disk, as they do outside of tests.</summary>
    public bool Durable { get; init; }

    /// <summary>Why there can be none on this machine; null: there can.</summary>
    public static string? Missing => Binaries() is null ? "needs PostgreSQL: apt-get install postgresql" : null;

    /// <summary>A database with the tables and nothing in them.</summary>
    /// <param name="tables">False: without the tables too.</param>
    public async Task<PostgresStorage> CreateDatabaseAsync(bool tables = true)
    {
        await starting.WaitAsync();
        try
        {
            if (server is null)
                await StartAsync(Binaries()!);
            var name = string.Create(CultureInfo.InvariantCulture, $"test{++databases}");
            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {(tables ? Template : "template0")}");
            return new PostgresStorage(Connection(name));
        }
        finally
        {
            starting.Release();
        }
    }

    private static string? Binaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb")))
            .Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    private async Task StartAsync(string binaries)
    {
        folder = Directory.CreateTempSubdirectory("interpret-postgres-");
        var data = Path.Combine(folder.FullName, "data");
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            using var owner = Process.Start("chown", ["postgres", folder.FullName]);
            await owner.WaitForExitAsync();
        }

        using (var initdb = Start(
            Path.Combine(binaries, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"))
        {
            var said = initdb.StandardError.ReadToEndAsync();
            await initdb.StandardOutput.ReadToEndAsync();
            await initdb.WaitForExitAsync();
            if (initdb.ExitCode != 0)
                throw new InvalidOperationException($"initdb: {await said}");
        }

        await LaunchAsync(binaries);
        await ExecuteAsync($"CREATE DATABASE {Template}");
        await new PostgresStorage(Connection(Template) + ";Pooling=false").MigrateAsync();
    }

    private async Task LaunchAsync(string binaries)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            // One that was killed is taken for alive by the next for a moment, which ends then.
            if (server is null or { HasExited: true })
            {
                server?.Dispose();
                server = Start(
                    Path.Combine(binaries, "postgres"), "-D", Path.Combine(folder!.FullName, "data"), "-c", "listen_addresses=127.0.0.1", "-c", $"port={port}",
                    "-c", $"unix_socket_directories={folder.FullName}", "-c", $"fsync={(Durable ? "on" : "off")}", "-c", "max_connections=400");
                _ = server.StandardOutput.ReadToEndAsync();
                _ = server.StandardError.ReadToEndAsync();
            }

            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (since.Elapsed < Waits.Limit)
            {
                // not up yet
            }
        }
    }

    /// <summary>Where the database listens.</summary>
    public int Port => port;

    /// <summary>Ends the server at once, as a power cut does.</summary>
    public async Task KillAsync()
    {
        server!.Kill();
        await server.WaitForExitAsync();
    }

    /// <summary>Starts it again after it was killed; it recovers what was committed.</summary>
    public Task ReviveAsync() => LaunchAsync(Binaries()!);

    private static Process Start(string program, params string[] arguments)
    {
        string[] command = Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]
            : [program, .. arguments];
        return Process.Start(
            new ProcessStartInfo(
            command[0], command[1..])
            { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" })!;
    }

    // Every test has a database, and a pool of connections to it that outlives the test: what is idle is given up before the server has no more.
    private string Connection(string database) =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Database={database};Connection Idle Lifetime=10;Connection Pruning Interval=5";

    private async Task ExecuteAsync(string statement)
    {
        await using var source = NpgsqlDataSource.Create(Connection("postgres") + ";Pooling=false");
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is { HasExited: false })
        {
            server.Kill();
            await server.WaitForExitAsync();
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
