using System.Globalization;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Explaining;
using Interpret.Explaining.Methods;
using Interpret.Explaining.Targets;

namespace Interpret.Exchange.Studies;

/// <summary>Reads <c>study.json</c>.</summary>
public static class StudyFile
{
    private const int Many = 1_000_000;
    private const int MostModels = 1000;

    /// <summary>The key of a model's template; a file that it names goes with a submission under it.</summary>
    public const string TemplateKey = "template";

    private static readonly Dictionary<string, string?> Responses = new() { ["own"] = null, [AttributionSettings.Reference] = AttributionSettings.Reference };

    private static readonly Dictionary<string, string?> Controls = new() { ["none"] = null, [AnnotationSettings.Rotation] = AnnotationSettings.Rotation };

    private static readonly Dictionary<string, ModelRole> Roles = new() { ["base"] = ModelRole.Base, ["tuned"] = ModelRole.Tuned };

    /// <param name="path">The file, or <c>-</c> for standard input. Paths in it are relative to its directory, or to the current one.</param>
    /// <exception cref="BadInputException">
    /// <c>input-missing</c>, <c>input-damaged</c>, or <c>study-file</c>: no JSON, an unknown key (the nearest known one is named), a missing key,
    /// a wrong type, a value out of range, a model given twice. Names the line and the JSON path.
    /// </exception>
    public static StudyDefinition Read(string path)
    {
        return ReadWithText(path).Study;
    }

    /// <summary>As <see cref="Read"/>, with the text as it stands there.</summary>
    public static (string Text, StudyDefinition Study) ReadWithText(string path)
    {
        var directory = path == "-" ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var text = TextInput.ReadAll(path);
        var study = Parse(
            Encoding.UTF8.GetBytes(text), TextInput.Name(path), path == "-" ? "study" : Path.GetFileNameWithoutExtension(path),
                (_, relative) => Path.GetFullPath(relative, directory));
        return (text, study);
    }

    /// <param name="utf8">The text of a study file.</param>
    /// <param name="source">What errors call it.</param>
    /// <param name="fileName">The study's name where the text gives none.</param>
    /// <param name="resolve">Turns a key, such as <c>dataset</c>, and the path that the text gives for it into the path to read.</param>
    /// <exception cref="BadInputException">As <see cref="Read"/>.</exception>
    public static StudyDefinition Parse(byte[] utf8, string source, string fileName, Func<string, string, string> resolve)
    {
        var root = LocatedJson.Parse(utf8, source);
        var study = new StudySection(
            root, "name", "models", "dataset", "ratings", "vocabulary", "vectors", "attribution", "attention", "feedForward", "annotation", "verbs", "date",
            "faithfulness");
        study.RequireBeside("vectors", "vocabulary");
        var section = study.Section("attribution", "maxNewTokens", "levels", "threshold", "norm", "response", "methods", "targets", "baseline");
        var attribution = Attribution(section);
        if (attribution.Response is not null && study.Has("ratings"))
            throw study.Bad("ratings", "no ratings where \"attribution.response\" is \"reference\": they are of responses of the model's own", "some");
        var definition = new StudyDefinition(
            Name(study) ?? (CaseId.Flaw(fileName) is { } flaw ? throw root.Bad("a \"name\": the file's own is not usable as one", flaw) : fileName),
            Models(study.Items("models"), resolve),
            resolve("dataset", study.Text("dataset")),
            Optional(study, "ratings"),
            Optional(study, "vocabulary"),
            Optional(study, "vectors"),
            attribution,
            Attention(study.Section("attention", "words", "stopWords", "stripPunctuation", "lowerCase", "headsPerUnit"), resolve),
            FeedForward(study.Section("feedForward", "words", "ranks")),
            Annotation(
                study.Section(
                    "annotation", "endpoint", "model", "passes", "words", "spendLimitUsd", "prompts", "messages", "parameters", "maxTokens", "detection",
                    "detectionThreshold", "control", "seed"),
                study, resolve))
        {
            Verbs = Verbs(study.Section("verbs", "instruction", "general"), resolve),
            Date = Date(study),
            Faithfulness = study.Truth("faithfulness", false),
        };
        if (attribution.ContrastsModels && definition.Models.Except(definition.OtherModels().Keys).FirstOrDefault() is { } alone)
            throw section.Bad(
                "targets", $"a second model to contrast each model with, for \"{AttributionSettings.ContrastOther}\": a tuned one's parent, or a tuned model of a base",
                $"none for {Quoted.Of(alone.Name)}");
        return definition;

        string? Optional(StudySection section, string key) => section.OptionalText(key) is { } relative ? resolve(key, relative) : null;
    }

