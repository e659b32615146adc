using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Interpret.AnnotatorWorker;
using Interpret.Contracts;
using Interpret.GpuWorker;
using Interpret.Orchestrator;
using Interpret.Pages;
using Interpret.WorkUnits;
using k8s;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Interpret.Unit.Tests.Deploy;

/// <summary>The files of deploy/ and docker-compose.yml, held against each other and against the code, without an engine.</summary>
public sealed partial class When_the_cluster_is_deployed
{
    /// <summary>What a service may need beyond its own time for ending, until it is killed.</summary>
    private static readonly TimeSpan Longest = new UnitPolicy().StopTimeout + new UnitPolicy().StopMargin;

    private static readonly string[] Services = ["orchestrator", "reports", "annotator", "worker-cpu", "worker-gpu", "cli"];

    [Theory]
    [InlineData]
    [InlineData("cpu")]
    [InlineData("gpu")]
    [InlineData("annotate")]
    [InlineData("rehearsal")]
    [InlineData("observability")]
    [InlineData("cpu", "gpu", "rehearsal", "observability")]
    public async Task Docker_compose_takes_the_file_with_each_profile(params string[] profiles)
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/docker-compose"), "docker-compose is not installed (Debian: docker-compose)");
        var said = await RunAsync("docker-compose", [.. profiles.SelectMany(profile => new[] { "--profile", profile }), "config", "-q"]);
        said.ShouldBe("");
    }

    [Fact]
    public async Task Every_alert_fires_when_it_is_due_and_not_before()
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/promtool"), "promtool is not installed (Debian: prometheus)");
        (await RunAsync("promtool", ["test", "rules", "deploy/prometheus/alerts.test.yml"])).ShouldBe("");
    }

    [Fact]
    public async Task Promtool_takes_the_alerts()
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/promtool"), "promtool is not installed (Debian: prometheus)");
        (await RunAsync("promtool", ["check", "config", "deploy/prometheus/prometheus.yml"])).ShouldBe("");
    }

    [Fact]
    public void Each_image_of_the_compose_file_is_a_target_of_the_Dockerfile()
    {
        var built = DeployFiles.Compose.Entries("services").Where(service => service.Value.At("build") is not null).ToList();
        built.Count.ShouldBeGreaterThan(5);
        foreach (var (name, service) in built)
        {
            service.Text("build/dockerfile").ShouldBe("deploy/docker/Dockerfile", name);
            Targets().ShouldContain(service.Text("build/target")!, name);
            service.Text("image").ShouldBe($"interpret-{service.Text("build/target")}:${{IMAGE_TAG:-latest}}", name);
        }
    }

    [Fact]
    public void The_Dockerfile_builds_projects_that_exist_and_runs_what_they_make()
    {
        var lines = DeployFiles.Text("deploy/docker/Dockerfile").Split('\n');
        string[] published = ["Orchestrator", "Pages", "AnnotatorWorker", "GpuWorker", "Cli"];
        XDocument.Load(Path.Combine(DeployFiles.Root, "deploy/docker/images.proj")).Descendants("Only").Single().Value.Split(';').ShouldBe(published);
        lines.Select(line => Published().Match(line)).Where(match => match.Success).Select(match => match.Groups["project"].Value).ShouldBe(published);
        // Packages are restored before the sources come in: of each project its file, of which none may be forgotten.
        lines.Where(line => line.StartsWith("COPY src/", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])
            .ShouldBe(Directory.GetFiles(Path.Combine(DeployFiles.Root, "src"), "*.csproj", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(DeployFiles.Root, file)), ignoreOrder: true);
        lines.Select(line => Run().Match(line)).Where(match => match.Success).Select(match => match.Groups["assembly"].Value).Distinct()
            .ShouldBe(["Interpret.Orchestrator", "Interpret.Pages", "Interpret.AnnotatorWorker", "Interpret.GpuWorker", "interpret"]);
        Targets().ShouldBe(Services, ignoreOrder: true);
        DeployFiles.Text("deploy/docker/Dockerfile").ShouldContain("FROM service AS tensors");
        lines.Last(line => line.StartsWith("USER ", StringComparison.Ordinal)).ShouldBe("USER $APP_UID");
    }

    [Fact]
    public void Services_of_the_compose_file_wait_for_each_others_health_and_get_time_to_end()
    {
        foreach (var (name, service) in Own())
        {
            service.Entries("depends_on").ShouldNotBeEmpty(name);
            foreach (var (other, on) in service.Entries("depends_on"))
            {
                on.Text("condition").ShouldBe("service_healthy", name);
                DeployFiles.Compose.At($"services/{other}").ShouldNotBeNull();
            }

            TimeSpan.FromSeconds(int.Parse(service.Text("stop_grace_period")!.TrimEnd('s'), CultureInfo.InvariantCulture)).ShouldBeGreaterThan(Longest, name);
            service.Text("read_only").ShouldBe("true", name);
        }

        foreach (var server in new[] { "database", "broker" })
            DeployFiles.Compose.At($"services/{server}/healthcheck/test").ShouldNotBeNull();
    }

    [Fact]
    public void Profiles_hold_a_worker_for_each_model_of_the_sample_study()
    {
        foreach (var (profile, devices) in new[] { ("cpu", false), ("gpu", true) })
        {
            var workers = Own().Where(service => service.Service.Items("profiles").Any(p => ((YamlScalarNode)p).Value == profile))
                .Select(service => service.Service).ToList();
            workers.Select(worker => worker.Text("environment/Worker__Model")).ShouldBe(["${BASE_MODEL:-base}", "${TUNED_MODEL:-tuned}"]);
            foreach (var worker in workers)
            {
                var volume = ((YamlScalarNode)worker.Items("volumes").Single()).Value!;
                volume.ShouldEndWith(":/checkpoint:ro");
                worker.Text("environment/Worker__Checkpoint").ShouldBe("/checkpoint");
                Directory.Exists(Path.Combine(DeployFiles.Root, Default().Match(volume).Groups["value"].Value)).ShouldBeTrue(volume);
                worker.Text("deploy/resources/reservations/devices/0/driver").ShouldBe(devices ? "nvidia" : null);
            }
        }

        DeployFiles.Compose.Items("services/rehearsal/command").Select(word => ((YamlScalarNode)word).Value)
            .ShouldBe(["rehearse", "--port", "8089", "--listen", "0.0.0.0"]);
        DeployFiles.Compose.At("services/rehearsal/ports").ShouldBeNull();
        DeployFiles.Compose.Text("services/annotator-rehearsal/environment/Annotator__Endpoint").ShouldBe("http://rehearsal:8089/v1");
    }

    [Fact]
    public void Ports_are_those_that_services_listen_on_and_none_is_open_to_the_network()
    {
        var dockerfile = DeployFiles.Text("deploy/docker/Dockerfile");
        dockerfile.ShouldContain($"Http__Address=http://+:{OrchestratorHost.Port} ");
        dockerfile.ShouldContain($"Http__Address=http://+:{ReportsHost.Port}\n");
        Ports("orchestrator").ShouldBe([$"127.0.0.1:${{ORCHESTRATOR_PORT:-{OrchestratorHost.Port}}}:{OrchestratorHost.Port}"]);
        Ports("reports").ShouldBe([$"127.0.0.1:${{REPORTS_PORT:-{ReportsHost.Port}}}:{ReportsHost.Port}"]);
        DeployFiles.Compose.Entries("services").SelectMany(service => Ports(service.Key))
            .ShouldAllBe(port => port.StartsWith("127.0.0.1:", StringComparison.Ordinal));
        DeployFiles.Compose.Text("services/orchestrator/environment/Reports__Address").ShouldBe($"http://reports:{ReportsHost.Port}");
        foreach (var service in DeployFiles.OfKind("Service"))
            service.Text("spec/ports/0/port")
                .ShouldBe(service.Text("metadata/name") == "interpret-reports" ? $"{ReportsHost.Port}" : $"{OrchestratorHost.Port}");

        static List<string> Ports(string service) => [.. DeployFiles.Compose.Items($"services/{service}/ports").Select(port => ((YamlScalarNode)port).Value!)];
    }

    [Fact]
    public void Secrets_are_files_and_stand_in_no_other()
    {
        foreach (var (name, secret) in DeployFiles.Compose.Entries("secrets"))
            secret.Text("file").ShouldStartWith("${SECRETS:-./secrets}/", customMessage: name);
        var made = DeployFiles.Text("deploy/docker/secrets.sh");
        foreach (var (name, secret) in DeployFiles.Compose.Entries("secrets"))
            made.ShouldContain($"write {Path.GetFileName(secret.Text("file")!)}", customMessage: name);
        DeployFiles.OfKind("Secret").SelectMany(secret => secret.Entries("stringData")).ShouldAllBe(entry => ((YamlScalarNode)entry.Value).Value == "");
        DeployFiles.Manifests.Single(manifest => manifest.File == "kustomization.yaml").Object.Items("resources")
            .ShouldNotContain(file => ((YamlScalarNode)file).Value!.Contains("secret"));
        var files = Directory.GetFiles(Path.Combine(DeployFiles.Root, "deploy/kubernetes")).Where(file => Path.GetFileName(file) != "secrets.example.yaml");
        foreach (var file in files.Append("docker-compose.yml"))
            Password().Matches(DeployFiles.Text(file)).Select(match => match.Value).Where(found => found != "Token: false").ShouldBeEmpty(file);
    }

    /// <summary>Fields that Kubernetes does not have, of the wrong type or in the wrong place, are errors. Others' own objects have no such types.</summary>
    [Fact]
    public void Objects_are_such_as_Kubernetes_takes()
    {
        var objects = DeployFiles.Documents.Where(one => !Others.IsMatch(one)).ToList();
        objects.Count.ShouldBe(DeployFiles.Manifests.Count - DeployFiles.Documents.Count(Others.IsMatch));
        foreach (var one in objects) KubernetesYaml.LoadAllFromString(one, strict: true).ShouldHaveSingleItem();
        foreach (var (from, to) in new[] { ("containers:", "container:"), ("replicas: 2", "replicas: two"), ("metadata:", "metaData:") })
        {
            var spoiled = objects.First(one => one.Contains("kind: Deployment", StringComparison.Ordinal) && one.Contains(from, StringComparison.Ordinal));
            Should.Throw<YamlException>(() => KubernetesYaml.LoadAllFromString(spoiled.Replace(from, to, StringComparison.Ordinal), strict: true), from);
        }
    }

    private static readonly Regex Others = new("^apiVersion: (keda|monitoring|kustomize)", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    [Fact]
    public void Every_setting_is_one_that_the_code_reads_and_the_docs_explain()
    {
        var docs = DeployFiles.Text("docs/operations.md");
        string[] files =
            [DeployFiles.Text("docker-compose.yml"), DeployFiles.Text("deploy/docker/Dockerfile"),
            .. Directory.GetFiles(Path.Combine(DeployFiles.Root, "deploy/kubernetes")).Select(File.ReadAllText)];
        var settings = files.SelectMany(file => Setting().Matches(file).Select(match => match.Value))
            .Where(name => !name.StartsWith("GF_", StringComparison.Ordinal)).Distinct().ToList();
        settings.Count.ShouldBeGreaterThan(10);
        foreach (var setting in settings)
        {
            docs.ShouldContain($"`{setting}`", customMessage: setting);
            IsRead(setting).ShouldBeTrue(setting);
        }
    }

    private static bool IsRead(string setting)
    {
        var (section, name) = (setting.Split("__")[0], setting.Split("__")[^1]);
        return section == "Logging"
            || IsBound(section, name)
            || DeployFiles.Sources.Contains($"\"{setting.Replace("__", ":", StringComparison.Ordinal)}\"", StringComparison.Ordinal)
            || DeployFiles.Sources.Contains($"\"{setting}\"", StringComparison.Ordinal);
    }

    /// <summary>Whether a record that is bound to the section has such a property.</summary>
    private static bool IsBound(string section, string name) =>
        (from bound in Binding().Matches(DeployFiles.Sources)
         let record = Records.Single(type => type.Name == bound.Groups["record"].Value)
         where section == (bound.Groups["section"] is { Success: true } written ? written.Value : (string)record.GetField("Section")!.GetRawConstantValue()!)
         select record.GetProperty(name)).Any(property => property is not null);

    private static readonly List<Type> Records =
    [
        .. new[] { typeof(OrchestratorHost), typeof(AnnotatorSettings), typeof(WorkerSettings), typeof(UnitPolicy), typeof(ServiceDefaults.HttpSettings) }
            .SelectMany(type => type.Assembly.GetTypes()),
    ];

    [GeneratedRegex(@"(AddSettings|Settings\.Read)<(?<record>[A-Z]\w{3,})>\(([^;]{0,30}, )?(""(?<section>\w+)""|\w+\.Section)", RegexOptions.ExplicitCapture)]
    private static partial Regex Binding();

    [Fact]
    public void Every_metric_of_dashboard_and_alerts_exists_and_is_explained()
    {
        DeployFiles.Metrics.Count.ShouldBeGreaterThan(10);
        var docs = DeployFiles.Text("docs/operations.md");
        foreach (var metric in DeployFiles.Metrics)
            docs.ShouldContain($"`{metric}`", customMessage: metric);
        foreach (var file in new[] { "deploy/grafana/interpret.json", "deploy/prometheus/alerts.yml", "docs/operations.md" })
        {
            var used = DeployFiles.MetricsIn(DeployFiles.Text(file)).ToList();
            used.Count.ShouldBeGreaterThan(5, file);
            used.ShouldBeSubsetOf(DeployFiles.Metrics, customMessage: file);
        }

        var panels = JsonNode.Parse(DeployFiles.Text("deploy/grafana/interpret.json"))!["panels"]!.AsArray();
        panels.Select(panel => (int)panel!["id"]!).ShouldBeUnique();
        panels.Where(panel => (string)panel!["type"]! != "row").ShouldAllBe(panel => panel!["targets"]!.AsArray().Count > 0);
    }

    [Fact]
    public void The_kustomization_names_every_manifest_but_the_examples()
    {
        var named = DeployFiles.Manifests.Single(manifest => manifest.File == "kustomization.yaml").Object.Items("resources")
            .Select(file => ((YamlScalarNode)file).Value!);
        named.ShouldBe(
            DeployFiles.Manifests.Select(manifest => manifest.File).Distinct()
                .Where(file => file != "kustomization.yaml" && !file.EndsWith(".example.yaml", StringComparison.Ordinal)),
            ignoreOrder: true);
    }

    [Fact]
    public void Pods_are_probed_get_time_to_end_and_may_do_little()
    {
        var deployments = DeployFiles.OfKind("Deployment").ToList();
        deployments.Select(Name)
            .ShouldBe(["interpret-orchestrator", "interpret-reports", "interpret-annotator", "interpret-worker-llama", "interpret-worker-vicuna"],
            ignoreOrder: true);
        foreach (var deployment in deployments)
        {
            var pod = deployment.At("spec/template/spec")!;
            var container = pod.At("containers/0")!;
            TimeSpan.FromSeconds(int.Parse(pod.Text("terminationGracePeriodSeconds")!, CultureInfo.InvariantCulture))
                .ShouldBeGreaterThan(Longest, Name(deployment));
            container.Text("livenessProbe/httpGet/path").ShouldBe("/health/live");
            container.Text("readinessProbe/httpGet/path").ShouldBe("/health/ready");
            container.Text("startupProbe/httpGet/path").ShouldBe("/health/ready");
            container.Text("ports/0/containerPort").ShouldBe(Name(deployment) == "interpret-reports" ? $"{ReportsHost.Port}" : $"{OrchestratorHost.Port}");
            deployment.Entries("spec/template/metadata/annotations")
                .Single(note => note.Key == "prometheus.io/port").Value.ShouldBe(container.At("ports/0/containerPort"));
            container.Text("securityContext/allowPrivilegeEscalation").ShouldBe("false");
            container.Text("securityContext/readOnlyRootFilesystem").ShouldBe("true");
            pod.Text("securityContext/runAsNonRoot").ShouldBe("true");
            container.Text("resources/requests/memory").ShouldNotBeNull();
            container.Text("resources/limits/memory").ShouldNotBeNull();
            container.Items("volumeMounts")
                .ShouldAllBe(mount => mount.Text("name") == "tmp" || mount.Text("name") == "uploads" || mount.Text("readOnly") == "true");
            container.Items("volumeMounts").Select(mount => mount.Text("name"))
                .ShouldBe(pod.Items("volumes").Select(volume => volume.Text("name")), ignoreOrder: true);
            deployment.Text("spec/selector/matchLabels/app").ShouldBe(deployment.Text("spec/template/metadata/labels/app"));
            DeployFiles.OfKind("PodDisruptionBudget")
                .ShouldContain(budget => budget.Text("spec/selector/matchLabels/app") == deployment.Text("spec/selector/matchLabels/app"), Name(deployment));
            Services.ShouldContain(container.Text("image")!["interpret-".Length..]);
        }

        DeployFiles.OfKind("Service").ShouldAllBe(service => deployments.Any(deployment => Name(deployment) == service.Text("spec/selector/app")));
    }

    [Fact]
    public void The_access_token_is_given_to_those_that_ask_for_it_and_to_no_worker()
    {
        foreach (var deployment in DeployFiles.OfKind("Deployment"))
        {
            var secrets = deployment.Items("spec/template/spec/volumes").Single(volume => volume.Text("name") == "secrets");
            var secret = secrets.At("secret") ?? secrets.Items("projected/sources").Select(source => source.At("secret")!).Single(one => one.Text("name") == "interpret");
            var keys = secret.Items("items").Select(item => item.Text("key")).ToList();
            if (Name(deployment) is "interpret-orchestrator" or "interpret-reports")
                keys.ShouldBeEmpty(Name(deployment)); // all of them
            else
                keys.ShouldBe(["ConnectionStrings__Database", "ConnectionStrings__Broker"], Name(deployment));
        }
    }

    [Fact]
    public void What_may_be_reached_is_named_and_what_is_named_is_there()
    {
        var apps = DeployFiles.OfKind("Deployment").Select(Name).ToList();
        var policies = DeployFiles.OfKind("NetworkPolicy").ToList();
        policies.ShouldContain(policy => !policy.Items("spec/ingress").Any()); // nothing, before something is allowed
        foreach (var app in policies.Select(policy => policy.Text("spec/podSelector/matchLabels/app")).OfType<string>())
            apps.ShouldContain(app);
        DeployFiles.OfKind("PodMonitor").Single().Items("spec/selector/matchExpressions/0/values").Select(value => ((YamlScalarNode)value).Value)
            .ShouldBe(apps, ignoreOrder: true);
        DeployFiles.OfKind("Ingress").Single().Items("spec/tls").ShouldNotBeEmpty();
    }

    [Fact]
    public void Workers_are_scaled_by_the_queue_of_the_model_that_they_host()
    {
        var scaled = DeployFiles.OfKind("ScaledObject").ToDictionary(Name);
        foreach (var deployment in DeployFiles.OfKind("Deployment").Where(deployment => deployment.Text("spec/replicas") is null))
        {
            var container = deployment.At("spec/template/spec/containers/0")!;
            var model = container.Items("env").FirstOrDefault(variable => variable.Text("name") == "Worker__Model")?.Text("value");
            var trigger = scaled[Name(deployment)].At("spec/triggers/0")!;
            scaled[Name(deployment)].Text("spec/scaleTargetRef/name").ShouldBe(Name(deployment));
            trigger.Text("type").ShouldBe("metrics-api");
            trigger.Text("metadata/url").ShouldBe($"http://interpret-orchestrator.interpret:8080/queues/{(model is null ? Queues.Annotate : Queues.Explain(model))}");
            trigger.Text("metadata/valueLocation").ShouldBe("units"); // QueueDemand.Units
            DeployFiles.OfKind("TriggerAuthentication").Select(Name).ShouldContain(trigger.Text("authenticationRef/name")!);
            if (model is null)
                continue;
            container.Entries("resources/limits").ShouldContain(limit => limit.Key == "nvidia.com/gpu" && ((YamlScalarNode)limit.Value).Value == "1");
            container.Items("env").Single(variable => variable.Text("name") == "Worker__Checkpoint").Text("value")!.ShouldStartWith("/checkpoints/");
            container.Items("volumeMounts").Single(mount => mount.Text("mountPath") == "/checkpoints").Text("readOnly").ShouldBe("true");
        }
    }

    private static string Name(YamlNode manifest) => manifest.Text("metadata/name")!;

    /// <summary>The services of the compose file that run one of the project's hosts.</summary>
    private static IEnumerable<(string Name, YamlNode Service)> Own() =>
        DeployFiles.Compose.Entries("services").Where(service => service.Value.Text("build/target") is { } target && target != "cli")
            .Select(service => (service.Key, service.Value));

    private static List<string> Targets() =>
        [.. DeployFiles.Text("deploy/docker/Dockerfile").Split('\n').Select(line => Target().Match(line)).Where(match => match.Success)
        .Select(match => match.Groups["target"].Value).Where(target => target != "tensors")];

    /// <returns>What it said, when it failed; else nothing.</returns>
    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process =
            Process.Start(
            new ProcessStartInfo(
            program, arguments)
            { WorkingDirectory = DeployFiles.Root, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (output, error) =
            (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? "" : $"{process.ExitCode}: {await output}{await error}";
    }

    [GeneratedRegex("^FROM (service|tensors) AS (?<target>[a-z-]+)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Target();

    [GeneratedRegex("^COPY --from=built /out/(?<project>[A-Z][A-Za-z]+) \\.$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Published();

    [GeneratedRegex("^ENTRYPOINT \\[\"dotnet\", \"(?<assembly>[A-Za-z.]+)\\.dll\"\\]$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Run();

    [GeneratedRegex(":-(?<value>[^}]+)\\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Default();

    [GeneratedRegex("\\b[A-Z][A-Za-z_]*__[A-Za-z_]+\\b", RegexOptions.NonBacktracking)]
    private static partial Regex Setting();

    // A password that is given in the file itself, not in one that it names.
    [GeneratedRegex(
        "(?i)(password|token|_key|api.?key|pass)[\"']?\\s*[:=]\\s*[\"']?[a-z0-9/+]{4,}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Password();
}
