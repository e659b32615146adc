using Interpret.Contracts;
using Interpret.Models.Checkpoints;
using Interpret.Models.Tokenizers;
using Interpret.Training;
using TorchSharp;

namespace Interpret.Integration.Tests.Training;

/// <summary>A model of some thousand weights learns some sentences.</summary>
public sealed class When_a_model_is_trained : IDisposable
{
    private static readonly ITokenizer Tokenizer = TokenizerFormats.Load(SampleStudy.BaseCheckpoint);
    private readonly Scratch scratch = new();

    [Fact]
    public void The_slope_of_the_loss_is_what_a_small_change_of_a_weight_makes_of_it()
    {
        using var scope = torch.NewDisposeScope();
        using var model = TrainableLlama.Random(Plan().Model.ToConfig(Tokenizer.VocabularySize), torch.CPU, 5);
        using (torch.no_grad())
        {
            foreach (var weight in model.Tensors.Values)
                weight.mul_(8); // far from where all slopes are near nothing
        }

        var batch = Texts("", Tokenizer).Batch(1, 0, 2);
        using var optimizer = new AdamW(model.Tensors);
        var trainer = new Trainer(model, optimizer);
        foreach (var ((name, weight), slope) in model.Tensors.Zip(trainer.Differentiate(batch).Gradients))
        {
            const float change = 1e-2f;
            var steepness = Math.Sqrt((slope * slope).sum().item<float>());
            double At(double by)
            {
                using var gradless = torch.no_grad();
                weight.add_(slope * (by / steepness));
                var loss = trainer.Evaluate([batch]);
                weight.add_(slope * (-by / steepness));
                return loss;
            }

            steepness.ShouldBe((At(change) - At(-change)) / (2 * change), 0.02 * steepness, name);
        }
    }

    [Fact]
    public void It_learns_and_what_is_written_computes_what_was_learnt()
    {
        var plan = Plan();
        var stages = Run(plan, null);
        stages.Select(stage => (stage.Stage, stage.From, stage.To)).ShouldBe([(TrainingRun.Pretraining, 0, 60), (TrainingRun.Tuning, 0, 40)]);
        stages[0].After.ShouldBeLessThan(stages[0].Before / 2);
        stages[1].After.ShouldBeLessThan(stages[1].Before / 2);

        using var scope = torch.NewDisposeScope();
        using var gradless = torch.no_grad();
        var files = ModelFiles.Open(plan.Tuning.Checkpoint);
        using var read = files.Load();
        using var learnt = TrainableLlama.Load(files.Checkpoint, torch.CPU);
        int[] ids = [Tokenizer.BosId!.Value, .. Tokenizer.EncodeToIds("Mira has a cow in Tolm.")];
        var there = read.Logits(read.Run(read.Embed(ids).unsqueeze(0)).select(0, 0));
        var here = learnt.Logits([.. ids.Select(id => (long)id)], 1, [.. Enumerable.Range(0, ids.Length).Select(i => (long)i)]);
        ((double)(there - here).abs().max().item<float>()).ShouldBeLessThan(1e-3);
        File.ReadAllLines(Path.Combine(plan.Tuning.Checkpoint, "training.tsv")).Length.ShouldBe(2);
    }

    [Fact]
    public void Stopped_and_resumed_it_learns_the_same_to_the_last_bit()
    {
        Run(Plan("whole"), null);
        var (parts, steps) = (Plan("parts"), new List<(int, int)>());
        foreach (var some in new int?[] { 25, 50, null })
            steps.AddRange(Run(parts, some).Select(stage => (stage.From, stage.To)));
        steps.ShouldBe([(0, 25), (25, 60), (0, 15), (15, 40)]);
        byte[] Written(string folder) => File.ReadAllBytes(Path.Combine(scratch.At(folder), "tuned", "model.safetensors"));
        Written("parts").ShouldBe(Written("whole"));
    }

    [Fact]
    public void At_its_end_it_goes_on_beside_its_checkpoints()
    {
        var plan = Plan();
        Run(plan, null);
        var before = File.ReadAllBytes(Path.Combine(plan.Tuning.Checkpoint, "model.safetensors"));
        Run(plan, null).ShouldBeEmpty();
        var more = Run(plan, 10).ShouldHaveSingleItem();
        (more.Stage, more.From, more.To).ShouldBe((TrainingRun.Tuning, 40, 50));
        more.Checkpoint.ShouldNotBe(plan.Tuning.Checkpoint);
        File.ReadAllBytes(Path.Combine(plan.Tuning.Checkpoint, "model.safetensors")).ShouldBe(before);
        new ModelFiles(more.Checkpoint).Checkpoint.Config.Layers.ShouldBe(2);
    }

