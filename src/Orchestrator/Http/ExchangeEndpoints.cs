using System.Data.Common;
using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Export;
using Interpret.Exchange.Import;
using Interpret.Exchange.Text;
using Interpret.ServiceDefaults;
using Interpret.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Interpret.Orchestrator.Http;

/// <summary>The original's files over HTTP, in and out.</summary>
public static class ExchangeEndpoints
{
    /// <summary>The models of an exported table, URL-encoded, separated by commas.</summary>
    public const string ModelsHeader = "Interpret-Models";

    private const string TableType = "text/tab-separated-values";
    private const string TarType = "application/x-tar";

    /// <summary>What PostgreSQL says to a text that holds the character 0.</summary>
    private const string NotText = "22021";

    private static readonly FormParts Parts = new(["model", "role", "size", "parent", "training", "pass"], ["dataset", "tokenizer", "ratings"], "file");

    internal static void MapExport(this IEndpointRouteBuilder study) => study.MapGet("/export/{kind}", ExportAsync)
        .WithName("ExportFiles").WithSummary("A study's explanations in the original's formats.")
        .WithDescription(
            $"Kinds: {string.Join(", ", OriginalFiles.All)}. Query: model (attributions: one; else any number, default all), "
            + "pass (annotations; any number, default all). Attention and feed-forward are answered with a table, whose models the header "
            + $"{ModelsHeader} names; attributions and annotations with a tar of files.")
        .Produces(StatusCodes.Status200OK, contentType: TableType, additionalContentTypes: TarType);

    internal static void MapImport(this IEndpointRouteBuilder studies) => studies.MapPost("/{study}/import/{kind}", ImportAsync)
        .Accepts<IFormFileCollection>("multipart/form-data")
        .Audits(AuditActions.Import).WithName("ImportFiles")
        .WithSummary("Brings the original's files into a study, which is made where there is none. What is there of the same is replaced.")
        .WithDescription(
            $"Kinds: {string.Join(", ", OriginalFiles.All)}. Parts: file (any number; a table's parts in order), model, role (base or tuned), "
            + "size, parent and training (optional); for attributions dataset, tokenizer (tokenizer.model) and ratings (optional); for annotations pass (default: from "
            + "each file's name). Of annotations each file is stored, and answered for, by itself.")
        .Produces<IReadOnlyList<Imported>>().ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<IResult> ImportAsync(
        string study,
        string kind,
        HttpRequest request,
        InterpretStorage storage,
        TimeProvider clock,
        RecentOverviews recent,
        OrchestratorSettings settings,
        CancellationToken cancel)
    {
        OriginalFiles.Require(kind);
        using var form = await ReceivedForm.ReceiveAsync(request, Parts, settings, cancel);
        try
        {
            var import = new StudyImport(storage, clock);
            var imported = new List<Imported>();
            AuditRules.NoteOf(request.HttpContext).Subject = Text(form, "model");
            foreach (var one in Requests(form, Name(study, "study"), kind))
                imported.Add(await import.RunAsync(one, cancel));
            return Results.Ok(imported.ConvertAll(one => one with
            {
                Rejected = [.. one.Rejected.Select(form.InSendersWords)],
                Notes = [.. (one.Notes ?? []).Select(form.InSendersWords)],
            }));
        }
        catch (BadInputException e)
        {
            throw form.InSendersWords(e);
        }
        catch (DbException e) when (e.SqlState == NotText)
        {
            throw new BadInputException(ErrorClasses.BadText, "request", Parts.ManyFiles,
                "text without the character 0, which the database cannot hold", "one", inner: e);
        }
        finally
        {
            recent.Forget(study);
        }
    }

