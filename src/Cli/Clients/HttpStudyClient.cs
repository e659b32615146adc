using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Vocabularies;
using Interpret.Orchestrator.Http;
using Interpret.Reports;
using Interpret.Reports.Formats;
using Interpret.ServiceDefaults;
using Interpret.Storage;

namespace Interpret.Cli.Clients;

/// <summary>The studies of a cluster, over its orchestrator's HTTP API.</summary>
public sealed class HttpStudyClient : StudyClient, IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private readonly HttpClient client;

    public HttpStudyClient(Uri server)
    {
        client = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        if (Token() is { } token)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    // The token of the user's own services lies where they put it; another cluster's is given.
    private static string? Token() =>
        Environment.GetEnvironmentVariable("INTERPRET_TOKEN") is { Length: > 0 } given ? given
        : File.Exists(AccessToken.DefaultFile) ? File.ReadAllText(AccessToken.DefaultFile).Trim() : null;

    public override async Task<IReadOnlyList<StudyOverview>> OverviewsAsync(string? study, CancellationToken cancel) => study is null
        ? await GetAsync<List<StudyOverview>>("studies", cancel)
        : [await GetAsync<StudyOverview>(Path(study), cancel)];

    public override async Task<IReadOnlyList<ParkedUnit>> ParkedAsync(string study, CancellationToken cancel) =>
        await GetAsync<List<ParkedUnit>>($"{Path(study)}/failures", cancel);

    public override Task<int> CancelAsync(string study, CancellationToken cancel) => ChangeAsync($"{Path(study)}/cancel", cancel);

    public override Task<int> ResumeAsync(string study, CancellationToken cancel) => ChangeAsync($"{Path(study)}/resume", cancel);

    public override Task<int> RetryAsync(string study, string? errorClass, CancellationToken cancel) =>
        ChangeAsync($"{Path(study)}/retry{(errorClass is null ? "" : $"?class={Uri.EscapeDataString(errorClass)}")}", cancel);

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
            var query = new[] { ("tuned", tuned), ("format", format?.Name) }
                .Where(one => one.Item2 is not null).Select(one => $"{one.Item1}={Uri.EscapeDataString(one.Item2!)}");
            var path = $"{Path(study)}/reports/{Uri.EscapeDataString(name)}?{string.Join('&', query)}";
            texts.Add(await AskAsync(() => client.GetAsync(path, cancel), content => content.ReadAsStringAsync(cancel), cancel));
        }

        return texts;
    }

    /// <summary>Sends a study with its files, as they lie on this machine.</summary>
    /// <param name="text">The study file.</param>
    /// <param name="study">The same, read.</param>
    /// <param name="facts">What this machine knows of its models.</param>
    public async Task<SubmittedStudy> SubmitAsync(byte[] text, StudyDefinition study, IReadOnlyDictionary<string, ModelFacts> facts, CancellationToken cancel)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(text), "study" }, { JsonContent.Create(facts, options: JsonSerializerOptions.Web), "models" },
        };
        foreach (var (part, file) in new[]
                 {
                     ("dataset", study.Dataset), ("ratings", study.Ratings), ("vocabulary", study.Vocabulary), ("vectors", study.Vectors),
                     ("stopWords", study.Attention.StopWords is StopList.NoneOption ? null : study.Attention.StopWords),
                 })
        {
            if (file is not null)
                form.Add(new StreamContent(Open(file)), part, System.IO.Path.GetFileName(file));
        }

        return await AskAsync<SubmittedStudy>(() => client.PostAsync("studies", form, cancel), cancel);
    }

    private static FileStream Open(string file)
    {
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException("input-missing", file, null, "a readable file", e.Message, inner: e);
        }
    }

    private static string Path(string study) => $"studies/{Uri.EscapeDataString(study)}";

    private Task<T> GetAsync<T>(string path, CancellationToken cancel) =>
        WithinAsync(limited => AskAsync<T>(() => client.GetAsync(path, limited), limited), cancel);

    private async Task<int> ChangeAsync(string path, CancellationToken cancel) =>
        (await WithinAsync(limited => AskAsync<ChangedUnits>(() => client.PostAsync(path, null, limited), limited), cancel)).Units;

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
        try
        {
            using var response = await send();
            return response.IsSuccessStatusCode
                ? await read(response.Content)
                : throw await RefusedAsync(response, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
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
        var code = response.StatusCode == HttpStatusCode.Unauthorized ? ExitCodes.BadInput : ExitCodes.Unreachable;
        return new ServiceException($"{client.BaseAddress}: {said}", code);
    }

    /// <summary>What is read of an answer of problem+json.</summary>
    private sealed record Problem(string? Detail, string? ErrorClass);

    public void Dispose() => client.Dispose();
}