    private static List<StudyModel> Models(IReadOnlyList<LocatedJson> nodes, Func<string, string, string> resolve)
    {
        if (nodes.Count > MostModels) throw nodes[MostModels].Bad($"at most {MostModels} models", $"{nodes.Count:N0}");
        var models = new List<StudyModel>();
        foreach (var node in nodes)
        {
            var section = new StudySection(node, "name", "size", "role", "checkpoint", "base", "parent", "training", "precision", "template", "system");
            section.RequireBeside("base", "checkpoint");
            section.RequireBeside("precision", "checkpoint");
            var checkpoint = section.OptionalText("checkpoint") is { } relative ? resolve("checkpoint", relative) : null;
            var name = Name(section) ?? throw section.Missing("name");
            var model = new StudyModel(name, section.OptionalText("size")?.Trim() ?? "", section.Choice("role", Roles), checkpoint)
            {
                Base = section.OptionalText("base") is { } whole ? resolve("base", whole) : null,
                Parent = section.OptionalText("parent"),
                Training = section.OptionalText("training"),
                Precision = section.Has("precision") ? section.Choice("precision", WeightPrecisions.ByName) : WeightPrecision.Automatic,
                Template = Template(section, resolve),
                System = section.OptionalText("system"),
            };
            if (model is { System: not null, Template: null })
                throw section.Bad("system", "a \"template\" that puts the system message in", "none");
            foreach (var key in model.Role == ModelRole.Tuned ? [] : (string[])["parent", "training"])
            {
                if (section.Has(key)) throw section.Bad(key, "it of a tuned model only", "it of a base model");
            }

            if (model.Parent is { } parent && !models.Exists(other => other.Name == parent))
                throw section.Bad("parent", $"a model listed before it{(models.Count == 0 ? "" : $": {Quoted.List(models.Select(other => other.Name))}")}", Quoted.Of(parent));
            if (models.Exists(other => other.Name == name && other.Role == model.Role))
                throw node.Bad("each name and role once", $"\"{name}\" as {model.Role} again");
            models.Add(model);
        }

        return models;
    }

    private static TemplateSettings? Template(StudySection section, Func<string, string, string> resolve)
    {
        if (section.OptionalText(TemplateKey) is not { } given || given == TemplateSettings.None)
            return null;
        if (given == TemplateSettings.Checkpoint)
            return new TemplateSettings(given, null);
        var path = resolve(TemplateKey, given);
        return new TemplateSettings(Path.GetFileName(given), TextInput.ReadAll(path, isFree: true)) { File = path, Given = given };
    }

    private static DateOnly? Date(StudySection study)
    {
        const string Key = "date";
        return study.OptionalText(Key) is not { } text ? null
            : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
            : throw study.Bad(Key, "a day as YYYY-MM-DD");
    }

    private static AttributionSettings Attribution(StudySection section)
    {
        var defaults = new AttributionSettings();
        var levels = section.Whole("levels", defaults.Levels, 1, 255);
        return new AttributionSettings(
            section.Whole("maxNewTokens", defaults.MaxNewTokens, 1, Many),
            levels,
            section.Whole("threshold", Math.Min(defaults.Threshold, levels - 1), 0, levels - 1),
            section.Whole("norm", defaults.Norm, 1, 100))
        {
            Response = section.Has("response") ? section.Choice("response", Responses) : null,
            Methods = Kinds(section, "methods", AttributionMethods.All),
            Targets = Kinds(section, "targets", AttributionTargets.All),
            Baseline = section.OptionalText("baseline"),
        };
    }

    /// <summary>The names of a list, each of a kind that there is; null where the list is left out.</summary>
    private static List<string>? Kinds<T>(StudySection section, string key, Kinds<T> known)
        where T : class, IKind
    {
        if (!section.Has(key))
            return null;
        return section.Items(key).Select(item => item.Value is string name && known.TryGet(name, out _) ? name
            : throw item.Bad(
                $"one of {string.Join(", ", known.Names)}")).Distinct().ToList();
    }

