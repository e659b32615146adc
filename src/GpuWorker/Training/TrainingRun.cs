using System.Diagnostics;
using System.Globalization;
using Interpret.Contracts;
using Interpret.GpuWorker.Model;
using static TorchSharp.torch;

namespace Interpret.GpuWorker.Training;

/// <summary>How a stage stands.</summary>
/// <param name="Stage">Pretraining or tuning.</param>
/// <param name="Step">Updates made.</param>
/// <param name="Steps">Updates to make.</param>
/// <param name="Loss">Mean of the last steps, nats a token.</param>
/// <param name="HeldOut">Of what is not learnt from, when it was last measured.</param>
/// <param name="TokensPerSecond">Tokens predicted.</param>
public sealed record TrainingProgress(string Stage, int Step, int Steps, double Loss, double HeldOut, double TokensPerSecond);

/// <summary>What a run of a stage came to.</summary>
/// <param name="Stage">Pretraining or tuning.</param>
/// <param name="From">The step it began at.</param>
/// <param name="To">The step it ended at.</param>
/// <param name="Before">Held-out loss when it began.</param>
/// <param name="After">Held-out loss when it ended.</param>
/// <param name="Checkpoint">Where the model was written.</param>
public sealed record TrainedStage(string Stage, int From, int To, double Before, double After, string Checkpoint);

/// <summary>
/// Carries a training out, from wherever it stands: first the stage that learns to continue texts, then the one that learns to follow
/// instructions. Its state is kept every so many steps, so that it can be stopped and resumed at any time.
/// </summary>
/// <param name="plan">The training.</param>
/// <param name="stateFolder">Where unfinished stages are kept.</param>
/// <param name="device">Where it computes.</param>
public sealed class TrainingRun(TrainingPlan plan, string stateFolder, Device device)
{
    /// <summary>Names of the stages.</summary>
    public const string Pretraining = "pretraining", Tuning = "tuning";

    private const int KeepEvery = 200, MeasureEvery = 100, HeldOutSequences = 64;

    /// <param name="texts">Gives what a stage learns from, cut to its length; asked for only when the stage has something to do.</param>
    /// <param name="steps">Stops after so many; null: when the training is at its end. A training at its end goes on tuning for as many.</param>
    /// <param name="report">Told of every step.</param>
    /// <param name="cancel">Stops after the step in hand; what was learnt is kept.</param>
    public IReadOnlyList<TrainedStage> Run(Func<string, SentencePieceTokenizer, TrainingTexts> texts, int? steps, Action<TrainingProgress> report, CancellationToken cancel = default)
    {
        var tokenizer = SentencePieceTokenizer.Load(plan.Tokenizer);
        var done = new List<TrainedStage>();
        foreach (var (name, stage) in new[] { (Pretraining, plan.Pretraining), (Tuning, plan.Tuning) })
        {
            var left = steps - done.Sum(one => one.To - one.From);
            if (left == 0)
                break;
            var beyond = name == Tuning && steps is not null;
            if (IsAtItsEnd(name, stage) && !(beyond && done.Count == 0))
                continue;
            done.Add(RunStage(name, stage, tokenizer, texts, left, report, cancel));
            if (cancel.IsCancellationRequested || !IsAtItsEnd(name, stage))
                break;
        }

        return done;
    }

    private string StateFile(string name) => Path.Combine(stateFolder, $"{name}.state");

    // A stage without a state whose model is there was carried out elsewhere.
    private bool IsAtItsEnd(string name, TrainingStage stage) => !File.Exists(StateFile(name)) && File.Exists(Path.Combine(stage.Checkpoint, "model.safetensors"));

