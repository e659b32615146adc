using Interpret.Explaining;
using Interpret.Models.Architectures;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.Unit.Tests.RandomPair;
using TorchSharp;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>The committed sample models with short cases made of the sample study's prompts and references.</summary>
public sealed class SampleModels : IDisposable
{
    private readonly List<ShardedModel> loaded = [];

    public SampleModels()
    {
        Checkpoint = new ModelFiles(RandomPairFiles.Study.Models[0].Checkpoint!).Checkpoint;
        Model = Load(Placement.Single(Checkpoint.Config, torch.CPU));
    }

    internal Checkpoint Checkpoint { get; }

    internal ShardedModel Model { get; }

    internal DecoderConfig Config => Checkpoint.Config;

    /// <summary>Of several lengths, some with more targets than prompt tokens, some with fewer.</summary>
    internal static AttributionInput[] Inputs { get; } =
        [.. RandomPairFiles.Dataset.Prompts.Take(6)
            .Select((prompt, i) =>
            Input(prompt.Id, RandomPairFiles.Tokenizer.EncodeToIds(prompt.Prompt).Take(9 + (7 * i)),
            RandomPairFiles.Tokenizer.EncodeToIds(prompt.Reference).Take(24 - (4 * i))))];

    internal static AttributionInput Input(string id, IEnumerable<int> prompt, IEnumerable<int> targets)
    {
        int[] ids = [RandomPairFiles.Tokenizer.BosId!.Value, .. prompt];
        return new(id, [.. ids, .. targets], ids.Length - 1);
    }

    internal ShardedModel Load(Placement placement)
    {
        var model = ShardedModel.Load(Checkpoint, placement);
        loaded.Add(model);
        return model;
    }

    /// <summary>The layers over so many shards of one device.</summary>
    internal Placement Even(int shards) => new([.. Enumerable.Range(0, shards).Select(i =>
    {
        int first = i * Config.Layers / shards, end = (i + 1) * Config.Layers / shards;
        return new Shard(torch.CPU, first, end - first);
    })]);

    public void Dispose() => loaded.ForEach(model => model.Dispose());
}
