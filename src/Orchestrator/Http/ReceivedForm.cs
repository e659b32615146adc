using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Interpret.Orchestrator.Http;

/// <summary>A file that was received.</summary>
/// <param name="Part">The part that held it.</param>
/// <param name="Name">The name that its sender knows it by.</param>
/// <param name="Path">Where it is.</param>
internal sealed record ReceivedFile(string Part, string Name, string Path);

/// <summary>The parts that a multipart form may have.</summary>
/// <param name="Texts">Short texts, each once.</param>
/// <param name="Files">Files, each once.</param>
/// <param name="ManyFiles">Files of which any number may come under one name; null: there are none such.</param>
internal sealed record FormParts(IReadOnlyList<string> Texts, IReadOnlyList<string> Files, string? ManyFiles = null)
{
    public IEnumerable<string> All => [.. Texts, .. Files, .. ManyFiles is null ? Array.Empty<string>() : [ManyFiles]];
}

/// <summary>
/// A multipart form that was received. Files went to a folder of its own (under <c>Orchestrator:Uploads</c>) as they came, none is held in memory;
/// the folder is removed in the end. A form larger than <c>Orchestrator:MaxUploadBytes</c> is refused.
/// </summary>
internal sealed class ReceivedForm : IDisposable
{
    private const int MostTextBytes = 1 << 20;
    private const int LongestName = 1000;
    private const int LongestFileName = 255; // in bytes, as file systems have it
    private const int LongestBoundary = 70; // RFC 2046, section 5.1.1

    private readonly FormParts parts;
    private readonly UploadFolder folder;
    private readonly Dictionary<string, byte[]> texts = new(StringComparer.Ordinal);
    private readonly List<ReceivedFile> files = [];
    private readonly HashSet<(string Part, string Name)> known = [];

    private ReceivedForm(FormParts parts, UploadFolder folder) => (this.parts, this.folder) = (parts, folder);

    /// <summary>The files, in the order in which they came.</summary>
    public IReadOnlyList<ReceivedFile> Files => files;

    /// <param name="request">The request.</param>
    /// <param name="parts">What it may hold.</param>
    /// <param name="settings">Says where to, and how much.</param>
    /// <param name="cancel">Ends it; what was received is removed.</param>
    /// <exception cref="BadInputException"><c>upload</c>: no multipart form, or a part that is not known, comes twice or cannot be read.</exception>
    public static async Task<ReceivedForm> ReceiveAsync(HttpRequest request, FormParts parts, OrchestratorSettings settings, CancellationToken cancel)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = settings.MaxUploadBytes;
        var boundary = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;
        if (boundary is not { Length: >= 1 and <= LongestBoundary })
        {
            throw new BadInputException(
                ErrorClasses.Upload, "request", "Content-Type", $"multipart/form-data with a boundary of 1 to {LongestBoundary} characters",
                request.ContentType is { } given ? Quoted.Beginning(given) : "none");
        }

        var form = new ReceivedForm(parts, new UploadFolder(settings));
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
                await form.AddAsync(section, cancel);
            return form;
        }
        catch (Exception e)
        {
            form.Dispose();
            if (e is InvalidDataException || IsCut(e))
                throw new BadInputException(ErrorClasses.Upload, "request", null, "a whole multipart form", IsCut(e) ? "its end before the last boundary" : e.Message, inner: e);
            throw;
        }
    }

    /// <summary>Whether a form ended before its last boundary, which the reader says without a system's error.</summary>
    private static bool IsCut(Exception error) => error is IOException and not BadHttpRequestException && error.HResult == new IOException().HResult;

    private async Task AddAsync(MultipartSection section, CancellationToken cancel)
    {
        var part = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
            ? HeaderUtilities.RemoveQuotes(disposition.Name).Value
            : null;
        if (part is not null && parts.Texts.Contains(part))
        {
            if (!texts.TryAdd(part, await ReadTextAsync(part, section.Body, cancel)))
                throw Twice(part);
        }
        else if (part is not null && (part == parts.ManyFiles || parts.Files.Contains(part)))
        {
            var sent = HeaderUtilities.RemoveQuotes(disposition!.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";
            var name = string.IsNullOrWhiteSpace(sent) ? part : sent;
            var leaf = Path.GetFileName(name.Replace('\\', '/'));
            if (name.Length > LongestName || name.Any(char.IsControl) || leaf is "" or "." or ".." || Encoding.UTF8.GetByteCount(leaf) > LongestFileName)
                throw new BadInputException(ErrorClasses.Upload, "request", part, $"the name of a file, of at most {LongestFileName} bytes", Quoted.Of(name));
            if (!known.Add((part, part == parts.ManyFiles ? name : "")))
                throw part == parts.ManyFiles ? new BadInputException(ErrorClasses.Upload, "request", part, "files of different names", $"{name} again") : Twice(part);
            // Each has a folder to itself, so no two collide; what is the name of a file there is its own, for readers that go by it.
            var place = folder.Directory.CreateSubdirectory($"{files.Count}");
            var path = Path.Combine(place.FullName, CaseId.Flaw(leaf) is null ? leaf : part);
            files.Add(new ReceivedFile(part, name, path));
            await using var file = new FileStream(path, FileMode.CreateNew);
            await section.Body.CopyToAsync(file, cancel);
        }
        else
        {
            throw new BadInputException(ErrorClasses.Upload, "request", "a part", string.Join(", ", parts.All), part ?? "one without a name");
        }
    }

    private static BadInputException Twice(string part) => new("upload", "request", part, "one part of this name", "a second one");

    private static async Task<byte[]> ReadTextAsync(string part, Stream body, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 14];
        for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MostTextBytes)
                throw new BadInputException(ErrorClasses.Upload, "request", part, $"at most {MostTextBytes} bytes", "more");
        }

        return bytes.ToArray();
    }

    /// <returns>The text of a part; null: it did not come.</returns>
    public byte[]? Text(string part) => texts.GetValueOrDefault(part);

    /// <returns>The file of a part; null: it did not come.</returns>
    public ReceivedFile? File(string part) => files.Find(file => file.Part == part);

    /// <summary>A message about the files, in the sender's names for them.</summary>
    public string InSendersWords(string message) => files.Aggregate(message, (shown, file) => shown.Replace(file.Path, file.Name, StringComparison.Ordinal));

    /// <summary>An error about the files, in the sender's names for them.</summary>
    public BadInputException InSendersWords(BadInputException error) =>
        new(error.ErrorClass, InSendersWords(error.InputSource), error.Where, error.Expected, error.Found, error.Remedy, error);

    public void Dispose() => folder.Dispose();
}
