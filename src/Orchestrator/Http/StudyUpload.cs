using System.Globalization;
using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Studies;
using Microsoft.AspNetCore.Http;

namespace Interpret.Orchestrator.Http;

/// <summary>
/// A submitted study: a form with the study file as <c>study</c>, what its sender knows of the models as <c>models</c> (JSON, optional), and each
/// file that the study names under the key that names it.
/// </summary>
internal sealed class StudyUpload : IDisposable
{
    private const string StudyPart = "study";
    private const string ModelsPart = "models";
    private const string PriorityPart = "priority";

    /// <summary>The study's files have the keys of a study file.</summary>
    private static readonly FormParts Parts = new([StudyPart, ModelsPart, PriorityPart], ["dataset", "ratings", "vocabulary", "vectors", "stopWords", "instructionVerbs", "generalVerbs"], StudyFile.TemplateKey);

    private StudyUpload(ReceivedForm form) => Form = form;

    public ReceivedForm Form { get; }

    /// <summary>What the sender knows of the models, by name.</summary>
    public IReadOnlyDictionary<string, ModelFacts> Facts { get; private set; } = new Dictionary<string, ModelFacts>();

    /// <summary>The study's priority.</summary>
    public int Priority { get; private set; }

    /// <summary>Receives a study.</summary>
    /// <inheritdoc cref="ReceivedForm.ReceiveAsync" path="/exception"/>
    public static async Task<StudyUpload> ReceiveAsync(HttpRequest request, OrchestratorSettings settings, CancellationToken cancel)
    {
        var upload = new StudyUpload(await ReceivedForm.ReceiveAsync(request, Parts, settings, cancel));
        try
        {
            if (upload.Form.Text(ModelsPart) is { } models)
                upload.Facts = ReadFacts(models);
            if (upload.Form.Text(PriorityPart) is { } priority)
                upload.Priority = int.TryParse(priority, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) ? given
                    : throw new BadInputException(ErrorClasses.Upload, "request", PriorityPart, "a whole number", Quoted.Beginning(Encoding.UTF8.GetString(priority)));
            return upload;
        }
        catch
        {
            upload.Dispose();
            throw;
        }
    }

    private static Dictionary<string, ModelFacts> ReadFacts(byte[] json)
    {
        try
        {
            var facts = JsonSerializer.Deserialize<Dictionary<string, ModelFacts?>>(json, JsonSerializerOptions.Web) ?? [];
            foreach (var (model, told) in facts)
                ModelFacts.Require(told, ErrorClasses.Upload, "request", $"{ModelsPart}: {Quoted.Beginning(model)}");
            return facts.ToDictionary(one => one.Key, one => one.Value!, StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw new BadInputException(ErrorClasses.Upload, "request", ModelsPart, "an object: model name to layers, heads, contentHash", JsonFlaw.Found(e), inner: e);
        }
    }

    /// <summary>The study, its paths those of the received files.</summary>
    /// <exception cref="BadInputException">
    /// <c>study-file</c>; <c>upload</c>: a file that the study names was not sent, or one was sent that it does not name.
    /// </exception>
    public StudyDefinition Read()
    {
        var text = Form.Text(StudyPart) ?? throw new BadInputException(ErrorClasses.Upload, "request", StudyPart, "a part with the study file", "none");
        var named = new HashSet<string>(StringComparer.Ordinal);
        var study = StudyFile.Parse(text, "study.json", "study", (key, given) =>
        {
            if (key != StudyFile.TemplateKey && !Parts.Files.Contains(key))
                return given; // lies where the workers are
            named.Add(Named(key, given));
            return Form.Files.FirstOrDefault(file => Named(file.Part, file.Name) == Named(key, given))?.Path
                ?? throw new BadInputException(ErrorClasses.Upload, "study.json", key, $"a part \"{key}\" with {given}", "none");
        });
        return Form.Files.FirstOrDefault(file => !named.Contains(Named(file.Part, file.Name))) is { } extra
            ? throw new BadInputException(ErrorClasses.Upload, "request", extra.Part, "only files that the study names", $"a part \"{extra.Part}\"")
            : study;
    }

    /// <summary>Models may have templates of their own, so of these files the study's names for them tell which is which.</summary>
    private static string Named(string part, string name) => part == StudyFile.TemplateKey ? $"{part} {name}" : part;

    public void Dispose() => Form.Dispose();
}
