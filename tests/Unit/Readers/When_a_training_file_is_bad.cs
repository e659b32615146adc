using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Training;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_training_file_is_bad : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public void A_good_one_is_read() => TrainingPlan.Read(scratch.Write("t.json", Json().ToJsonString())).Model.HiddenSize.ShouldBe(64);

    [Theory]
    [InlineData("model.hiddenSize", "2147483646", "model.hiddenSize")]
    [InlineData("model.heads", "1073741824", "model.heads")]
    [InlineData("model.heads", "2147483647", "model.heads")]
    [InlineData("model.heads", "0", "model.heads")]
    [InlineData("model.layers", "100000", "model.layers")]
    [InlineData("model.intermediateSize", "-1", "model.intermediateSize")]
    [InlineData("model.contextLength", "2147483647", "model.contextLength")]
    [InlineData("pretraining.batch", "2000000000", "pretraining.batch")]
    [InlineData("pretraining.batch", "60000", "pretraining.batch")]
    [InlineData("pretraining.steps", "0", "pretraining.steps")]
    [InlineData("pretraining.length", "65", "pretraining.length")]
    [InlineData("pretraining.learningRate", "1e999", "pretraining.learningRate")]
    [InlineData("tuning.learningRate", "0", "tuning.learningRate")]
    [InlineData("tuning.weightDecay", "1e999", "tuning.weightDecay")]
    [InlineData("tuning.warmUp", "-1", "tuning.warmUp")]
    [InlineData("corpus", "\"a\\u0000b\"", "corpus")]
    [InlineData("tuning.checkpoint", "\" \"", "tuning.checkpoint")]
    public void What_no_machine_could_hold_or_compute_is_refused_by_its_key(string key, string value, string where)
    {
        var json = Json();
        var steps = key.Split('.');
        var owner = steps.Length == 1 ? json : json[steps[0]]!;
        owner[steps[^1]] = "@";
        var path = scratch.Write("t.json", json.ToJsonString().Replace("\"@\"", value, StringComparison.Ordinal));
        var refusal = Bounded.Run(4 << 20, () => Should.Throw<BadInputException>(() => TrainingPlan.Read(path)));
        (refusal.ErrorClass, refusal.InputSource, refusal.Where).ShouldBe(("training-malformed", path, where), refusal.Message);
    }

    [Fact]
    public void Weights_without_number_are_refused()
    {
        var json = Json();
        (json["model"]!["hiddenSize"], json["model"]!["intermediateSize"], json["model"]!["layers"]) = (16384, 65536, 256);
        Should.Throw<BadInputException>(() => TrainingPlan.Read(scratch.Write("t.json", json.ToJsonString()))).Where.ShouldBe("model");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var bytes = System.Text.Encoding.Latin1.GetBytes(Json().ToJsonString().Replace("corpus.txt", "corp\u00e9s.txt", StringComparison.Ordinal));
        Should.Throw<BadInputException>(() => TrainingPlan.Read(scratch.Write("t.json", bytes))).ErrorClass.ShouldBe("training-malformed");
    }

    public void Dispose() => scratch.Dispose();

    private static JsonObject Json() => JsonNode.Parse("""
        {
          "seed": 1, "tokenizer": "t", "corpus": "corpus.txt", "instructions": "i.tsv",
          "model": { "hiddenSize": 64, "intermediateSize": 128, "layers": 2, "heads": 4, "contextLength": 64 },
          "pretraining": { "checkpoint": "base", "steps": 10, "batch": 4, "length": 32, "learningRate": 0.001 },
          "tuning": { "checkpoint": "tuned", "steps": 10, "batch": 4, "length": 32, "learningRate": 0.001, "warmUp": 2 }
        }
        """)!.AsObject();
}