    [Fact]
    public void A_training_that_diverges_says_where()
    {
        var plan = Plan();
        var refusal = Should.Throw<BadInputException>(() => Run(plan with { Pretraining = plan.Pretraining with { LearningRate = 1e30, WarmUp = 0 } }, null));
        refusal.ErrorClass.ShouldBe("training-diverged");
        refusal.Message.ShouldContain("pretraining.learningRate");
        Directory.Exists(plan.Pretraining.Checkpoint).ShouldBeFalse();
    }

    [Fact]
    public void Steps_beyond_the_end_begin_low_and_fall_to_nothing()
    {
        var stage = new TrainingStage("", Steps: 1000, Batch: 1, Length: 8, LearningRate: 0.01, WarmUp: 100);
        var rates = Enumerable.Range(0, 50).Select(step => stage.RateBeyond(step, 50)).ToList();
        rates.Max().ShouldBeLessThanOrEqualTo(stage.RateAt(999) * 1.001);
        rates[0].ShouldBeLessThan(rates[9]);
        rates[^1].ShouldBe(0.001 / 50, 1e-12);
    }

    [Theory]
    [InlineData("\"hiddenSize\": 32", "\"hiddenSize\": 33", "model.hiddenSize")]
    [InlineData("\"seed\": 1", "\"sead\": 1", "sead")]
    [InlineData("\"steps\": 60", "\"steps\": 0", "pretraining.steps")]
    [InlineData("\"length\": 48", "\"length\": 4800", "pretraining.length")]
    [InlineData("{", "", "line 1")]
    public void A_plan_that_cannot_be_carried_out_is_refused(string right, string wrong, string named)
    {
        var file = scratch.Write("training.json", Json("x").Replace(right, wrong, StringComparison.Ordinal));
        var refusal = Should.Throw<BadInputException>(() => TrainingPlan.Read(file));
        refusal.ErrorClass.ShouldBe("training-malformed");
        refusal.Message.ShouldContain(named);
    }

    private IReadOnlyList<TrainedStage> Run(TrainingPlan plan, int? steps) =>
        new TrainingRun(plan, Path.Combine(Path.GetDirectoryName(plan.Tuning.Checkpoint)!, "state"), torch.CPU)
            .Run(Texts, steps, _ => { }, TestContext.Current.CancellationToken);

    private TrainingPlan Plan(string folder = "trained") => TrainingPlan.Read(scratch.Write($"{folder}/training.json", Json(folder)));

    private static string Json(string folder) => $$"""
        { "seed": 1, "tokenizer": "{{SampleStudy.BaseCheckpoint}}", "corpus": "corpus.txt", "instructions": "pairs.tsv", // {{folder}}
          "model": { "hiddenSize": 32, "intermediateSize": 48, "layers": 2, "heads": 2, "contextLength": 512 },
          "pretraining": { "checkpoint": "base", "steps": 60, "batch": 8, "length": 48, "learningRate": 0.01, "warmUp": 5 },
          "tuning": { "checkpoint": "tuned", "steps": 40, "batch": 8, "length": 64, "learningRate": 0.005, "warmUp": 5 } }
        """;

    private static TrainingTexts Texts(string stage, ITokenizer tokenizer)
    {
        var random = new Random(3);
        string Sentence() => $"{Pick("Mira", "Tom", "Ada")} has a {Pick("cow", "hen", "goat")} in {Pick("Tolm", "Marl")}.";
        string Pick(params string[] words) => words[random.Next(words.Length)];
        return stage == TrainingRun.Tuning
            ? TrainingTexts.OfPairs([.. Enumerable.Range(0, 400).Select(_ => ($"Say yes.\n{Sentence()}", "Yes, of course."))], tokenizer, 64)
            : TrainingTexts.OfDocuments([.. Enumerable.Range(0, 400).Select(_ => Sentence())], tokenizer, 48);
    }

    public void Dispose() => scratch.Dispose();
}
