using Interpret.Cli;

namespace Interpret.Acceptance.Tests;

public sealed class When_a_machine_is_examined : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task Doctor_names_the_package_the_device_and_the_products()
    {
        var text = (await InterpretProcess.RunAsync(scratch.At("state"), "doctor")).ShouldExitWith(ExitCodes.Done).Output;
        text.ShouldMatch(@"TorchSharp TorchSharp-(cpu|cuda-linux) \d+\.\d+\.\d+, libtorch 2\.");
        text.ShouldMatch(@"device +(CPU: built with TorchSharp-|CUDA: cuda:0)");
        if (text.Contains("CPU: built with", StringComparison.Ordinal))
            text.ShouldMatch(@"products +(oneDNN|MKL): oneDNN \d+, MKL \d+ GFLOP/s on one thread");
    }

    [Theory]
    [InlineData("mkl", ExitCodes.Done, "MKL: asked for by INTERPRET_PRODUCTS")]
    [InlineData("onednn", ExitCodes.Done, "oneDNN: asked for by INTERPRET_PRODUCTS")]
    [InlineData("blas", ExitCodes.BadInput, "expected onednn, mkl, or no value, found blas")]
    public async Task The_products_may_be_named(string value, int exitCode, string said)
    {
        using var doctor = InterpretProcess.StartWith([("INTERPRET_PRODUCTS", value)], scratch.At("state"), null, "doctor");
        var result = (await doctor.EndAsync()).ShouldExitWith(exitCode);
        (result.Output + result.Error).ShouldContain(said);
    }

    public void Dispose() => scratch.Dispose();
}
