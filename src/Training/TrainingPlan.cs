using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.Contracts;
using Interpret.Models.Architectures;

namespace Interpret.Training;

/// <summary>The size of the models that are trained.</summary>
public sealed record TrainingModel(int HiddenSize, int IntermediateSize, int Layers, int Heads, int ContextLength)
{
    /// <summary>As a checkpoint states it.</summary>
    public DecoderConfig ToConfig(int vocabularySize) => new()
    {
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = Heads,
        HeadSize = HiddenSize / Heads,
        VocabularySize = vocabularySize,
        ContextLength = ContextLength,
    };
}

/// <summary>One stage of a training.</summary>
/// <param name="Checkpoint">The folder that the model is written to when the stage ends.</param>
/// <param name="Steps">Updates of the weights.</param>
/// <param name="Batch">Texts of a step.</param>
/// <param name="Length">Tokens of a text at most.</param>
/// <param name="LearningRate">Its highest: reached after the warm-up, then falling as a cosine to a tenth.</param>
/// <param name="WarmUp">Steps in which the learning rate rises.</param>
/// <param name="WeightDecay">Of AdamW.</param>
public sealed record TrainingStage(string Checkpoint, int Steps, int Batch, int Length, double LearningRate, int WarmUp = 100, double WeightDecay = 0.1)
{
    /// <summary>Share of the learning rate that a stage ends with.</summary>
    private const double Least = 0.1;

    /// <param name="step">From 0.</param>
    public double RateAt(int step)
    {
        if (step < WarmUp)
            return LearningRate * (step + 1) / WarmUp;
        var share = Math.Min(1, (step - WarmUp) / (double)Math.Max(1, Steps - WarmUp));
        return LearningRate * (Least + ((1 - Least) * (1 + Math.Cos(Math.PI * share)) / 2));
    }

    /// <summary>After the last step: from the lowest rate to nothing, once an optimizer that begins afresh has seen a few gradients.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="count">Steps that are added.</param>
    public double RateBeyond(int step, int count)
    {
        var warmUp = Math.Max(1, Math.Min(WarmUp, count / 5));
        return LearningRate * Least * Math.Min((step + 1) / (double)warmUp, 1) * (count - step) / count;
    }
}

/// <summary>A training: a model learns to continue texts, then to follow instructions. Read from a JSON file; comments allowed, paths relative to it.</summary>
/// <param name="Seed">Another seed, other weights to begin with and other batches.</param>
/// <param name="Tokenizer">A folder with a <c>tokenizer.model</c>.</param>
/// <param name="Corpus">Plain text; an empty line between documents.</param>
/// <param name="Instructions">A dataset whose responses are learnt.</param>
public sealed record TrainingPlan(
    long Seed, string Tokenizer, string Corpus, string Instructions, TrainingModel Model, TrainingStage Pretraining, TrainingStage Tuning)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="BadInputException"><c>training-malformed</c>.</exception>
    public static TrainingPlan Read(string path)
    {
        if (!File.Exists(path))
            throw new BadInputException(ErrorClasses.TrainingMissing, path, null, "a training file", "nothing at that path");
        TrainingPlan plan;
        try
        {
            plan = JsonSerializer.Deserialize<TrainingPlan>(File.ReadAllText(path), Options) ?? throw new JsonException("found null");
        }
        catch (JsonException e)
        {
            throw new BadInputException(
                ErrorClasses.TrainingMalformed, path, e.LineNumber is { } line ? $"line {line + 1}" : e.Path, "a training as samples/training.json has one", e.Message,
                inner: e);
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string At(string file) => Path.Combine(folder, file);
        plan.Check(path);
        return plan with
        {
            Tokenizer = At(plan.Tokenizer),
            Corpus = At(plan.Corpus),
            Instructions = At(plan.Instructions),
            Pretraining = plan.Pretraining with { Checkpoint = At(plan.Pretraining.Checkpoint) },
            Tuning = plan.Tuning with { Checkpoint = At(plan.Tuning.Checkpoint) },
        };
    }

    private void Check(string path)
    {
        void Require(bool holds, string key, string expected, object found)
        {
            if (!holds)
                throw new BadInputException(ErrorClasses.TrainingMalformed, path, key, expected, $"{found}");
        }

        var sizes = new[] { Model.HiddenSize, Model.IntermediateSize, Model.Layers, Model.Heads, Model.ContextLength };
        Require(sizes.All(size => size > 0), "model", "positive numbers", string.Join(", ", sizes));
        Require(Model.HiddenSize % (2 * Model.Heads) == 0, "model.hiddenSize", $"a multiple of twice the heads ({2 * Model.Heads})", Model.HiddenSize);
        foreach (var (key, stage) in new[] { ("pretraining", Pretraining), ("tuning", Tuning) })
        {
            Require(stage.Steps > 0 && stage.Batch > 0, key, "at least one step of at least one text", $"{stage.Steps} steps of {stage.Batch}");
            Require(stage.Length > 1 && stage.Length <= Model.ContextLength, $"{key}.length", $"2 to {Model.ContextLength}, the model's context", stage.Length);
            Require(stage.LearningRate > 0 && stage.WeightDecay >= 0 && stage.WarmUp >= 0, key, "a positive learning rate, no negative decay or warm-up",
                $"{stage.LearningRate}, {stage.WeightDecay}, {stage.WarmUp}");
        }
    }
}
