using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Interpret.Cli;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Interpret.Integration.Tests.Cluster;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Telemetry;

/// <summary>Services as processes of their own, seen from outside: traces, metrics, and nothing where nobody asked for it.</summary>
public sealed class When_a_cluster_is_watched : IDisposable
{
    private const string Submission = "4bf92f3577b34da6a3ce929d0e0e4736";
    private readonly Scratch scratch = new();

    [Fact]
    public async Task One_trace_leads_from_the_submission_over_the_message_and_the_unit_to_the_database()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address.ToString();
        cluster.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        var study = Write("traced");
        var address = new Uri($"http://127.0.0.1:{FreePorts.Find(1)[0]}");
        var services = new List<Process> { cluster.StartOrchestrator(("Http__Address", address.ToString()), ("OTEL_SERVICE_NAME", "orchestrator")) };
        services.AddRange(study.Models.Select(model => cluster.StartWorker(model, ("OTEL_SERVICE_NAME", "worker"))));
        await SubmitAsync(address, study);
        await cluster.UntilAsync(study.Name, p => p.Total > 0 && p.IsEnded, "all units ended");
        await Task.WhenAll(services.Select(ClusterScene.TellToEndAsync)); // what is left is sent then

        var trace = receiver.Spans.Where(span => span.Trace.Equals(Submission, StringComparison.OrdinalIgnoreCase)).ToList();
        trace.ShouldContain(span => span.Service == "orchestrator" && span.Name == "POST /studies/");
        trace.ShouldContain(span => span.Service == "orchestrator" && span.Name == "publish units");
        var units = trace.Where(span => span.Service == "worker" && span.Name == "unit attribution").ToList();
        units.Count.ShouldBe(2 * study.Models.Count);
        var byId = trace.ToDictionary(span => span.Id);
        foreach (var unit in units)
        {
            unit.Tags["interpret.study"].ShouldBe(study.Name);
            unit.Tags["interpret.outcome"].ShouldBe(UnitStatus.Done);
            Ancestors(unit, byId).ShouldContain(span => span.Name == "publish units");
            trace.ShouldContain(
                span => span.Parent == unit.Id && span.Tags.ContainsKey("db.system.name") || span.Tags.ContainsKey("db.system"), $"a query under {unit.Name}");
        }

