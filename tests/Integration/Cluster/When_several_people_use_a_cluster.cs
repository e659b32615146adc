using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Interpret.Cli;
using Interpret.Cli.Clients;
using Interpret.Contracts;
using Interpret.Orchestrator;
using Interpret.Pages;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>Each has a token of their own: what it lets them do, and what is kept of what they did.</summary>
public sealed partial class When_several_people_use_a_cluster : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_reader_reads_an_operator_changes_and_a_revoked_token_does_nothing_any_more()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["Http__OpenReads"] = "false";
        var server = (await cluster.ServeAsync()).ToString();
        Task<CommandResult> As(string token, params string[] arguments) => AsAsync(token, server, arguments);
        var reader = (await As(InterpretProcess.Token, "tokens", "add", "rita", "--read-only")).ShouldExitWith(ExitCodes.Done).Output.Trim();
        var added = (await As(InterpretProcess.Token, "tokens", "add", "otto")).ShouldExitWith(ExitCodes.Done);
        var other = added.Output.Trim();
        added.Error.ShouldNotContain(other);

        (await As("interpret_guess", "status")).ShouldExitWith(ExitCodes.BadInput);
        (await As(reader, "status")).ShouldExitWith(ExitCodes.Done);
        var refused = (await As(reader, "models", "remove", "m")).ShouldExitWith(ExitCodes.BadInput).Error;
        refused.ShouldContain("The token 'rita' may read and change nothing");
        (await As(reader, "tokens")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("operator");
        (await As(other, "tokens", "add", "third")).ShouldExitWith(ExitCodes.Done);
        (await As(other, "tokens", "add", "rita")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain($"[{ErrorClasses.TokenTaken}]");
        (await As(other, "tokens", "add", "server")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain($"[{ErrorClasses.BadName}]");
        (await As(other, "tokens", "revoke", "nobody")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain($"[{ErrorClasses.TokenUnknown}]");
        using (var login = InterpretProcess.StartWith([("XDG_CONFIG_HOME", scratch.At("kept"))], scratch.At("client"), reader + "\n", "login", server))
            (await login.EndAsync()).ShouldExitWith(ExitCodes.Done); // readers log in, too

        (await As(other, "tokens", "revoke", "rita")).ShouldExitWith(ExitCodes.Done);
        (await As(reader, "status")).ShouldExitWith(ExitCodes.BadInput);
        var listed = (await As(other, "tokens")).ShouldExitWith(ExitCodes.Done).Output;
        listed.ShouldContain("rita");
        listed.ShouldNotContain(reader);
        await using var context = cluster.Storage.CreateDbContext();
        var rows = await context.AccessTokens.OrderBy(row => row.Name).ToListAsync();
        rows.Select(row => (row.Name, row.Role, row.CreatedBy, Revoked: row.RevokedAt is not null, Used: row.LastUsedAt % 3_600_000))
            .ShouldBe([("otto", "operator", "server", false, 0L), ("rita", "reader", "server", true, 0L), ("third", "operator", "otto", false, null)]);
        var entries = await context.AuditEntries.OrderBy(row => row.Id).ToListAsync();
        entries.Select(row => (row.Actor, row.Action, row.Subject, row.Outcome)).ShouldBe(
        [
            ("server", "tokens-add", "rita", "done"), ("server", "tokens-add", "otto", "done"), ("otto", "tokens-add", "third", "done"),
            ("otto", "tokens-add", "rita", "refused"), ("otto", "tokens-add", "server", "refused"), ("otto", "tokens-revoke", "nobody", "refused"),
            ("otto", "tokens-revoke", "rita", "done"),
        ]);
        string.Join('\n', entries.Select(row => row.Detail)).ShouldNotContain("interpret_");
        cluster.Said.ShouldNotContain(reader);
    }

    [Fact]
    public async Task A_session_on_the_pages_ends_with_its_token()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["Http__OpenReads"] = "false";
        var (reports, orchestrator) = await cluster.ServeBothAsync();
        var token = (await AsAsync(InterpretProcess.Token, orchestrator.ToString(), "tokens", "add", "rita", "--read-only")).ShouldExitWith(ExitCodes.Done).Output.Trim();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = reports };
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        (await browser.GetAsync("/workers")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await SignInAsync(browser, token);
        (await browser.GetAsync("/workers")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var change = await browser.PostAsync("/workers/w/drain", new FormUrlEncodedContent([]));
        change.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await change.Content.ReadAsStringAsync()).ShouldContain("may read and change nothing");

        (await AsAsync(InterpretProcess.Token, orchestrator.ToString(), "tokens", "revoke", "rita")).ShouldExitWith(ExitCodes.Done);
        (await browser.GetAsync("/workers")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Every_route_that_may_change_something_is_in_the_audit_log()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var (reports, orchestrator) = await cluster.ServeBothAsync();
        var routes = Routes(cluster, OrchestratorHost.AddOrchestrator, OrchestratorHost.MapOrchestrator);
        (await ShouldRecordAsync(cluster.Storage, orchestrator, routes)).ShouldBeGreaterThan(12);
        (await ShouldRecordAsync(cluster.Storage, reports, Routes(cluster, ReportsHost.AddReports, PagesHost.MapPages))).ShouldBe(2, "an action of a study, and a worker's end");
    }

    /// <returns>How many routes were tried.</returns>
    private static async Task<int> ShouldRecordAsync(InterpretStorage storage, Uri service, IEnumerable<RouteEndpoint> routes)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = service };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        var (tried, before) = (0, await EntriesAsync());
        foreach (var route in routes)
        {
            var method = route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.FirstOrDefault(one => one is not ("GET" or "HEAD"));
            if (method is null) continue;
            var path = AnyValue().Replace(route.RoutePattern.RawText!.Replace("do/{name}", "do/cancel", StringComparison.Ordinal), "none");
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (route.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes.Contains("application/x-www-form-urlencoded") == true)
                request.Content = new FormUrlEncodedContent([]);
            using var answer = await client.SendAsync(request);
            var entries = await EntriesAsync();
            if (Array.Exists(ChangeNothing, one => path == one) || route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains("GET"))
            {
                entries.Count.ShouldBe(before.Count, path);
                continue;
            }

            tried++;
            entries.Count.ShouldBe(before.Count + 1, $"{method} {path}");
            before = entries;
            entries[0].Actor.ShouldBe("server");
            entries[0].Action.ShouldBeOneOf([.. Actions], $"{method} {path} says what it is called");
            entries[0].Outcome.ShouldBe(answer.IsSuccessStatusCode ? "done" : "refused", path);
            if (path.StartsWith("/studies/none", StringComparison.Ordinal)) entries[0].Study.ShouldBe("none");
        }

        return tried;

        async Task<IReadOnlyList<AuditRow>> EntriesAsync()
        {
            await using var context = storage.CreateDbContext();
            return await context.AuditEntries.OrderByDescending(row => row.Id).ToListAsync();
        }
    }

    [Fact]
    public async Task Who_submitted_cancelled_and_deleted_a_study_stays_known_when_it_is_gone()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        var server = (await cluster.ServeAsync()).ToString();
        var file = SampleStudy.Write(scratch, "gone", SampleStudy.Rows.Take(1), rated: false, ownModels: true);
        var token = (await AsAsync(InterpretProcess.Token, server, "tokens", "add", "otto")).ShouldExitWith(ExitCodes.Done).Output.Trim();
        foreach (var arguments in new string[][] { ["submit", file, "--priority", "2"], ["submit", file], ["priority", "gone", "1"], ["cancel", "gone"], ["delete", "gone", "--yes"] })
            (await AsAsync(token, server, arguments)).ShouldExitWith(ExitCodes.Done);
        var entries = (await AsAsync(token, server, "audit", "gone", "--format", "json")).ShouldExitWith(ExitCodes.Done).Output;
        JsonSerializer.Deserialize<List<AuditEntry>>(entries, JsonSerializerOptions.Web)!
            .Select(entry => (entry.Actor, entry.Action, entry.Study, entry.Detail, entry.Outcome)).ShouldBe(
        [
            ("otto", "delete", "gone", null, "done"), ("otto", "cancel", "gone", null, "done"), ("otto", "priority", "gone", "priority=1", "done"),
            ("otto", "submit", "gone", "known already", "done"), ("otto", "submit", "gone", "priority=2", "done"),
        ]);
        (await AsAsync(token, server, "audit", "gone", "--last", "1")).ShouldExitWith(ExitCodes.Done).Output.ShouldNotContain("submit");
    }

    [Fact]
    public async Task Tokens_are_for_a_server_and_on_one_machine_changes_have_the_user_s_name()
    {
        var file = SampleStudy.Write(scratch, "own", SampleStudy.Rows.Take(1), rated: false, maxNewTokens: 1);
        var state = scratch.At("own-state");
        (await InterpretProcess.RunAsync(state, "tokens")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("--server or INTERPRET_SERVER");
        (await InterpretProcess.RunAsync(state, "run", file)).ShouldExitWith(ExitCodes.Done);
        (await InterpretProcess.RunAsync(state, "retry", "own")).ShouldExitWith(ExitCodes.Done);
        (await InterpretProcess.RunAsync(state, "delete", "own", "--yes")).ShouldExitWith(ExitCodes.Done);
        var log = (await InterpretProcess.RunAsync(state, "audit", "own")).ShouldExitWith(ExitCodes.Done).Output;
        foreach (var action in new[] { "submit", "retry", "delete" }) log.ShouldMatch($@"{Environment.UserName}\s+│\s+{action}\s+│\s+own");
    }

    /// <summary>What a client of this machine's state can change is recorded: every member of the client but those that read.</summary>
    [Fact]
    public async Task Every_change_on_one_machine_is_in_the_audit_log()
    {
        var scene = await StudyScene.PlanAsync(scratch, SampleStudy.Write(scratch, "alone", SampleStudy.Rows.Take(1), rated: false));
        var client = new LocalStudyClient(scene.State);
        var none = TestContext.Current.CancellationToken;
        var changes = new Dictionary<string, Func<Task>>
        {
            ["AnnotateAsync"] = () => client.AnnotateAsync("alone", new AnnotationRequest(Passes: 0), none),
            ["ArchiveAsync"] = () => client.ArchiveAsync("alone", archived: true, none),
            ["CancelAsync"] = () => client.CancelAsync("alone", none),
            ["ResumeAsync"] = () => client.ResumeAsync("alone", none),
            ["RetryAsync"] = () => client.RetryAsync("alone", null, none),
            ["SetPriorityAsync"] = () => client.SetPriorityAsync("alone", 1, none),
            ["PauseAsync"] = () => client.PauseAsync("alone", none),
            ["QuotaAsync"] = () => client.QuotaAsync("alone", new QuotaChange(RequestsPerMinute: 1), none),
            ["ImportAsync"] = () => client.ImportAsync(
                new Exchange.Import.TableRequest("attention", new("alone", "base", Roles.Base, null), [Exchange.Text.InputFile.Text(scratch.At("nothing.tsv"))]), none),
            ["DeleteAsync"] = () => client.DeleteAsync("alone", none),
        };
        string[] reads = ["OverviewsAsync", "ParkedAsync", "UnitsAsync", "AnnotationsAsync", "AuditAsync", "WorkersAsync", "ReportsAsync", "ReportAsync", "DocumentAsync", "PromptAsync", "ExportAsync"];
        typeof(StudyClient).GetMethods().Where(method => method.IsAbstract).Select(method => method.Name).Except(reads)
            .ShouldBe(changes.Keys, ignoreOrder: true);
        var before = 0;
        foreach (var (name, change) in changes)
        {
            try
            {
                await change();
            }
            catch (Exception e) when (e is BadInputException or IOException)
            {
                // refused, and recorded
            }

            var entries = await client.AuditAsync(null, 1000, none);
            entries.Count.ShouldBe(++before, name);
            (entries[0].Actor, entries[0].Study).ShouldBe((Environment.UserName, "alone"), name);
        }
    }

    private static readonly IReadOnlyList<string> Actions =
        [.. typeof(AuditActions).GetFields().Select(field => (string)field.GetRawConstantValue()!)];

    /// <summary>They try a token, or forget a session.</summary>
    private static readonly string[] ChangeNothing = ["/login", "/sign-in", "/sign-out"];

    /// <summary>The routes of a service.</summary>
    private static List<RouteEndpoint> Routes(ClusterScene cluster, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["ConnectionStrings:Database"] = cluster.Connection;
        builder.Configuration["ConnectionStrings:Broker"] = cluster.Broker.ToString();
        builder.Configuration["Http:Token"] = InterpretProcess.Token;
        builder.AddHttp(0);
        add(builder);
        var app = builder.Build();
        app.UseHttp();
        map(app);
        return [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex AnyValue();

    private static async Task SignInAsync(HttpClient browser, string token)
    {
        var form = await browser.GetStringAsync("/sign-in");
        var own = Regex.Match(form, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        (await browser.PostAsync("/sign-in", new FormUrlEncodedContent([new("token", token), new("back", "/"), new("__RequestVerificationToken", own)])))
            .Headers.Location.ShouldBe(new Uri("/", UriKind.Relative));
    }

    private async Task<CommandResult> AsAsync(string token, string server, params string[] arguments)
    {
        using var started = InterpretProcess.StartWith([("INTERPRET_TOKEN", token)], scratch.At("client"), null, [.. arguments, "--server", server]);
        return await started.EndAsync();
    }

    public void Dispose() => scratch.Dispose();
}
