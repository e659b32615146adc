using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Studies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Interpret.Orchestrator.Http;

/// <summary>
/// A submitted study: a multipart form with the study file as <c>study</c>, what its sender knows of the models as <c>models</c> (JSON,
/// optional), and each file that the study names under the key that names it. Files go to a folder as they come; none is held in memory.
/// </summary>
public sealed class StudyUpload : IDisposable
{
    /// <summary>Parts that hold the study's files, by the keys of a study file.</summary>
    private static readonly string[] FileParts = ["dataset", "ratings", "vocabulary", "vectors", "stopWords"];

    private const string StudyPart = "study";
    private const string ModelsPart = "models";
    private const int MostTextBytes = 1 << 20;

    private readonly DirectoryInfo folder;
    private readonly Dictionary<string, string> files = new(StringComparer.Ordinal);
    private byte[]? text;

    private StudyUpload(DirectoryInfo folder) => this.folder = folder;

    /// <summary>What the sender knows of the models, by name.</summary>
    public IReadOnlyDictionary<string, ModelFacts> Facts { get; private set; } = new Dictionary<string, ModelFacts>();

    /// <summary>Receives a study.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parent">Where its folder is made.</param>
    /// <param name="mostBytes">A larger request is refused.</param>
    /// <param name="cancel">Ends it; what was received is removed.</param>
    /// <exception cref="BadInputException"><c>upload</c>: no multipart form, or a part that is not known, comes twice or cannot be read.</exception>
    public static async Task<StudyUpload> ReceiveAsync(HttpRequest request, string parent, long mostBytes, CancellationToken cancel)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = mostBytes;
        var boundary = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;
        if (string.IsNullOrEmpty(boundary))
            throw new BadInputException("upload", "request", "Content-Type", "multipart/form-data with a boundary", request.ContentType ?? "none");
        Directory.CreateDirectory(parent);
        var upload = new StudyUpload(Directory.CreateDirectory(Path.Combine(parent, $"interpret-upload-{Guid.NewGuid():N}")));
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
                await upload.AddAsync(section, cancel);
            if (upload.text is null)
                throw new BadInputException("upload", "request", StudyPart, "a part with the study file", "none");
            return upload;
        }
        catch (Exception e)
        {
            upload.Dispose();
            if (e is InvalidDataException)
                throw new BadInputException("upload", "request", null, "a whole multipart form", e.Message, inner: e);
            throw;
        }
    }

    private async Task AddAsync(MultipartSection section, CancellationToken cancel)
    {
        var name = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) ? HeaderUtilities.RemoveQuotes(disposition.Name).Value : null;
        if (name is StudyPart or ModelsPart)
        {
            var bytes = await ReadTextAsync(name, section.Body, cancel);
            if (name == StudyPart)
                text = text is null ? bytes : throw Twice(name);
            else
                Facts = ReadFacts(bytes);
        }
        else if (name is not null && FileParts.Contains(name))
        {
            // Errors call a file by its own name, so it is kept; the folder is its part's, so no two collide.
            var sent = Path.GetFileName((HeaderUtilities.RemoveQuotes(disposition!.FileName).Value ?? "").Replace('\\', '/'));
            var path = Path.Combine(folder.CreateSubdirectory(name).FullName, CaseId.Flaw(sent) is null ? sent : name);
            if (!files.TryAdd(name, path))
                throw Twice(name);
            await using var file = File.Create(path);
            await section.Body.CopyToAsync(file, cancel);
        }
        else
        {
            throw new BadInputException("upload", "request", "a part", string.Join(", ", [StudyPart, ModelsPart, .. FileParts]), name ?? "one without a name");
        }
    }

    private static BadInputException Twice(string name) => new("upload", "request", name, "one part of this name", "a second one");

    private static async Task<byte[]> ReadTextAsync(string name, Stream body, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 14];
        for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MostTextBytes)
                throw new BadInputException("upload", "request", name, $"at most {MostTextBytes} bytes", "more");
        }

        return bytes.ToArray();
    }

    private static Dictionary<string, ModelFacts> ReadFacts(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, ModelFacts>>(json, JsonSerializerOptions.Web) ?? [];
        }
        catch (JsonException e)
        {
            throw new BadInputException("upload", "request", ModelsPart, "an object: model name to layers, heads, contentHash", e.Message, inner: e);
        }
    }

    /// <summary>The study, its paths those of the received files.</summary>
    /// <exception cref="BadInputException"><c>study-file</c>; <c>upload</c>: a file that the study names was not sent, or one was sent that it does not name.</exception>
    public StudyDefinition Read()
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        var study = StudyFile.Parse(text!, "study.json", "study", (key, given) =>
        {
            if (!FileParts.Contains(key))
                return given; // lies where the workers are
            named.Add(key);
            return files.TryGetValue(key, out var received) ? received : throw new BadInputException("upload", "study.json", key, $"a part \"{key}\" with {given}", "none");
        });
        return files.Keys.FirstOrDefault(key => !named.Contains(key)) is { } extra
            ? throw new BadInputException("upload", "request", extra, "only files that the study names", $"a part \"{extra}\"")
            : study;
    }

    /// <summary>A message about the files, in the sender's names for them.</summary>
    public string InSendersWords(string message) => FileParts.Aggregate(message, (shown, part) => shown.Replace(Path.Combine(folder.FullName, part) + "/", "", StringComparison.Ordinal));

    public void Dispose() => folder.Delete(recursive: true);
}
