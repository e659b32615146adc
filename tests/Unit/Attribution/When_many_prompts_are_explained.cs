using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Devices;
using Interpret.Models.Generation;
using Interpret.Models.Network;
using Interpret.Unit.Tests.Model;
using TorchSharp;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>Counts the process's tensors: runs when no other test does.</summary>
[CollectionDefinition(nameof(TensorCount), DisableParallelization = true)]
public sealed class TensorCount;

[Collection(nameof(TensorCount))]
public sealed class When_many_prompts_are_explained(SampleModels samples, ITestOutputHelper output) : IClassFixture<SampleModels>
{
    private const int Prompts = 200;
    private const long Generous = 200L << 20;

    private static readonly AttributionInput Small = SampleModels.Input("small", Enumerable.Range(300, 12), Enumerable.Range(400, 10));

    public static TheoryData<string> Works => [.. Everything.Keys];

    private static readonly Dictionary<string, Action<ShardedModel, CancellationToken>> Everything = new()
    {
        ["forward"] = (model, cancel) => ForwardMode.Run(model, [Small, SampleModels.Input("none", [], [301])], cancel: cancel),
        ["reverse"] = (model, cancel) => ReverseMode.Run(model, Small, cancel: cancel),
        ["generation"] = (model, cancel) => GreedyGeneration.Run(model, Small.Ids, 10, cancel),
        ["generation together"] = (model, cancel) => GreedyGeneration.Run(model, [Small.Ids, [.. Small.Ids.Skip(5)], [.. Small.Ids.Take(3)]], 10, cancel: cancel),
    };

    [Theory, MemberData(nameof(Works))]
    public void No_tensor_stays_and_memory_does_not_grow(string work)
    {
        for (var i = 0; i < 20; i++) Everything[work](samples.Model, TestContext.Current.CancellationToken);
        var (tensors, memory) = (Tensors(), Environment.WorkingSet);
        for (var i = 0; i < Prompts; i++) Everything[work](samples.Model, TestContext.Current.CancellationToken);

        // Before any collection: what is freed by the collector only is freed too late.
        torch.Tensor.TotalCount.ShouldBe(tensors);
        var grown = Environment.WorkingSet - memory;
        output.WriteLine($"{work}: {grown >> 10} KiB more after {Prompts}");
        grown.ShouldBeLessThan(Generous);
    }

    [Theory, MemberData(nameof(Works))]
    public void No_tensor_stays_when_it_is_cancelled(string work)
    {
        var tensors = Tensors();
        Should.Throw<OperationCanceledException>(() => Everything[work](samples.Model, new CancellationToken(canceled: true)));
        torch.Tensor.TotalCount.ShouldBe(tensors);
    }

    /// <summary>The file of a streamed model is cut off between layers: those before it have left their states.</summary>
    [Theory, MemberData(nameof(Works))]
    public void No_tensor_stays_when_a_layer_fails_midway(string work)
    {
        using var tiny = new TinyCheckpoint(config => config["vocab_size"] = 512).Save();
        var checkpoint = tiny.Open();
        using var model = ShardedModel.Load(checkpoint, new Placement([new Shard(torch.CPU, 0, checkpoint.Config.Layers, WeightsHeld.OnDisk)]));
        var tensors = Tensors();
        Everything[work](model, TestContext.Current.CancellationToken);
        torch.Tensor.TotalCount.ShouldBe(tensors);

        using (var file = File.OpenWrite(tiny.PathOf("model.safetensors")))
            file.SetLength(file.Length * 9 / 10 - (512 * 24 * sizeof(float)));
        Should.Throw<BadInputException>(() => Everything[work](model, TestContext.Current.CancellationToken)).ErrorClass.ShouldBe("checkpoint-truncated");
        torch.Tensor.TotalCount.ShouldBe(tensors);
    }

    [Fact]
    public void No_tensor_stays_when_a_model_cannot_be_loaded_whole()
    {
        using var tiny = new TinyCheckpoint().Save();
        var checkpoint = tiny.Open();
        using (var file = File.OpenWrite(tiny.PathOf("model.safetensors"))) file.SetLength(file.Length - 1);
        var tensors = Tensors();
        Should.Throw<BadInputException>(() => ShardedModel.Load(checkpoint, Placement.Single(checkpoint.Config, torch.CPU))).ErrorClass.ShouldBe(
            "checkpoint-truncated");
        torch.Tensor.TotalCount.ShouldBe(tensors);
    }

    /// <summary>Pool threads go on to other work, which must not run on one thread of arithmetic from then on.</summary>
    [Fact]
    public void The_thread_pool_is_left_as_it_was()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, "on one processor every count is one");
        var before = Counts().Min(); // all processors with the package, one with a distribution's build
        for (var i = 0; i < 20; i++) samples.Model.Forward(SampleModels.Inputs[^1], groupBudget: 1);
        Counts().ShouldAllBe(count => count >= before);

        static int[] Counts()
        {
            var counts = new System.Collections.Concurrent.ConcurrentBag<int>();
            Parallel.For(0, 200, _ => { counts.Add(torch.get_num_threads()); Thread.Sleep(1); });
            return [.. counts];
        }
    }

    [Fact]
    public void A_model_gives_its_weights_back()
    {
        var tensors = Tensors();
        using (ShardedModel.Load(samples.Checkpoint, samples.Even(2)))
            torch.Tensor.TotalCount.ShouldBe(tensors + 2 + (4 * samples.Config.Layers));
        torch.Tensor.TotalCount.ShouldBe(tensors);
    }

    private static long Tensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
