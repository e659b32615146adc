using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Models.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Interpret.Models.Network;

/// <summary>
/// Products of a model's weights with hidden states and with many tangents, float32: where nearly all operations are. A CUDA device has its own
/// library for them; for the processor libtorch carries two, and the faster one here is taken.
/// </summary>
public abstract partial class WeightProducts
{
    /// <summary>Decides between the two without measuring: <c>onednn</c> or <c>mkl</c>.</summary>
    public const string Variable = "INTERPRET_PRODUCTS";

    /// <summary>
    /// MKL is taken when it is this much faster: the digits of the two differ in the last place, so what is nearly equal must not be left to chance.
    /// </summary>
    private const double Clearly = 1.25;

    private const int Tries = 4;

    /// <summary>Multiplications from which on a call of oneDNN's operator, some tens of microseconds by TorchScript, is worth it for rows.</summary>
    private const long WorthTheCall = 8_000_000;

    /// <summary>Rows below which a product reads weights faster than it multiplies, which MKL does as fast.</summary>
    private const long FewRows = 8;

    private static readonly Lazy<(OneDnnProducts? Products, string Lacking)> OneDnn = new(OneDnnProducts.Load);

    private static readonly Lazy<(WeightProducts Products, string Reason)> OnProcessor = new(Choose);

    /// <summary>What libtorch does for <c>mm</c>: MKL on the processor, cuBLAS on a CUDA device.</summary>
    private static WeightProducts Plain { get; } = new PlainProducts();

    /// <summary>The library's name.</summary>
    public abstract string Name { get; }

    /// <summary>The fastest on a device. The first call for the processor measures.</summary>
    /// <exception cref="BadInputException">The variable <see cref="Variable"/> asks for what is not there.</exception>
    public static WeightProducts On(Device device) => device.type == DeviceType.CPU ? OnProcessor.Value.Products : Plain;

    /// <summary>What is used on the processor, and why.</summary>
    public static string Describe() => $"{OnProcessor.Value.Products.Name}: {OnProcessor.Value.Reason}";

    /// <summary>All that can be had on the processor; for tests and benchmarks.</summary>
    public static IReadOnlyList<WeightProducts> All() => OneDnn.Value.Products is { } oneDnn ? [oneDnn, Plain] : [Plain];

    /// <param name="weight">(O, K), contiguous.</param>
    /// <param name="columns">(K, N), contiguous.</param>
    /// <returns>weight · columns, (O, N).</returns>
    public abstract Tensor Of(Tensor weight, Tensor columns);

    /// <param name="sum">(O, N), contiguous; stays as it is.</param>
    /// <param name="weight">(O, K), contiguous.</param>
    /// <param name="columns">(K, N), contiguous.</param>
    /// <returns>sum + weight · columns, (O, N).</returns>
    public abstract Tensor Added(Tensor sum, Tensor weight, Tensor columns);

    /// <param name="rows">(…, K)</param>
    /// <param name="weight">(O, K), contiguous.</param>
    /// <param name="bias">(O), or null.</param>
    /// <returns>rows · weightᵀ + bias, (…, O). Autograd follows where gradients are on.</returns>
    public abstract Tensor OfRows(Tensor rows, Tensor weight, Tensor? bias = null);

