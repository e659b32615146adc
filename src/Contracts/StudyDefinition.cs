
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Interpret.Contracts;

/// <summary>Which side of the comparison a model is on.</summary>
public enum ModelRole
{
    /// <summary>Pre-trained only.</summary>
    Base,

    /// <summary>Instruction-tuned.</summary>
    Tuned,
}

/// <summary>A declared experiment, as its study file says it; every path is absolute.</summary>
/// <param name="Name">Names the study everywhere; usable as a file name.</param>
/// <param name="Models">The models compared, in file order; name and role together are unique.</param>
/// <param name="Dataset">The prompts.</param>
/// <param name="Ratings">Ratings of the tuned models' responses; what Table 1 needs.</param>
/// <param name="Vocabulary">The words that the global methods read out.</param>
/// <param name="Vectors">Static word vectors in GloVe's format; what the attention patterns need.</param>
/// <param name="Attribution">How prompts are attributed and scored.</param>
/// <param name="Attention">How attention heads are read out.</param>
/// <param name="FeedForward">How feed-forward layers are read out.</param>
/// <param name="Annotation">How a chat model names and classifies the concepts.</param>
public sealed record StudyDefinition(
    string Name,
    IReadOnlyList<StudyModel> Models,
    string Dataset,
    string? Ratings,
    string? Vocabulary,
    string? Vectors,
    AttributionSettings Attribution,
    AttentionSettings Attention,
    FeedForwardSettings FeedForward,
    AnnotationSettings Annotation)
{
    /// <summary>The verbs that Table 3 compares; null: the project's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // a study without them keeps the content hash that it had before there were any
    public VerbSettings? Verbs { get; init; }

    /// <summary>Whether rankings of prompt tokens are held against the models: the stage <see cref="Stages.Faithfulness"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Faithfulness { get; init; }

    /// <summary>The day that templates with a date say; null: <see cref="TemplateSettings.DefaultDate"/>, or a template's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateOnly? Date { get; init; }

    private static readonly JsonSerializerOptions Stored =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>What is known of models whose files say something that has no effect, each with its model's name.</summary>
    /// <param name="since">What became known later of a model by its name: it counts where nobody had looked when the study was submitted.</param>
    public IEnumerable<string> Remarks(Func<string, IReadOnlyList<string>?>? since = null) =>
        Models.SelectMany(model => (model.Remarks ?? since?.Invoke(model.Name) ?? []).Select(remark => $"{model.Name}: {remark}"));

    /// <summary>As the database stores it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Stored);

    /// <summary>Reads a stored study. A section that it lacks (an import makes a study of attributions alone) has the defaults.</summary>
    public static StudyDefinition FromJson(string definition)
    {
        var study = JsonSerializer.Deserialize<StudyDefinition>(definition, Stored)!;
        return study with
        {
            Models = study.Models ?? [],
            Attribution = study.Attribution ?? new AttributionSettings(),
            Attention = study.Attention ?? new AttentionSettings(),
            FeedForward = study.FeedForward ?? new FeedForwardSettings(),
            Annotation = study.Annotation ?? new AnnotationSettings(),
        };
    }

    /// <summary>
    /// The comparisons: each tuned model with its <see cref="StudyModel.Parent"/>; where it names none, with the last base listed before it, or with the first
    /// one where none is. A base without a tuned model, or the reverse, is in no pair.
    /// </summary>
    public IEnumerable<(StudyModel Parent, StudyModel Tuned)> Pairs()
    {
        var current = Models.FirstOrDefault(model => model.Role == ModelRole.Base);
        foreach (var model in Models)
        {
            if (model.Role == ModelRole.Base) current = model;
            else if ((model.Parent is { } parent ? Models.First(other => other.Name == parent) : current) is { } compared) yield return (compared, model);
        }
    }

    /// <summary>
    /// The model that <see cref="AttributionSettings.ContrastOther"/> contrasts each one with: a tuned one with its parent, a base with the first tuned model
    /// that is compared with it. A model that has none is not among them.
    /// </summary>
    public IReadOnlyDictionary<StudyModel, StudyModel> OtherModels()
    {
        var others = new Dictionary<StudyModel, StudyModel>();
        foreach (var (parent, tuned) in Pairs())
        {
            others.TryAdd(tuned, parent);
            if (parent.Role == ModelRole.Base) others.TryAdd(parent, tuned);
        }

        return others;
    }
}

/// <summary>A model of a study.</summary>
/// <param name="Name">Its name in queues, tables and files.</param>
/// <param name="Size">Its size as files write it, e.g. <c>7B</c>; may be empty.</param>
/// <param name="Role">Base or tuned.</param>
/// <param name="Checkpoint">Its checkpoint directory, or that of an adapter; null for a model whose explanations are only imported.</param>
public sealed record StudyModel(string Name, string Size, ModelRole Role, string? Checkpoint)
{
    /// <summary>The directory of the checkpoint that the adapter in <see cref="Checkpoint"/> changes; null: that is a whole checkpoint.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // a study without adapters keeps the content hash that it had before there were any
    public string? Base { get; init; }

    /// <summary>The model that a tuned one was made from and is compared with, by name; null: the last base listed before it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // a study without it keeps the content hash that it had before there was any
    public string? Parent { get; init; }