        receiver.Spans.ShouldNotContain(
            span => span.Parent.Length == 0 && span.Tags.ContainsKey("db.query.text"), "what services look up by themselves is nobody's trace");
        receiver.Requests.Keys.ShouldBe(["traces", "metrics", "logs"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_workers_metrics_count_the_units_that_it_did()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var study = Write("counted");
        await cluster.PlanAsync(study.File);
        var ports = FreePorts.Find(1 + study.Models.Count);
        cluster.StartOrchestrator(("Http__Address", $"http://127.0.0.1:{ports[0]}"));
        foreach (var (model, port) in study.Models.Zip(ports.Skip(1)))
            cluster.StartWorker(model, ("Http__Address", $"http://127.0.0.1:{port}"));
        await cluster.UntilAsync(study.Name, p => p.IsEnded, "all units ended");

        foreach (var (model, port) in study.Models.Zip(ports.Skip(1)))
        {
            var page = await PrometheusPage.ReadAsync(new Uri($"http://127.0.0.1:{port}"));
            page.Types["interpret_units_ended_total"].ShouldBe("counter");
            page.Sum("interpret_units_ended_total", ("stage", Stages.Attribution), ("model", model.Name), ("outcome", UnitStatus.Done)).ShouldBe(2);
            page.Types["interpret_unit_duration_seconds"].ShouldBe("histogram");
            page.Sum("interpret_unit_duration_seconds_count", ("stage", Stages.Attribution)).ShouldBe(2);
            var buckets = page.Buckets("interpret_unit_duration_seconds", "stage", Stages.Attribution);
            buckets.Select(bucket => bucket.Bound).ShouldBeInOrder();
            buckets.Select(bucket => bucket.Count).ShouldBeInOrder();
            buckets[^1].ShouldBe((double.PositiveInfinity, 2));
            page.Sum("interpret_attribution_tokens_total", ("kind", "response")).ShouldBe(await ResponseTokensAsync(cluster, model));
            page.Sum("interpret_attribution_operations_total").ShouldBeGreaterThan(0);
            page.Sum("interpret_model_load_seconds").ShouldBeGreaterThan(0);
            page.Sum("interpret_device_memory_free_bytes").ShouldBeGreaterThan(0);
        }

        await EventuallyAsync(new Uri($"http://127.0.0.1:{ports[0]}"), page =>
            page.Sum("interpret_units", ("study", study.Name), ("status", UnitStatus.Done)) == 2 * study.Models.Count
            && study.Models.All(model => page.Sum("interpret_workers", ("queue", Queues.Explain(model.Name))) == 1)
            && page.Has("interpret_queue_messages"));
    }

    [Fact]
    public async Task Nothing_is_sent_or_listened_to_where_nobody_asked()
    {
        using var collectors = new Collectors();
        await using var cluster = await ClusterScene.OpenAsync();
        var study = Write("unwatched");
        await cluster.PlanAsync(study.File);
        cluster.StartOrchestrator();
        var port = FreePorts.Find(1)[0];
        var worker = cluster.StartWorker(study.Models[0], ("Http__Address", $"http://127.0.0.1:{port}"));
        await cluster.UntilAsync(study.Name, p => p.Done >= 2, "two units done");

        var sockets = Sockets(worker.Id);
        sockets.Where(socket => socket.State == TcpState.Listen).Select(socket => socket.Local).ShouldBe([port]);
        var servers = new[] { cluster.Broker.Port, new Npgsql.NpgsqlConnectionStringBuilder(cluster.Connection).Port };
        sockets.Where(socket => socket.State == TcpState.Established && socket.Local != port).Select(socket => socket.Remote).Distinct()
            .ShouldBe(servers, ignoreOrder: true);
        await ClusterScene.TellToEndAsync(worker); // what was kept would be sent now
        collectors.WereCalled.ShouldBeFalse();
    }

    /// <summary>Where collectors are sought that nobody named.</summary>
    private sealed class Collectors : IDisposable
    {
        private readonly List<TcpListener> listeners = [.. new[] { 4317, 4318 }.Select(port => new TcpListener(IPAddress.Loopback, port))];

        public Collectors()
        {
            try
            {
                listeners.ForEach(listener => listener.Start());
            }
            catch (SocketException)
            {
                Dispose();
                Assert.Skip("somebody else listens on port 4317 or 4318, where collectors are sought");
            }
        }

        public bool WereCalled => listeners.Exists(listener => listener.Pending());

        public void Dispose() => listeners.ForEach(listener => listener.Dispose());
    }

    private static async Task<int> ResponseTokensAsync(ClusterScene cluster, StudyModel model)
    {
        await using var context = cluster.Storage.CreateDbContext();
        return await context.Attributions.Where(a => a.Model == model.Name).SumAsync(a => a.OutputTokens);
    }

    /// <summary>TCP sockets of a process, by their ports.</summary>
    private static List<(int Local, int Remote, TcpState State)> Sockets(int process)
    {
        var inodes = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? "").Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1]).ToHashSet(StringComparer.Ordinal);
        return [.. new[] { "tcp", "tcp6" }.SelectMany(table => File.ReadLines($"/proc/{process}/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => inodes.Contains(fields[9]))
            .Select(fields =>
                (Port(fields[1]), Port(fields[2]), fields[3] == "0A" ? TcpState.Listen : fields[3] == "01" ? TcpState.Established : TcpState.Unknown))];

        static int Port(string address) => int.Parse(address.AsSpan(address.IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static IEnumerable<ReceivedSpan> Ancestors(ReceivedSpan span, Dictionary<string, ReceivedSpan> byId)
    {
        while (byId.TryGetValue(span.Parent, out var parent))
            yield return span = parent;
    }

    private static async Task EventuallyAsync(Uri service, Func<PrometheusPage, bool> holds)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < Waits.Limit; await Task.Delay(200))
        {
            if (holds(await PrometheusPage.ReadAsync(service)))
                return;
        }

        holds(await PrometheusPage.ReadAsync(service)).ShouldBeTrue();
    }

    private static async Task SubmitAsync(Uri orchestrator, StudyOnDisk study)
    {
        using var client = new HttpClient { BaseAddress = orchestrator };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "token");
        client.DefaultRequestHeaders.Add("traceparent", $"00-{Submission}-00f067aa0ba902b7-01");
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            using var form = new MultipartFormDataContent
            {
                { new StreamContent(File.OpenRead(study.File)), "study" },
                { JsonContent.Create(CheckpointFacts.Of(StudyFile.Read(study.File)), options: System.Text.Json.JsonSerializerOptions.Web), "models" },
                { new StreamContent(File.OpenRead(Path.Combine(Path.GetDirectoryName(study.File)!, "dataset.tsv"))), "dataset", "dataset.tsv" },
            };
            try
            {
                using var answer = await client.PostAsync("studies/", form);
                answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
                return;
            }
            catch (HttpRequestException) when (since.Elapsed < Waits.Limit)
            {
                // it does not listen yet
            }
        }
    }

    private sealed record StudyOnDisk(string Name, string File, IReadOnlyList<StudyModel> Models);

    /// <summary>Two prompts.</summary>
    private StudyOnDisk Write(string name)
    {
        var file = SampleStudy.Write(scratch, name, SampleStudy.Rows.Take(2), maxNewTokens: 3, rated: false, ownModels: true);
        return new StudyOnDisk(name, file, StudyFile.Read(file).Models);
    }

    public void Dispose() => scratch.Dispose();
}
