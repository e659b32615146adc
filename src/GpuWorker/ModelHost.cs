using System.Diagnostics;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Interpret.ServiceDefaults;

namespace Interpret.GpuWorker;

/// <summary>
/// Hosts the models of this process, one at a time: the weights are loaded when the first unit asks for them and given up when
/// another model's unit comes. A worker of a cluster hosts one model and never changes; the embedded mode works through a
/// study's models one after the other.
/// </summary>
public sealed class ModelHost : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);
    private CheckpointPlace? place;
    private ShardedModel? model;
    private InputExplainer? explainer;

    /// <summary>Whether the layers of the model that is loaded stay on disk, and are read at each use.</summary>
    public bool ReadsLayers { get; private set; }

    /// <summary>Seconds that the last loading took.</summary>
    public double LoadSeconds { get; private set; }

    /// <summary>Runs something with a model's explainer; others wait.</summary>
    public async Task<T> UseAsync<T>(CheckpointPlace checkpoint, Func<InputExplainer, T> use, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            // Tensors belong to a thread: the work runs on one, whatever awaited it.
            return await Task.Run(() => { Load(checkpoint); return use(explainer!); }, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    private void Load(CheckpointPlace checkpoint)
    {
        if (place == checkpoint)
            return;
        Unload();
        var started = Stopwatch.GetTimestamp();
        var files = ModelFiles.Open(checkpoint);
        model = files.Load();
        explainer = new InputExplainer(model, files.Tokenizer);
        ReadsLayers = model.Placement.Shards.Any(shard => shard.Weights == WeightsHeld.OnDisk);
        place = checkpoint;
        LoadSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Metrics.ModelLoaded(Path.GetFileName(Path.TrimEndingDirectorySeparator(checkpoint.Directory)), LoadSeconds);
    }

    private void Unload()
    {
        model?.Dispose();
        (place, model, explainer) = (null, null, null);
    }

    public void Dispose()
    {
        Unload();
        turn.Dispose();
    }
}