    /// <summary>
    /// Names how a tuned model was trained. Models of one name and one parent differ by chance alone (the seed, the order of the data), so that reports can
    /// say how much of an effect is chance. Null: it stands alone.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Training { get; init; }

    /// <summary>How its weights are held.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public WeightPrecision Precision { get; init; }

    /// <summary>What wraps its prompts; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // a study without templates keeps the content hash that it had before there were any
    public TemplateSettings? Template { get; init; }

    /// <summary>What the files of its checkpoint say that has no effect; not of the study file, and no part of what is the same study.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Remarks { get; init; }

    /// <summary>The system message that the template puts in, if any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? System { get; init; }
}

/// <summary>The verbs that Table 3 compares, in lower case.</summary>
/// <param name="Instruction">Verbs of instructions; null: the project's.</param>
/// <param name="General">General verbs; null: the project's, the most frequent of the vocabulary.</param>
public sealed record VerbSettings(IReadOnlyList<string>? Instruction, IReadOnlyList<string>? General)
{
    /// <summary>The file that the instruction verbs were read from, if any; it goes with a submission.</summary>
    [JsonIgnore]
    public string? InstructionFile { get; init; }

    /// <summary>The file that the general verbs were read from, if any.</summary>
    [JsonIgnore]
    public string? GeneralFile { get; init; }
}

/// <summary>How prompts are attributed and scored.</summary>
/// <param name="MaxNewTokens">Longest generated response, in tokens.</param>
/// <param name="Levels">L: quantisation levels of a matrix column.</param>
/// <param name="Threshold">b: levels up to this one count as nothing.</param>
/// <param name="Norm">p: the norm that a row's sum is divided by.</param>
public sealed record AttributionSettings(int MaxNewTokens = 300, int Levels = 10, int Threshold = 7, int Norm = 4)
{
    /// <summary>What <see cref="Response"/> says where every model is explained for the dataset's reference response.</summary>
    public const string Reference = "reference";

    /// <summary>The target that needs the other model of a pair.</summary>
    public const string ContrastOther = "contrast_other";

    /// <summary>Whose response is explained: null, each model's own, or <see cref="Reference"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // a study without it keeps the content hash that it had before there was any
    public string? Response { get; init; }

    /// <summary>Methods whose scores are stored beside those of gradient x input, by name; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Targets that are attributed beside the probability, by name; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Whether response tokens are contrasted with those of the other model of each pair.</summary>
    [JsonIgnore]
    public bool ContrastsModels => Targets?.Contains(ContrastOther) == true;

    /// <summary>What stands in the place of a token that counts as absent: a name, or a token of the model's vocabulary; null: the default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Baseline { get; init; }
}

/// <summary>How attention heads are read out.</summary>
/// <param name="Words">Strongest words a side for each neuron pair.</param>
/// <param name="StopWords">Words to have no vector: null for the original's list, <c>none</c>, or a file.</param>
/// <param name="StripPunctuation">Whether a word is looked up without punctuation around it too.</param>
/// <param name="LowerCase">Whether a word is looked up in lower case too.</param>
/// <param name="HeadsPerUnit">Heads of a layer that are one work unit.</param>
public sealed record AttentionSettings(int Words = 100, string? StopWords = null, bool StripPunctuation = true, bool LowerCase = true, int HeadsPerUnit = 8);

/// <summary>How feed-forward layers are read out.</summary>
/// <param name="Words">Strongest words of a concept.</param>
/// <param name="Ranks">Concepts of a layer, in descending explained variance.</param>
public sealed record FeedForwardSettings(int Words = 50, int Ranks = 300);

/// <summary>How a chat model names and classifies the concepts.</summary>
/// <param name="Endpoint">Base address of an OpenAI-compatible service.</param>
/// <param name="Model">The chat model's name there.</param>
/// <param name="Passes">Complete annotations of all concepts.</param>
/// <param name="Words">Words of a concept that the chat model is shown.</param>
/// <param name="SpendLimitUsd">Stop politely at this sum, in US dollars; null for no limit.</param>
/// <param name="Prompts">A directory of other prompt files; null for the project's own.</param>
public sealed record AnnotationSettings(
    Uri Endpoint, string Model = "gpt-4o-mini", int Passes = 5, int Words = 15, double? SpendLimitUsd = null, string? Prompts = null)
{
    public AnnotationSettings()
        : this(new Uri("https://api.openai.com/v1"))
    {
    }

    /// <summary>The form in which the service takes questions; null: the usual one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QuestionForm? Form { get; init; }

    /// <summary>What <see cref="Control"/> says where each layer's directions are turned at random and annotated as well.</summary>
    public const string Rotation = "rotation";

    /// <summary>Whether a judge is asked, of each summary, which of ten words belong to it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // a study without it keeps the content hash that it had before there was any
    public bool Detection { get; init; }

    /// <summary>From which score on a concept passes; null: <see cref="DetectionScore.Threshold"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DetectionThreshold { get; init; }

    /// <summary>What is annotated beside the concepts, to compare them with: null, nothing, or <see cref="Rotation"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Control { get; init; }

    /// <summary>Decides what is drawn: the judge's words and the control's rotations; null: <see cref="DefaultSeed"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Seed { get; init; }

    /// <summary>What draws where a study does not say it.</summary>
    public const int DefaultSeed = 1;
}
