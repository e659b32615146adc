using System.Diagnostics;
using System.Globalization;
using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Tokenizers;
using static TorchSharp.torch;

namespace Interpret.Training;

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
/// <param name="Before">Loss of up to 512 held-out texts when it began.</param>
/// <param name="After">Theirs when it ended.</param>
/// <param name="Checkpoint">Where the model was written.</param>
/// <param name="Course">Every hundred steps, from the stage's first on: the mean loss of these, and that of what is held out.</param>
public sealed record TrainedStage(
    string Stage, int From, int To, double Before, double After, string Checkpoint, IReadOnlyList<(int Step, double Loss, double HeldOut)> Course);

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

    private const int MeasureEvery = 100, MeasuredSequences = 64, ComparedSequences = 512;

    /// <param name="texts">Gives what a stage learns from, cut to its length; asked for only when the stage has something to do.</param>
    /// <param name="steps">Stops after so many; null: when the training is at its end. A training at its end goes on tuning for as many.</param>
    /// <param name="report">Told of every step.</param>
    /// <param name="cancel">Stops after the step in hand; what was learnt is kept.</param>
    public IReadOnlyList<TrainedStage> Run(
        Func<string, ITokenizer, TrainingTexts> texts, int? steps, Action<TrainingProgress> report, CancellationToken cancel = default)
    {
        var tokenizer = TokenizerFormats.Load(plan.Tokenizer);
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
    private bool IsAtItsEnd(string name, TrainingStage stage) => !File.Exists(StateFile(name))
        && File.Exists(Path.Combine(stage.Checkpoint, "model.safetensors"));

    private TrainedStage RunStage(
        string name, TrainingStage stage, ITokenizer tokenizer, Func<string, ITokenizer, TrainingTexts> read, int? most, Action<TrainingProgress> report,
            CancellationToken cancel)
    {
        using var model = Begin(name, stage, tokenizer);
        using var optimizer = new AdamW(model.Tensors);
        var finished = IsAtItsEnd(name, stage);
        if (File.Exists(StateFile(name)))
            TrainingState.Load(StateFile(name), model, optimizer);
        var trainer = new Trainer(model, optimizer);
        var texts = read(name, tokenizer);
        var heldOut = texts.HeldOut(stage.Batch, MeasuredSequences).ToList();
        double Compared() => trainer.Evaluate(texts.HeldOut(stage.Batch, ComparedSequences));
        if (heldOut.Count == 0)
            throw new BadInputException(
                ErrorClasses.TrainingTexts, name == Pretraining ? plan.Corpus : plan.Instructions, null, $"some hundred texts of at most {stage.Length} tokens",
                $"{texts.Count}");
        // The optimizer of a model that was trained elsewhere has forgotten; its schedule has not.
        var offset = finished ? stage.Steps : 0;
        var (from, before) = (optimizer.Steps + offset, Compared());
        var end = most is { } some ? (finished ? from + some : Math.Min(from + some, Math.Max(stage.Steps, from))) : stage.Steps;
        var (measured, recent, watch, tokens) = (before, new Queue<double>(), Stopwatch.StartNew(), 0L);
        var log = new TrainingLog(Path.Combine(stateFolder, $"{name}.tsv"), anew: from == 0);
        for (var step = from; step < end && !cancel.IsCancellationRequested; step++)
        {
            var batch = texts.Batch(plan.Seed, step, stage.Batch);
            var rate = finished ? stage.RateBeyond(step - from, end - from) : stage.RateAt(step);
            var loss = trainer.Step(batch, rate, stage.WeightDecay);
            if (!double.IsFinite(loss))
                throw new BadInputException(
                    ErrorClasses.TrainingDiverged, stage.Checkpoint, $"step {step + 1}", "a finite loss", $"{loss}",
                    $"Lower {name}.learningRate or raise its warmUp: it goes on from the last step that was kept");
            recent.Enqueue(loss);
            if (recent.Count > MeasureEvery)
                recent.Dequeue();
            tokens += batch.Targets.Length;
            var made = step + 1;
            if (made % MeasureEvery == 0 || made == end || cancel.IsCancellationRequested)
            {
                measured = trainer.Evaluate(heldOut);
                log.Add(made, recent.Average(), measured, rate, tokens / watch.Elapsed.TotalSeconds);
                if (!finished)
                    TrainingState.Save(StateFile(name), model, optimizer);
            }

            report(new TrainingProgress(name, made, Math.Max(stage.Steps, end), recent.Average(), measured, tokens / watch.Elapsed.TotalSeconds));
        }

        var (to, after) = (optimizer.Steps + offset, Compared());
        var checkpoint = to >= stage.Steps && !finished ? stage.Checkpoint : Path.Combine(stateFolder, name);
        var itsTokenizer = File.ReadAllBytes(Path.Combine(plan.Tokenizer, TokenizerFormats.Of(plan.Tokenizer).FileName));
        CheckpointFolder.Write(checkpoint, model.Config, model.ToWeights(), itsTokenizer);
        if (checkpoint == stage.Checkpoint)
        {
            log.CopyTo(Path.Combine(checkpoint, "training.tsv"));
            File.Delete(StateFile(name));
        }

        return new TrainedStage(name, from, to, before, after, checkpoint, log.Read());
    }

    private TrainableLlama Begin(string name, TrainingStage stage, ITokenizer tokenizer) =>
        IsAtItsEnd(name, stage) ? TrainableLlama.Load(new ModelFiles(stage.Checkpoint).Checkpoint, device)
        : name == Tuning ? TrainableLlama.Load(new ModelFiles(plan.Pretraining.Checkpoint).Checkpoint, device)
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

        public IReadOnlyList<(int Step, double Loss, double HeldOut)> Read() =>
        [
            .. from row in File.ReadLines(path).Skip(1)
               let fields = row.Split('\t')
               select (int.Parse(fields[0], CultureInfo.InvariantCulture), double.Parse(fields[1], CultureInfo.InvariantCulture),
                   double.Parse(fields[2], CultureInfo.InvariantCulture)),
        ];

        public void CopyTo(string target) => File.Copy(path, target, overwrite: true);
    }
}
