using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Interpret.Models.Tokenizers;
using Interpret.Unit.Tests;
using Microsoft.ML.Tokenizers;

namespace Interpret.Bench;

/// <summary>
/// Encoding of text into ids, on one thread: SentencePiece against the package's LlamaTokenizer, which reads the same file, and tokenizer.json, which no
/// class of the package reads, against Hugging Face's own library. The files are the reference data's; the text is this project's documentation, paragraph
/// by paragraph.
/// </summary>
internal static class TokenizerBenchmark
{
    private const string Variable = "INTERPRET_REFERENCE", Json = "tokenizer.json";

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed runs of each; the median is shown.", DefaultValueFactory = _ => 5 };
        var command = new Command(
            "tokenizer", $"Encoding, against Microsoft.ML.Tokenizers and Hugging Face's library; {Variable} names the reference data.") { repeats };
        command.SetAction(parsed => Run(parsed.GetValue(repeats)));
        return command;
    }

    private static int Run(int repeats)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } reference)
        {
            Console.Error.WriteLine($"{Variable} names no reference data.");
            return 1;
        }

        string[] texts = [.. Directory.GetFiles(Path.Combine(SourceTree.Root, "docs"), "*.md").Order(StringComparer.Ordinal)
            .SelectMany(file => File.ReadAllText(file).Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        var bytes = texts.Sum(text => Encoding.UTF8.GetByteCount(text));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{texts.Length} paragraphs, {bytes / 1e6:F2} MB, one thread, median of {repeats}"));

        var pieces = Path.Combine(reference, "tokenizer", "tokenizer.model");
        using (var stream = File.OpenRead(pieces))
        {
            var package = LlamaTokenizer.Create(stream, addBeginOfSentence: false, addEndOfSentence: false);
            Compare("tokenizer.model (LLaMA)", pieces, "Microsoft.ML.Tokenizers.LlamaTokenizer", text => package.EncodeToIds(text));
        }

        foreach (var folder in Directory.GetDirectories(Path.Combine(reference, "tokenizers")).Order(StringComparer.Ordinal))
        {
            var unpacked = Directory.CreateTempSubdirectory("interpret-bench-");
            foreach (var name in new[] { Json, TokenizerFormats.Settings })
            {
                using var packed = new GZipStream(File.OpenRead(Path.Combine(folder, name + ".gz")), CompressionMode.Decompress);
                using var file = File.Create(Path.Combine(unpacked.FullName, name));
                packed.CopyTo(file);
            }

            using (var library = new Tokenizers.DotNet.Tokenizer(Path.Combine(unpacked.FullName, Json)))
                Compare($"{Json} ({Path.GetFileName(folder)})", unpacked.FullName, "Hugging Face tokenizers", text => [.. library.Encode(text).Select(id => (int)id)]);
            unpacked.Delete(recursive: true);
        }

        return 0;

        void Compare(string what, string path, string other, Func<string, IReadOnlyList<int>> theirs)
        {
            ITokenizer tokenizer = null!;
            var load = Clock.Seconds(() => tokenizer = TokenizerFormats.Load(path));
            var tokens = texts.Sum(text => tokenizer.EncodeToIds(text).Count);
            // Theirs may put a token in front.
            var same = texts.Count(text =>
                tokenizer.EncodeToIds(text) is var own && theirs(text) is var their && their.Skip(their.Count - own.Count).SequenceEqual(own));
            var (ours, baseline) = (Seconds(text => tokenizer.EncodeToIds(text)), Seconds(theirs));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-26} load {load:F2} s; {Rate(ours)}; {other} {Rate(baseline)}; {baseline / ours:F1} times as fast, {same} of {texts.Length} paragraphs the same"));

            string Rate(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{tokens / seconds / 1e6:F2} M tokens/s, {bytes / seconds / 1e6:F1} MB/s");
        }

        double Seconds(Func<string, IReadOnlyList<int>> encode) => Clock.Median(repeats, () =>
        {
            foreach (var text in texts) encode(text);
        });
    }
}
