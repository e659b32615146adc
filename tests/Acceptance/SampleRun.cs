
[assembly: AssemblyFixture(typeof(Interpret.Acceptance.Tests.SampleRun))]

namespace Interpret.Acceptance.Tests;

/// <summary>One run of a cut-down sample study, which all tests look at and none changes.</summary>
public sealed class SampleRun : IAsyncLifetime
{
    public const string Study = "sample";
    public const int Prompts = 9;

    /// <summary>Of two models: their prompts, and their four layers, once for the heads and once for the feed-forward network.</summary>
    public const int Units = 2 * (Prompts + (2 * 4));

    public Scratch Scratch { get; } = new();

    public string State => Scratch.At("state");

    public string Report => Scratch.At("report");

    public string Dataset => Scratch.At($"{Study}/dataset.tsv");

    public string Ratings => Scratch.At($"{Study}/ratings.tsv");

    public CommandResult Result { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var file = SampleStudy.Write(Scratch, Study, SampleStudy.RowsOfEachGroup(Prompts / 3), maxNewTokens: 8, words: true);
        Result = await InterpretProcess.RunAsync(State, "run", file, "--out", Report);
    }

    /// <summary>Runs a command on the state that the run left.</summary>
    public Task<CommandResult> AskAsync(params string[] arguments) => InterpretProcess.RunAsync(State, arguments);

    public ValueTask DisposeAsync()
    {
        Scratch.Dispose();
        return ValueTask.CompletedTask;
    }
}
