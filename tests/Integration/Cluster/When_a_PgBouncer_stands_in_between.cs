using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>More services than PostgreSQL has connections for: a PgBouncer lends them a few, each for a transaction.</summary>
public sealed class When_a_PgBouncer_stands_in_between : IDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private const int Connections = 3;
    private const string Role = "lent"; // whom the PgBouncer is to the server

    private readonly Scratch scratch = new();

    [Fact]
    public async Task Services_work_with_fewer_connections_than_they_have_in_their_pools()
    {
        Assert.SkipUnless(File.Exists(Program), "needs PgBouncer: apt-get install pgbouncer");
        await using var cluster = await ClusterScene.OpenAsync();
        var direct = new NpgsqlConnectionStringBuilder(cluster.Connection);
        var port = FreePorts.Find(1)[0];
        var folder = Directory.CreateTempSubdirectory("interpret-pgbouncer-");
        await using var source = NpgsqlDataSource.Create(direct.ConnectionString);
        await using (var role = source.CreateCommand($"DROP ROLE IF EXISTS {Role}; CREATE ROLE {Role} SUPERUSER LOGIN"))
            await role.ExecuteNonQueryAsync();
        await using var lent = source.CreateCommand($"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = '{Role}'");
        using var bouncer = await StartAsync(folder, port, direct.Port);
        try
        {
            cluster.Settings["ConnectionStrings__Database"] = string.Create(
                CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database={direct.Database};No Reset On Close=true");
            var file = SampleStudy.Write(scratch, "lent", SampleStudy.Rows.Take(4), maxNewTokens: 2, rated: false, ownModels: true);
            var study = await cluster.PlanAsync(file);
            await cluster.ServeAsync();
            foreach (var model in study.Models.Concat(study.Models))
                cluster.StartWorker(model);
            var (most, ended) = (0, cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended"));
            while (!ended.IsCompleted)
            {
                most = Math.Max(most, Convert.ToInt32(await lent.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            var progress = await ended;
            (progress.Done, progress.Parked).ShouldBe((progress.Total, 0), cluster.Said);
            most.ShouldBeInRange(1, Connections);
        }
        finally
        {
            bouncer.Kill();
            await bouncer.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    public void Dispose() => scratch.Dispose();

    /// <summary>Settings as the operations guide has them.</summary>
    private static async Task<Process> StartAsync(DirectoryInfo folder, int port, int database)
    {
        var settings = Path.Combine(folder.FullName, "pgbouncer.ini");
        await File.WriteAllTextAsync(settings, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host=127.0.0.1 port={database} user={Role}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = {Connections}
            max_client_conn = 200
            ignore_startup_parameters = options
            """));
        string[] command = [Program, settings];
        if (Environment.IsPrivilegedProcess)
        {
            // As PostgreSQL, it refuses to run as root.
            using var owner = Process.Start("chown", ["-R", "postgres", folder.FullName]);
            await owner.WaitForExitAsync();
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command];
        }

        var bouncer = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        _ = bouncer.StandardOutput.ReadToEndAsync();
        _ = bouncer.StandardError.ReadToEndAsync();
        return bouncer;
    }
}
