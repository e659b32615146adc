using System.CommandLine;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;
using Interpret.Reports.Statistics;
using Interpret.Unit.Tests;
using TorchSharp;

namespace Interpret.Bench;

/// <summary>The pure loops that methods spend their time in outside of tensors, each against the plain way where there is one.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class MicroBenchmarks
{
    private const int Prompt = 512, Response = 256, Vocabulary = 32_000, Neurons = 64, Most = 100;
    private readonly float[] scores = new float[Prompt * Response];
    private readonly float[] numbers = new float[4096];
    private string text = "";
    private ITokenizer tokenizer = null!;
    private torch.Tensor words = null!;

    /// <summary>The command <c>micro</c>; what follows it is BenchmarkDotNet's.</summary>
    public static Command Create()
    {
        var command =
            new Command("micro",
            "Inner loops, by BenchmarkDotNet. Its own options follow, such as --filter '*Density*' or --list flat.")
            { TreatUnmatchedTokensAsErrors = false };
        // In this process: a project that is made and built for each run would have to find libtorch as this one does.
        command.SetAction(parsed => BenchmarkSwitcher.FromTypes([typeof(MicroBenchmarks)]).Run(
            parsed.UnmatchedTokens is { Count: > 0 } own ? [.. own] : ["--filter", "*"],
            DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "interpret-micro"))));
        return command;
    }

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(7);
        foreach (ref var score in scores.AsSpan())
            score = random.NextSingle() - 0.3f;
        foreach (ref var number in numbers.AsSpan())
            number = 10 * random.NextSingle();
        tokenizer = TokenizerFormats.Load(Path.Combine(SourceTree.Root, "samples/checkpoints/base"));
        text = string.Join(
            ' ', Enumerable.Range(0, 300).Select(i => i % 7 == 0 ? "Ada saw a fox near the river." : i % 11 == 0 ? "###" : "Paul has a red hammer."));
        words = torch.randn(Neurons, Vocabulary);
    }

    [Benchmark, BenchmarkCategory("tokens")]
    public int SentencePieceEncoding() => tokenizer.EncodeToIds(text).Count;

    [Benchmark, BenchmarkCategory("density")]
    public float[] Density() => ImportanceDensity.Of(scores, Prompt, Response);

    [Benchmark(Baseline = true), BenchmarkCategory("power")]
    public float PlatformPower() => numbers.Sum(number => MathF.Pow(number, 0.25f));

    [Benchmark, BenchmarkCategory("power")]
    public float NumpysPower() => numbers.Sum(number => NumpyPower.Of(number, 0.25f));

    [Benchmark(Baseline = true), BenchmarkCategory("words")]
    public TopWords TopWordsByTensor() => TopWords.OnDevice(words, Most);

    [Benchmark, BenchmarkCategory("words")]
    public TopWords TopWordsInPlace() => TopWords.OnProcessor(words, Most, onAllCores: false);

    [Benchmark, BenchmarkCategory("statistics")]
    public double StudentTail() => StudentDistribution.UpperTail(2.5, 397.25);
}