    private static (WeightProducts Products, string Reason) Choose()
    {
        var (oneDnn, lacking) = OneDnn.Value;
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case null or "":
                return oneDnn is null ? (Plain, lacking) : Faster(oneDnn);
            case "mkl":
                return (Plain, $"asked for by {Variable}");
            case "onednn" when oneDnn is not null:
                return (oneDnn, $"asked for by {Variable}");
            case "onednn":
                throw new BadInputException(ErrorClasses.SettingBad, Variable, null, "mkl, or no value", "onednn", lacking);
            case var other:
                throw new BadInputException(ErrorClasses.SettingBad, Variable, null, "onednn, mkl, or no value", other);
        }
    }

    /// <summary>
    /// Both in turn, on one thread each as pieces of tangents have it; the best of a few tries counts, in the thread's own processor time, so that what else
    /// runs on the machine does not decide.
    /// </summary>
    private static (WeightProducts Products, string Reason) Faster(WeightProducts oneDnn)
    {
        const int outputs = 1536, inputs = 512, columns = 384;
        double[] seconds = [double.MaxValue, double.MaxValue];
        DeviceLoop.Run(CPU, [oneDnn], _ =>
        {
            Tensor weight = randn(outputs, inputs), tangents = randn(inputs, columns);
            for (var i = 0; i <= Tries; i++) // the first is not counted
            {
                foreach (var (which, products) in new[] { oneDnn, Plain }.Index())
                {
                    var started = ThreadSeconds();
                    products.Of(weight, tangents).Dispose();
                    if (i > 0)
                        seconds[which] = Math.Min(seconds[which], ThreadSeconds() - started);
                }
            }
        }, alwaysOneThread: true);
        string Rate(double time) => (2.0 * outputs * inputs * columns / time / 1e9).ToString("F0", CultureInfo.InvariantCulture);
        return (seconds[1] * Clearly < seconds[0] ? Plain : oneDnn,
            $"{oneDnn.Name} {Rate(seconds[0])}, {Plain.Name} {Rate(seconds[1])} GFLOP/s on one thread");
    }

    /// <summary>Processor time of the calling thread, as far as the system tells it.</summary>
    private static double ThreadSeconds()
    {
        const int threadClock = 3; // CLOCK_THREAD_CPUTIME_ID
        return OperatingSystem.IsLinux() && clock_gettime(threadClock, out var time) == 0 ? time.Seconds + (time.Nanoseconds * 1e-9)
            : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Time time);

    private readonly record struct Time(nint Seconds, nint Nanoseconds);

    private sealed class PlainProducts : WeightProducts
    {
        public override string Name => "MKL";

        public override Tensor Of(Tensor weight, Tensor columns) => weight.mm(columns);

        public override Tensor Added(Tensor sum, Tensor weight, Tensor columns) => sum.addmm(weight, columns);

        public override Tensor OfRows(Tensor rows, Tensor weight, Tensor? bias = null) => nn.functional.linear(rows, weight, bias);
    }

    /// <summary>
    /// oneDNN's inner product. Its kernels are written for the processor at hand of any maker (MKL has for AMD's only older ones) and read the
    /// weights as they lie, where MKL copies them anew for each product. libtorch uses it for other element types alone, but registers it as
    /// an operator; TorchSharp reaches operators through TorchScript.
    /// </summary>
    private sealed class OneDnnProducts(jit.ScriptModule script) : WeightProducts
    {
        // X·Wᵀ is what the operator computes: the layer's weights stand for its X, and the columns, seen as rows, for its W.
        private const string Source = """
            class Products(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def of(self: __torch__.Products, weight: Tensor, rows: Tensor) -> Tensor:
                return ops.mkldnn._linear_pointwise(weight, rows, None, "none", annotate(List[Optional[number]], []), None)
              def added(self: __torch__.Products, sum: Tensor, weight: Tensor, rows: Tensor) -> Tensor:
                return ops.mkldnn._linear_pointwise(weight, sum, rows, None, "add")
              def of_rows(self: __torch__.Products, rows: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
                return ops.mkldnn._linear_pointwise(rows, weight, bias, "none", annotate(List[Optional[number]], []), None)

            """;

        public override string Name => "oneDNN";

        public override Tensor Of(Tensor weight, Tensor columns)
        {
            using var rows = columns.transpose(0, 1);
            return script.invoke<Tensor>("of", weight, rows);
        }

        public override Tensor Added(Tensor sum, Tensor weight, Tensor columns)
        {
            using var rows = columns.transpose(0, 1);
            return script.invoke<Tensor>("added", sum, weight, rows);
        }

        // The operator has no derivative.
        public override Tensor OfRows(Tensor rows, Tensor weight, Tensor? bias = null)
        {
            var count = rows.NumberOfElements / Math.Max(1, rows.size(-1));
            return is_grad_enabled() || count < FewRows || count * weight.NumberOfElements < WorthTheCall ? Plain.OfRows(rows, weight, bias)
                : script.invoke<Tensor>("of_rows", rows, weight, bias!);
        }

        /// <returns>Null where this libtorch does not have it, or has it otherwise.</returns>
        public static (OneDnnProducts? Products, string Lacking) Load()
        {
            try
            {
                var products = new OneDnnProducts(jit.load(Archive()));
                return products.AgreesWithPlain() ? (products, "") : (null, $"libtorch {__version__} has oneDNN's product with another meaning");
            }
            catch (ExternalException e)
            {
                return (null, $"libtorch {__version__} does not offer oneDNN's product ({e.Message.Split('\n')[0]})");
            }
        }

        private bool AgreesWithPlain()
        {
            using var gradless = inference_mode();
            using var scope = NewDisposeScope();
            Tensor weight = randn(24, 40), columns = randn(40, 17), sum = randn(24, 17);
            return Of(weight, columns).allclose(Plain.Of(weight, columns), 1e-4, 1e-4)
                && Added(sum, weight, columns).allclose(Plain.Added(sum, weight, columns), 1e-4, 1e-4)
                && script.invoke<Tensor>("of_rows", sum.t(), weight.t(), null!).allclose(sum.t().mm(weight), 1e-4, 1e-4);
        }

        /// <summary>The script as libtorch stores modules: a ZIP of its source and of one pickled object of its class.</summary>
        private static byte[] Archive()
        {
            using var bytes = new MemoryStream();
            using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
            {
                void Add(string name, ReadOnlySpan<byte> content)
                {
                    using var entry = zip.CreateEntry($"products/{name}", CompressionLevel.NoCompression).Open();
                    entry.Write(content);
                }

                Add("version", "3\n"u8);
                Add("constants.pkl", [0x80, 2, (byte)')', (byte)'.']); // protocol 2, an empty tuple
                Add("data.pkl",
                    [0x80, 2, .. "c__torch__\nProducts\n)"u8, 0x81, .. "}(X\x0008\0\0\0training"u8, 0x89, .. "ub."u8]); // an object with training = false
                Add("code/__torch__.py", System.Text.Encoding.ASCII.GetBytes(Source));
            }

            return bytes.ToArray();
        }
    }
}