    private static AttentionSettings Attention(StudySection section, Func<string, string, string> resolve)
    {
        var defaults = new AttentionSettings();
        return new AttentionSettings(
            section.Whole("words", defaults.Words, 1, Many),
            section.OptionalText("stopWords") is { } list ? list == StopList.NoneOption ? list : resolve("stopWords", list) : null,
            section.Truth("stripPunctuation", defaults.StripPunctuation),
            section.Truth("lowerCase", defaults.LowerCase),
            section.Whole("headsPerUnit", defaults.HeadsPerUnit, 1, Many));
    }

    private static FeedForwardSettings FeedForward(StudySection section)
    {
        var defaults = new FeedForwardSettings();
        return new FeedForwardSettings(section.Whole("words", defaults.Words, 1, Many), section.Whole("ranks", defaults.Ranks, 1, Many));
    }

    private static AnnotationSettings Annotation(StudySection section, StudySection study, Func<string, string, string> resolve)
    {
        var defaults = new AnnotationSettings();
        var (detection, control) = (section.Truth("detection", false), section.Has("control") ? section.Choice("control", Controls) : null);
        if (section.Has("detectionThreshold") && !detection)
            throw section.Bad("detectionThreshold", "\"detection\": true beside it", "none");
        if (control is not null && !study.Has("vocabulary"))
            throw section.Bad("control", "a \"vocabulary\" to read directions out with", "none");
        return new AnnotationSettings(
            section.OptionalAddress("endpoint") ?? defaults.Endpoint,
            section.OptionalText("model") ?? defaults.Model,
            section.Whole("passes", defaults.Passes, 1, 1000),
            section.Whole("words", defaults.Words, 1, Many),
            section.OptionalNumber("spendLimitUsd", 0, 1e9),
            section.OptionalText("prompts") is { } relative ? resolve("prompts", relative) : null)
        {
            Form = Form(section),
            Detection = detection,
            DetectionThreshold = section.OptionalNumber("detectionThreshold", DetectionScore.Chance, 1),
            Control = control,
            Seed = section.Has("seed") ? section.Whole("seed", AnnotationSettings.DefaultSeed, 0, Many) : null,
        };
    }

    private static QuestionForm? Form(StudySection section)
    {
        var parameters = section.OptionalTexts("parameters");
        if (parameters is null && section.Has("parameters"))
            throw section.Bad("parameters", $"a list of some of {string.Join(", ", QuestionForm.Known)}");
        if (parameters is not null && QuestionForm.Of(null, parameters, null)!.Flaw() is { } flaw)
            throw section.Bad("parameters", $"a list of some of {string.Join(", ", QuestionForm.Known)}", flaw);
        return QuestionForm.Of(
            section.Has("messages") ? section.Choice("messages", QuestionForm.MessageForms) : null,
            parameters,
            section.Has("maxTokens") ? section.Whole("maxTokens", 0, 1, QuestionForm.MostTokens) : null);
    }

    private static VerbSettings? Verbs(StudySection section, Func<string, string, string> resolve)
    {
        var (instruction, instructionFile) = List("instruction", "instructionVerbs");
        var (general, generalFile) = List("general", "generalVerbs");
        return instruction is null && general is null ? null
            : new VerbSettings(instruction, general) { InstructionFile = instructionFile, GeneralFile = generalFile };

        // A list of verbs, or the name of a file of one a line.
        (IReadOnlyList<string>? Verbs, string? File) List(string key, string file)
        {
            if (section.OptionalTexts(key) is { } given) return (Read(given), null);
            if (section.OptionalText(key) is not { } relative) return (null, null);
            var path = resolve(file, relative);
            return (Read(TextInput.ReadAll(path).Split('\n')), path);

            IReadOnlyList<string> Read(IEnumerable<string> lines)
            {
                string[] verbs = [.. lines.Select(line => PythonCase.Lower(line.Trim())).Where(verb => verb.Length > 0).Distinct(StringComparer.Ordinal)];
                return verbs.Length > 0 ? verbs : throw section.Bad(key, "at least one verb", "none");
            }
        }
    }

    private static string? Name(StudySection section) => section.OptionalText("name", "a name usable as a file name", CaseId.Flaw);
}