    private TrainedStage RunStage(
        string name, TrainingStage stage, SentencePieceTokenizer tokenizer, Func<string, SentencePieceTokenizer, TrainingTexts> read, int? most, Action<TrainingProgress> report, CancellationToken cancel)
    {
        using var model = Begin(name, stage, tokenizer);
        using var optimizer = new AdamW(model.Tensors);
        var finished = IsAtItsEnd(name, stage);
        if (File.Exists(StateFile(name)))
            TrainingState.Load(StateFile(name), model, optimizer);
        var trainer = new Trainer(model, optimizer);
        var texts = read(name, tokenizer);
        var heldOut = texts.HeldOut(stage.Batch, HeldOutSequences).ToList();
        if (heldOut.Count == 0)
            throw new BadInputException("training-texts", name == Pretraining ? plan.Corpus : plan.Instructions, null, $"some hundred texts of at most {stage.Length} tokens", $"{texts.Count}");
        // The optimizer of a model that was trained elsewhere has forgotten; its schedule has not.
        var offset = finished ? stage.Steps : 0;
        var (from, before) = (optimizer.Steps + offset, trainer.Evaluate(heldOut));
        var end = most is { } some ? (finished ? from + some : Math.Min(from + some, Math.Max(stage.Steps, from))) : stage.Steps;
        var (measured, recent, watch, tokens) = (before, new Queue<double>(), Stopwatch.StartNew(), 0L);
        var log = new TrainingLog(Path.Combine(stateFolder, $"{name}.tsv"), anew: from == 0);
        for (var step = from; step < end && !cancel.IsCancellationRequested; step++)
        {
            var batch = texts.Batch(plan.Seed, step, stage.Batch);
            recent.Enqueue(trainer.Step(batch, stage.RateAt(step), stage.WeightDecay));
            if (recent.Count > MeasureEvery)
                recent.Dequeue();
            tokens += batch.Targets.Length;
            var (made, last) = (step + 1, step + 1 == end || cancel.IsCancellationRequested);
            if (made % MeasureEvery == 0 || last)
            {
                measured = trainer.Evaluate(heldOut);
                log.Add(made, recent.Average(), measured, stage.RateAt(step), tokens / watch.Elapsed.TotalSeconds);
            }

            report(new TrainingProgress(name, made, Math.Max(stage.Steps, end), recent.Average(), measured, tokens / watch.Elapsed.TotalSeconds));
            if ((made % KeepEvery == 0 || last) && !finished)
                TrainingState.Save(StateFile(name), model, optimizer);
        }

        var to = optimizer.Steps + offset;
        var checkpoint = to >= stage.Steps && !finished ? stage.Checkpoint : Path.Combine(stateFolder, name);
        CheckpointFolder.Write(checkpoint, model.Config, model.ToWeights(), File.ReadAllBytes(Path.Combine(plan.Tokenizer, "tokenizer.model")));
        if (checkpoint == stage.Checkpoint)
        {
            log.CopyTo(Path.Combine(checkpoint, "training.tsv"));
            File.Delete(StateFile(name));
        }

        return new TrainedStage(name, from, to, before, measured, checkpoint);
    }

    private TrainableLlama Begin(string name, TrainingStage stage, SentencePieceTokenizer tokenizer) =>
        IsAtItsEnd(name, stage) ? TrainableLlama.Load(Checkpoint.Open(stage.Checkpoint), device)
        : name == Tuning ? TrainableLlama.Load(Checkpoint.Open(plan.Pretraining.Checkpoint), device)
        : TrainableLlama.Random(plan.Model.ToConfig(tokenizer.VocabularySize), device, plan.Seed);

    /// <summary>The course of a stage, a row now and then.</summary>
    private sealed class TrainingLog
    {
        private readonly string path;

        public TrainingLog(string path, bool anew)
        {
            this.path = path;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (anew || !File.Exists(path))
                File.WriteAllText(path, "step\tloss\theld out\trate\ttokens/s\n");
        }

        public void Add(int step, double loss, double heldOut, double rate, double tokensPerSecond) =>
            File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture, $"{step}\t{loss:F4}\t{heldOut:F4}\t{rate:G3}\t{tokensPerSecond:F0}\n"));

        public void CopyTo(string target) => File.Copy(path, target, overwrite: true);
    }
}
