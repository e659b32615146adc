using System.CommandLine;
using System.Formats.Tar;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Export;
using Interpret.Exchange.Import;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Vocabularies;
using Interpret.Orchestrator.Http;
using Interpret.Pages.Prompts;
using Interpret.Reports;
using Interpret.Reports.Documents;
using Interpret.Reports.Formats;
using Interpret.Storage;

namespace Interpret.Cli.Clients;

/// <summary>The studies of a cluster, over its orchestrator's HTTP API.</summary>
public sealed class HttpStudyClient : StudyClient, IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private readonly HttpClient client;
    private readonly string remedy;

    /// <param name="server">The orchestrator's address.</param>
    /// <param name="token">Its access token; null: the one that is kept for it.</param>
    public HttpStudyClient(Uri server, string? token = null)
    {
        client = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        (var shown, remedy) = token is null ? ServerTokens.Of(server) : (token, "It does not take this token");
        if (shown is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", shown);
    }

    /// <summary>For a command that only a server can do.</summary>
    /// <exception cref="BadInputException"><c>server-address</c>: no server is named.</exception>
    public static HttpStudyClient Of(ParseResult parsed, string command) => ServerOf(parsed) is { } server
        ? new HttpStudyClient(server)
        : throw new BadInputException(ErrorClasses.ServerAddress, command, null, "--server or INTERPRET_SERVER: it is about a cluster", "neither");

    /// <summary>Whether the server takes the token.</summary>
    public Task CheckTokenAsync(CancellationToken cancel) => DoAsync(HttpMethod.Post, "login", null, cancel);

    /// <summary>The models that studies may name without bringing their checkpoint.</summary>
    public async Task<IReadOnlyList<KnownModel>> ModelsAsync(CancellationToken cancel) => await GetAsync<List<KnownModel>>("models", cancel);

    /// <summary>Registers a model.</summary>
    public Task RegisterModelAsync(string name, ModelFacts facts, CancellationToken cancel) =>
        DoAsync(HttpMethod.Put, $"models/{Uri.EscapeDataString(name)}", JsonContent.Create(facts, options: JsonSerializerOptions.Web), cancel);

    /// <summary>Forgets a model.</summary>
    public Task ForgetModelAsync(string name, CancellationToken cancel) => DoAsync(HttpMethod.Delete, $"models/{Uri.EscapeDataString(name)}", null, cancel);

    /// <summary>Has a worker finish what it has in hand and end.</summary>
    public Task DrainAsync(string worker, CancellationToken cancel) => DoAsync(HttpMethod.Post, $"workers/{Uri.EscapeDataString(worker)}/drain", null, cancel);

    /// <summary>The named access tokens.</summary>
    public async Task<IReadOnlyList<NamedToken>> TokensAsync(CancellationToken cancel) => await GetAsync<List<NamedToken>>("tokens", cancel);

    /// <summary>Makes an access token.</summary>
    public Task<NewToken> AddTokenAsync(string name, bool readOnly, CancellationToken cancel) => WithinAsync(
        limited => AskAsync<NewToken>(() => client.PostAsync($"tokens/{Uri.EscapeDataString(name)}{(readOnly ? "?readOnly=true" : "")}", null, limited), limited), cancel);

    /// <summary>Revokes an access token.</summary>
    public Task RevokeTokenAsync(string name, CancellationToken cancel) => DoAsync(HttpMethod.Delete, $"tokens/{Uri.EscapeDataString(name)}", null, cancel);

    public override async Task<IReadOnlyList<AuditEntry>> AuditAsync(string? study, int last, CancellationToken cancel) => await GetAsync<List<AuditEntry>>(
        string.Create(CultureInfo.InvariantCulture, $"audit?last={last}{(study is null ? "" : $"&study={Uri.EscapeDataString(study)}")}"), cancel);

    public override async Task<IReadOnlyList<UnitOverview>> UnitsAsync(string study, UnitOrder order, int most, CancellationToken cancel) =>
        await GetAsync<List<UnitOverview>>(string.Create(CultureInfo.InvariantCulture, $"{Path(study)}/units?order={order}&limit={most}"), cancel);

    public override Task ArchiveAsync(string study, bool archived, CancellationToken cancel) =>
        DoAsync(HttpMethod.Post, $"{Path(study)}/archive{(archived ? "" : "?undo=true")}", null, cancel);

    public override async Task<long> DeleteAsync(string study, CancellationToken cancel) =>
        (await AskAsync<DeletedRows>(() => client.DeleteAsync(Path(study), cancel), cancel)).Rows;

    public override Task SetPriorityAsync(string study, int priority, CancellationToken cancel) =>
        DoAsync(HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"{Path(study)}/priority?priority={priority}"), null, cancel);

    public override Task PauseAsync(string study, CancellationToken cancel) => DoAsync(HttpMethod.Post, $"{Path(study)}/annotation/pause", null, cancel);

    public override Task<AnnotationQuota> QuotaAsync(string study, QuotaChange change, CancellationToken cancel) => change.IsNone
        ? GetAsync<AnnotationQuota>($"{Path(study)}/annotation/quota", cancel)
        : AskAsync<AnnotationQuota>(() => client.PostAsJsonAsync($"{Path(study)}/annotation/quota", change, JsonSerializerOptions.Web, cancel), cancel);

    public override async Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, CancellationToken cancel, bool archived = false) => study is null
        ? await GetAsync<List<StudyOverview>>(archived ? "studies?archived=true" : "studies", cancel)
        : [await GetAsync<StudyOverview>(Path(study), cancel)];

    public override async Task<IReadOnlyList<ParkedUnit>> ParkedAsync(string study, CancellationToken cancel) =>
        await GetAsync<List<ParkedUnit>>($"{Path(study)}/failures", cancel);

    public override async Task<(int Stopped, int InHand)> CancelAsync(string study, CancellationToken cancel)
    {
        var changed = await ChangeAsync($"{Path(study)}/cancel", cancel);
        return (changed.Units, changed.InHand);
    }

    public override async Task<int> ResumeAsync(string study, CancellationToken cancel) => (await ChangeAsync($"{Path(study)}/resume", cancel)).Units;

    public override async Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel) =>
        (await ChangeAsync($"{Path(study)}/retry{(errorClass is null ? "" : $"?class={Uri.EscapeDataString(errorClass)}")}", cancel)).Units;

    public override Task<AnnotationQueued> AnnotateAsync(string study, AnnotationRequest request, CancellationToken cancel) =>
        WithinAsync(
            limited => AskAsync<AnnotationQueued>(
                () => client.PostAsJsonAsync($"{Path(study)}/annotation", request, JsonSerializerOptions.Web, limited), limited),
            cancel);

    public override async Task<IReadOnlyList<AnnotationSummary>> AnnotationsAsync(string study, CancellationToken cancel) =>
        await GetAsync<List<AnnotationSummary>>($"{Path(study)}/annotation", cancel);

    public override async Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancel) => await GetAsync<List<WorkerRow>>("workers", cancel);

    public override Task<StudyReportList> ReportsAsync(string study, CancellationToken cancel) => GetAsync<StudyReportList>($"{Path(study)}/reports", cancel);

    public override async Task<IReadOnlyList<string>> ReportAsync(
        string study, string name, string? tuned, IReadOnlyList<IReportFormat?> formats, CancellationToken cancel)
    {
        var texts = new List<string>();
        foreach (var format in formats)
        {
            var path = ReportPath(study, name, tuned, format);
            texts.Add(await AskAsync(() => client.GetAsync(path, cancel), content => content.ReadAsStringAsync(cancel), cancel));
        }

        return texts;
    }

    public override async Task<WrittenDocument> DocumentAsync(
        string study, string name, string? tuned, IDocumentFormat format, CancellationToken cancel)
    {
        using var response = await SendAsync(() => client.GetAsync(ReportPath(study, name, tuned, format), cancel), cancel);
        return new(
            await ReachAsync(() => response.Content.ReadAsByteArrayAsync(cancel)),
            response.Headers.TryGetValues(StudyDocument.FailedHeader, out var failed) ? [.. failed.Single().Split(',').Select(Uri.UnescapeDataString)] : []);
    }

    public override Task<byte[]> PromptAsync(string study, string id, CancellationToken cancel) => AskAsync(
        () => client.GetAsync($"{Path(study)}/reports/{PromptFile.Report}?id={Uri.EscapeDataString(id)}", cancel),
        content => content.ReadAsByteArrayAsync(cancel), cancel);

    private static string ReportPath(string study, string name, string? tuned, IKind? format)
    {
        var query = new[] { ("tuned", tuned), ("format", format?.Name) }
            .Where(one => one.Item2 is not null).Select(one => $"{one.Item1}={Uri.EscapeDataString(one.Item2!)}");
        return $"{Path(study)}/reports/{Uri.EscapeDataString(name)}?{string.Join('&', query)}";
    }

    /// <summary>Sends a study with its files, as they lie on this machine.</summary>
    /// <param name="text">The study file.</param>
    /// <param name="study">The same, read.</param>
    /// <param name="facts">What this machine knows of its models.</param>
    /// <param name="priority">Its priority.</param>
    public async Task<SubmittedStudy> SubmitAsync(
        byte[] text, StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts, int priority, CancellationToken cancel)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(priority.ToString(CultureInfo.InvariantCulture)), "priority" },
            { new ByteArrayContent(text), "study" }, { JsonContent.Create(facts, options: JsonSerializerOptions.Web), "models" },
        };
        foreach (var (part, file) in new[]
                 {
                     ("dataset", study.Dataset), ("ratings", study.Ratings), ("vocabulary", study.Vocabulary), ("vectors", study.Vectors),
                     ("instructionVerbs", study.Verbs?.InstructionFile), ("generalVerbs", study.Verbs?.GeneralFile),
                     ("stopWords", study.Attention.StopWords is StopList.NoneOption ? null : study.Attention.StopWords),
                 })
        {
            if (file is not null)
                form.Add(new StreamContent(Open(file)), part, System.IO.Path.GetFileName(file));
        }

        // By the names that the study has for them: two may be called alike in different folders.
        foreach (var template in study.Models.Select(model => model.Template).OfType<TemplateSettings>().DistinctBy(template => template.Given))
        {
            if (template.File is not null)
                form.Add(new StreamContent(Open(template.File)), StudyFile.TemplateKey, template.Given!);
        }

        return await AskAsync<SubmittedStudy>(() => client.PostAsync("studies", form, cancel), cancel);
    }

    public override async Task<Imported> ImportAsync(ImportRequest request, CancellationToken cancel)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{Path(request.Target.Study)}/import/{request.Kind}") { Content = ImportForm.Of(request) };
        message.Headers.ExpectContinue = true; // who may not import is told so before the files are sent
        return (await AskAsync<List<Imported>>(() => client.SendAsync(message, cancel), cancel)).Single();
    }

    public override async Task<Exported> ExportAsync(ExportRequest request, CancellationToken cancel)
    {
        var query = request.Models.Select(model => $"model={Uri.EscapeDataString(model)}")
            .Concat(request.Passes.Select(pass => string.Create(CultureInfo.InvariantCulture, $"pass={pass}")));
        var path = $"{Path(request.Study)}/export/{request.Kind}?{string.Join('&', query)}";
        var response = await SendAsync(() => client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancel), cancel);
        var body = await response.Content.ReadAsStreamAsync(cancel);
        return response.Headers.TryGetValues(ExchangeEndpoints.ModelsHeader, out var models)
            ? new Exported(
                [.. models.Single().Split(',').Select(Uri.UnescapeDataString)],
                new[] { new ExportedFile($"{request.Kind}.tsv", (target, ending) => CopyAsync(body, target, ending)) }.ToAsyncEnumerable(),
                body)
            : new Exported(request.Models, UnpackAsync(body, cancel), body);
    }

    private async IAsyncEnumerable<ExportedFile> UnpackAsync(Stream tar, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var reader = new TarReader(tar);
        while (await ReachAsync(() => reader.GetNextEntryAsync(cancellationToken: cancel).AsTask()) is { } entry)
        {
            if (CaseId.Flaw(entry.Name) is { } flaw)
                throw new ServiceException($"{client.BaseAddress}: expected files with plain names, found {flaw}", ExitCodes.Unreachable);
            yield return new ExportedFile(entry.Name, (target, ending) => CopyAsync(entry.DataStream ?? Stream.Null, target, ending));
        }
    }

    private async Task CopyAsync(Stream source, Stream target, CancellationToken cancel) => await ReachAsync(async () =>
    {
        await source.CopyToAsync(target, cancel);
        return true;
    });

    private static FileStream Open(string file)
    {
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(ErrorClasses.InputMissing, file, null, "a readable file", e.Message, inner: e);
        }
    }

    private static string Path(string study) => $"studies/{Uri.EscapeDataString(study)}";

    private Task<T> GetAsync<T>(string path, CancellationToken cancel) =>
        WithinAsync(limited => AskAsync<T>(() => client.GetAsync(path, limited), limited), cancel);

    private Task<ChangedUnits> ChangeAsync(string path, CancellationToken cancel) =>
        WithinAsync(limited => AskAsync<ChangedUnits>(() => client.PostAsync(path, null, limited), limited), cancel);

    private Task<HttpStatusCode> DoAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancel) => WithinAsync(
        async limited =>
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await SendAsync(() => client.SendAsync(request, limited), limited);
            return response.StatusCode;
        },
        cancel);

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(RequestTimeout);
        try
        {
            return await ask(timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new ServiceException($"{client.BaseAddress}: no answer within {RequestTimeout.TotalSeconds} s", ExitCodes.Unreachable, cause: e);
        }
    }

    private Task<T> AskAsync<T>(Func<Task<HttpResponseMessage>> send, CancellationToken cancel) =>
        AskAsync(send, async content => (await content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancel))!, cancel);

    private async Task<T> AskAsync<T>(Func<Task<HttpResponseMessage>> send, Func<HttpContent, Task<T>> read, CancellationToken cancel)
    {
        using var response = await SendAsync(send, cancel);
        return await ReachAsync(() => read(response.Content));
    }

    private Task<HttpResponseMessage> SendAsync(Func<Task<HttpResponseMessage>> send, CancellationToken cancel) => ReachAsync(async () =>
    {
        var response = await send();
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await RefusedAsync(response, cancel);
    });

    private async Task<T> ReachAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or HttpIOException or InvalidDataException)
        {
            throw new ServiceException($"{client.BaseAddress}: {e.Message}", ExitCodes.Unreachable, cause: e);
        }
    }

    private async Task<ServiceException> RefusedAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        Problem? problem = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            problem = await response.Content.ReadFromJsonAsync<Problem>(JsonSerializerOptions.Web, cancel);
        var said = problem?.Detail ?? $"{(int)response.StatusCode} {response.ReasonPhrase}";
        if (problem?.ErrorClass is { } errorClass)
            return new ServiceException(said, ExitCodes.BadInput, errorClass);
        return response.StatusCode == HttpStatusCode.Unauthorized
            ? new ServiceException($"{client.BaseAddress}: {said} {remedy}.", ExitCodes.BadInput)
            : response.StatusCode == HttpStatusCode.Forbidden ? new ServiceException($"{client.BaseAddress}: {said}", ExitCodes.BadInput)
            : new ServiceException($"{client.BaseAddress}: {said}", ExitCodes.Unreachable);
    }

    /// <summary>What is read of an answer of problem+json.</summary>
    private sealed record Problem(string? Detail, string? ErrorClass);

    public void Dispose() => client.Dispose();
}
