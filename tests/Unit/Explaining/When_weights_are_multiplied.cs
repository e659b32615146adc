using Interpret.Models.Network;
using static TorchSharp.torch;

namespace Interpret.Unit.Tests.Explaining;

/// <summary>Every library that libtorch has for products of weights gives what the definition gives, summed here in float64.</summary>
public sealed class When_weights_are_multiplied(ITestOutputHelper output)
{
    /// <summary>Of the sum of the absolute terms, which bounds what rounding may do.</summary>
    private const double Rounding = 1e-6;

    public static TheoryData<long, long,
        long> Shapes => new() { { 1, 1, 1 }, { 3, 5, 1 }, { 17, 31, 13 }, { 64, 172, 7 }, { 192, 64, 401 }, { 512, 1376, 33 }, { 5, 4096, 3 } };

    [Fact]
    public void Both_libraries_are_there() => WeightProducts.All().Select(products => products.Name).ShouldBe(["oneDNN", "MKL"]);

    [Theory, MemberData(nameof(Shapes))]
    public void Each_gives_the_product(long outputs, long inputs, long columns)
    {
        using var gradless = inference_mode();
        using var scope = NewDisposeScope();
        Tensor weight = randn(outputs, inputs), tangents = randn(inputs, columns), sum = randn(outputs, columns), before = sum.clone(),
            nothing = zeros_like(sum);
        foreach (var products in WeightProducts.All())
        {
            var (alone, added) =
                (Apart(products.Of(weight, tangents), nothing, weight, tangents), Apart(products.Added(sum, weight, tangents), sum, weight, tangents));
            output.WriteLine($"{products.Name}: {alone:E1}, added {added:E1}");
            Math.Max(alone, added).ShouldBeLessThan(Rounding);
            sum.Equals(before).ShouldBeTrue();
        }
    }

    /// <summary>As forward mode does it: several threads, each with columns that are a part of something larger.</summary>
    [Fact]
    public void Each_may_be_used_by_many_threads_at_once()
    {
        foreach (var products in WeightProducts.All())
        {
            Parallel.For(0, 8, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, thread =>
            {
                using var gradless = inference_mode();
                for (var i = 0; i < 20; i++)
                {
                    using var scope = NewDisposeScope();
                    Tensor weight = randn(96, 64), columns = randn(128, 11 + thread).narrow(0, 32, 64);
                    Apart(products.Of(weight, columns), zeros(96, 11 + thread), weight, columns).ShouldBeLessThan(Rounding);
                }
            });
        }
    }

    /// <summary>How far from sum + weight · columns, as a part of |sum| + |weight| · |columns|.</summary>
    private static double Apart(Tensor found, Tensor sum, Tensor weight, Tensor columns)
    {
        Tensor s = sum.to(ScalarType.Float64), w = weight.to(ScalarType.Float64), x = columns.to(ScalarType.Float64);
        return ((found - (s + w.mm(x))).abs() / (s.abs() + w.abs().mm(x.abs()))).max().item<double>();
    }
}