    private static IReadOnlyList<ImportRequest> Requests(ReceivedForm form, string study, string kind)
    {
        var target = new ImportTarget(study, Name(Text(form, "model"), "model"), Role(Text(form, "role")), Text(form, "size"))
        {
            Parent = Text(form, "parent"),
            Training = Text(form, "training"),
        };
        if (form.Files.FirstOrDefault(file => file.Part != Parts.ManyFiles) is { } extra && kind != OriginalFiles.Attributions)
            throw Bad(extra.Part, $"no such part for {kind}", "one");
        if (Text(form, "pass") is not null && kind != OriginalFiles.Annotations)
            throw Bad("pass", $"no such part for {kind}", "one");
        var files = form.Files.Where(file => file.Part == Parts.ManyFiles).ToList();
        if (files.Count == 0)
            throw Bad(Parts.ManyFiles!, "one file or more", "none");
        var texts = files.ConvertAll(file => InputFile.Text(file.Path) with { Name = file.Name });
        return kind switch
        {
            OriginalFiles.Attributions => [new AttributionsRequest(
                target,
                files.ConvertAll(file => new InputFile(file.Name, () => File.OpenRead(file.Path))),
                AttributionSources.Read(Required(form, "dataset"), Required(form, "tokenizer"), form.File("ratings")?.Path))],
            OriginalFiles.Annotations => AnnotationFile.Of(texts, Pass(Text(form, "pass"))).ConvertAll(file => new AnnotationsRequest(target, file)),
            _ => [new TableRequest(kind, target, texts)],
        };
    }

    private static string? Text(ReceivedForm form, string part) => form.Text(part) is { Length: > 0 } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private static string Required(ReceivedForm form, string part) => form.File(part)?.Path ?? throw Bad(part, "a part with the file", "none");

    private static string Name(string? name, string part) =>
        name is null ? throw Bad(part, "a name", "none")
        : CaseId.Flaw(name) is { } flaw ? throw new BadInputException(ErrorClasses.BadName, "request", part, "a name usable as a file name", flaw)
        : name;

    private static string Role(string? role) => role is Roles.Base or Roles.Tuned ? role : throw Bad("role", $"{Roles.Base} or {Roles.Tuned}", role ?? "none");

    private static int? Pass(string? pass) =>
        pass is null ? null
        : int.TryParse(pass, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number
        : throw Bad("pass", "a whole number from 1", pass);

    private static BadInputException Bad(string part, string expected, string found) => new("upload", "request", part, expected, found);

    private static async Task<IResult> ExportAsync(
        string study, string kind, string[] model, int[] pass, HttpContext http, InterpretStorage storage, CancellationToken cancel)
    {
        var exported = await new StudyExport(storage).OpenAsync(new ExportRequest(study, kind, model, pass), cancel);
        if (kind is OriginalFiles.Attributions or OriginalFiles.Annotations)
            return Results.Stream(body => WriteTarAsync(exported, body, cancel), TarType, $"{kind}.tar");
        http.Response.Headers[ModelsHeader] = string.Join(',', exported.Models.Select(Uri.EscapeDataString));
        // Tables are written by synchronous writers; whoever reads slowly holds a thread up meanwhile.
        http.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        return Results.Stream(body => WriteTableAsync(exported, body, cancel), TableType, $"{kind}.tsv");
    }

    private static async Task WriteTableAsync(Exported exported, Stream body, CancellationToken cancel)
    {
        await using var ended = exported;
        await foreach (var file in exported.Files.WithCancellation(cancel))
            await file.WriteAsync(body, cancel);
    }

    /// <summary>
    /// A file in memory at a time: the format has its length in front of it. The end is marked only if all went well, so that a caller can tell.
    /// </summary>
    private static async Task WriteTarAsync(Exported exported, Stream body, CancellationToken cancel)
    {
        await using var ended = exported;
        var tar = new TarWriter(body, TarEntryFormat.Pax, leaveOpen: true);
        await foreach (var file in exported.Files.WithCancellation(cancel))
        {
            using var bytes = new MemoryStream();
            await file.WriteAsync(bytes, cancel);
            bytes.Position = 0;
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, file.Name) { DataStream = bytes }, cancel);
        }

        await tar.DisposeAsync();
    }
}
