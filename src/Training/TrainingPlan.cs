using System.Globalization;
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
    private const long LongestFile = 1 << 20;

    /// <summary>Weights of the layers at most: with gradients and what the optimizer remembers, 16 bytes each.</summary>
    private const long MostWeights = 500_000_000;

    /// <summary>Tokens of a step at most.</summary>
    private const long MostTokens = 1 << 20;

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
            plan = JsonSerializer.Deserialize<TrainingPlan>(Text(path), Options) ?? throw new JsonException("found null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is the reader's word for text that is no UTF-8 or half a character.
            throw new BadInputException(
                ErrorClasses.TrainingMalformed, path, e is JsonException json ? JsonFlaw.Where(json) : null, "a training as samples/training.json has one",
                JsonFlaw.Found(e), inner: e);
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

    private static ReadOnlySpan<byte> Text(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > LongestFile)
            throw new BadInputException(ErrorClasses.TrainingMalformed, path, null, $"a training file of at most {LongestFile:N0} bytes", $"{length:N0}");
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        return bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
    }

    private void Check(string path)
    {
        void Require(bool holds, string key, string expected, object found)
        {
            if (!holds)
                throw new BadInputException(
                    ErrorClasses.TrainingMalformed, path, key, expected, Quoted.Beginning(string.Create(CultureInfo.InvariantCulture, $"{found}")));
        }

        void RequireWithin(string key, long value, long least, long most) => Require(value >= least && value <= most, key, $"{least:N0} to {most:N0}", value);

        foreach (var (key, text) in new[]
        {
            ("tokenizer", Tokenizer), ("corpus", Corpus), ("instructions", Instructions), ("pretraining.checkpoint", Pretraining.Checkpoint),
            ("tuning.checkpoint", Tuning.Checkpoint),
        })
        {
            Require(text.Trim().Length > 0, key, "a path", "none");
            Require(StorableText.Is(text), key, StorableText.Expected, StorableText.Flaw(text) ?? "");
        }

        RequireWithin("model.hiddenSize", Model.HiddenSize, 2, 1 << 14);
        RequireWithin("model.intermediateSize", Model.IntermediateSize, 1, 1 << 16);
        RequireWithin("model.layers", Model.Layers, 1, 256);
        RequireWithin("model.heads", Model.Heads, 1, 1024);
        RequireWithin("model.contextLength", Model.ContextLength, 2, 1 << 17);
        Require(Model.HiddenSize % (2 * Model.Heads) == 0, "model.hiddenSize", $"a multiple of twice the heads ({2 * Model.Heads})", Model.HiddenSize);
        var weights = Model.ToConfig(1).LayerParameters;
        Require(weights <= MostWeights, "model", $"at most {MostWeights:N0} weights in its layers, four times which a training holds in memory", $"{weights:N0}");
        foreach (var (key, stage) in new[] { ("pretraining", Pretraining), ("tuning", Tuning) })
        {
            RequireWithin($"{key}.steps", stage.Steps, 1, 100_000_000);
            RequireWithin($"{key}.batch", stage.Batch, 1, 1 << 16);
            Require(stage.Length > 1 && stage.Length <= Model.ContextLength, $"{key}.length", $"2 to {Model.ContextLength}, the model's context", stage.Length);
            var tokens = (long)stage.Batch * stage.Length;
            Require(tokens <= MostTokens, $"{key}.batch", $"at most {MostTokens:N0} tokens in a step, texts times their length", $"{tokens:N0}");
            Require(stage.LearningRate > 0 && double.IsFinite(stage.LearningRate), $"{key}.learningRate", "a positive, finite number", stage.LearningRate);
            Require(stage.WeightDecay >= 0 && double.IsFinite(stage.WeightDecay), $"{key}.weightDecay", "a finite number from 0", stage.WeightDecay);
            RequireWithin($"{key}.warmUp", stage.WarmUp, 0, 100_000_000);
        }
    }
}
