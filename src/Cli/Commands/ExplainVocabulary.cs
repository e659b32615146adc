using System.CommandLine;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Devices;
using Interpret.Models.Network;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary>
/// <c>interpret explain attention|feed-forward</c>: heads and layers of one checkpoint in the words of a vocabulary, written as they come;
/// nothing queued or stored.
/// </summary>
internal static class ExplainVocabulary
{
    private const string Tsv = "tsv";
    private const string Json = "json";

    /// <summary>What both commands are asked.</summary>
    private sealed record Request(ModelFiles Files, IReadOnlyList<string> Words, string Model, string Size, int? Layer, string Format, string? Output);

    public static Command Attention()
    {
        var vectors =
            new Option<string>(
            "--vectors")
            { Description = "Static word vectors: GloVe text, word2vec text or binary; may be gzip-compressed.", Required = true };
        var head = new Option<int?>("--head") { Description = "Only this head, from 0; default: all." };
        var strongest = NumberOption.Whole("--words", "Strongest words a side for each neuron pair.", 1, new AttentionSettings().Words);
        var stopWords =
            new Option<string?>(
            "--stop-words")
            { Description = "Words to have no vector: none, or a file of one a line; default: the original's English list." };
        var keepPunctuation = new Option<bool>("--keep-punctuation") { Description = "Do not look words up without punctuation around them." };
        var keepCase = new Option<bool>("--keep-case") { Description = "Do not look words up in lower case." };
        return Create(
            "attention", "Which word pairs the neurons of attention heads relate.", [vectors, head, strongest, stopWords, keepPunctuation, keepCase],
            async (request, parsed, cancel) =>
        {
            HeadWeights.Require(request.Files.Checkpoint, request.Layer, parsed.GetValue(head));
            var options = new WordVectorOptions(StopList.Choose(parsed.GetValue(stopWords)), !parsed.GetValue(keepPunctuation), !parsed.GetValue(keepCase));
            var known = WordVectorFile.Read(parsed.GetValue(vectors)!, request.Words, options);
            Screen.Error.MarkupLine(TerminalText.Escaped($"{request.Words.Count:N0} words: {known}"));
            using var explainer = new GlobalExplainer(request.Files, request.Words, known.Vectors, DeviceMemory.First());
            var heads = Heads(request, explainer, parsed.GetValue(head), parsed.GetValue(strongest), cancel);
            await WriteAsync(
                request,
                writer => AttentionTsv.Write(writer, heads.SelectMany(found => found.Dims.Select((dim, index) => new PatternLine(
                    request.Model, request.Size, found.Layer, found.Head, dim.Dim, index + 1, dim.Score,
                        [.. dim.Pairs.Select(pair => (request.Words[pair.Key], request.Words[pair.Query]))])))),
                heads.SelectMany(found => found.Dims.Select((dim, index) => new
                {
                    found.Layer,
                    found.Head,
                    dim.Dim,
                    Rank = index + 1,
                    dim.Score,
                    Pairs = dim.Pairs.Select(pair => new { Key = request.Words[pair.Key], Query = request.Words[pair.Query], pair.Cosine }),
                })));
        });
    }

    public static Command FeedForward()
    {
        var strongest = NumberOption.Whole("--words", "Strongest words of a concept.", 1, new FeedForwardSettings().Words);
        var ranks = NumberOption.Whole("--ranks", "Concepts of a layer at most; default: all.", 1, int.MaxValue);
        return Create(
            "feed-forward", "The principal directions of feed-forward layers, read out as words.", [strongest, ranks], async (request, parsed, cancel) =>
        {
            using var explainer = new GlobalExplainer(request.Files, request.Words, [], DeviceMemory.First());
            var layers = Layers(request, explainer, parsed.GetValue(strongest), parsed.GetValue(ranks), cancel);
            await WriteAsync(
                request,
                writer => FeedForwardTsv.Write(writer, layers.SelectMany(found => found.Concepts.Select((concept, index) => new ConceptLine(
                    request.Model, request.Size, found.Layer, index + 1, concept.Score, [.. concept.Words.Select(word => request.Words[word])])))),
                layers.SelectMany(found => found.Concepts.Select((concept, index) => new
                {
                    found.Layer,
                    Rank = index + 1,
                    concept.Score,
                    Words = concept.Words.Select(word => request.Words[word]),
                    Projections = concept.Projections.Select(Math.Abs),
                })));
        });
    }

    private static Command Create(string name, string description, Option[] own, Func<Request, ParseResult, CancellationToken, Task> run)
    {
        var checkpoint = new CheckpointOptions();
        var vocabulary =
            new Option<string>(
            "--vocabulary")
            { Description = "Words to read out with: a word and its frequency a line; may be gzip-compressed.", Required = true };
        var layer = new Option<int?>("--layer") { Description = "Only this layer, from 0; default: all." };
        var model = new Option<string?>("--model") { Description = "The model's name in the rows; default: the checkpoint's folder." };
        var size = new Option<string>("--size") { Description = "Its size in the rows, such as 7B.", DefaultValueFactory = _ => "" };
        var format = new Option<string>("--format") { Description = $"{Tsv}: the original's rows, or {Json}.", DefaultValueFactory = _ => Tsv };
        format.AcceptOnlyFromAmong(Tsv, Json);
        var output = new Option<string?>("--out") { Description = "File to write; default: standard output." };
        var command = new Command(name, description) { vocabulary, layer };
        checkpoint.AddTo(command);
        foreach (var option in (Option[])[.. own, model, size, format, output])
            command.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            OutputFile.RequireFile(parsed.GetValue(output));
            var files = ModelFiles.Open(checkpoint.Read(parsed));
            HeadWeights.Require(files.Checkpoint, parsed.GetValue(layer));
            var words = VocabularyFile.Read(parsed.GetValue(vocabulary)!);
            var code = SubmissionText.TellRejected([.. words.Rejected.Select(row => $"{parsed.GetValue(vocabulary)}: {row}")]);
            await run(
                new Request(
                    files,
                    [.. words.Words.Select(word => word.Word)],
                    parsed.GetValue(model) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(files.Checkpoint.Directory)),
                    parsed.GetValue(size)!,
                    parsed.GetValue(layer),
                    parsed.GetValue(format)!,
                    parsed.GetValue(output)),
                parsed,
                cancel);
            return code;
        });
        return command;
    }

    private static IEnumerable<HeadPatterns> Heads(Request request, GlobalExplainer explainer, int? head, int strongest, CancellationToken cancel)
    {
        var config = request.Files.Checkpoint.Config;
        var (first, last) = head is { } only ? (only, only) : (0, config.Heads - 1);
        foreach (var layer in Chosen(request.Layer, config.Layers))
        {
            foreach (var found in explainer.Heads(layer, first, last, strongest))
            {
                cancel.ThrowIfCancellationRequested();
                yield return found;
            }

            Screen.Error.MarkupLine(head is null ? $"layer {layer}: {config.Heads} heads" : $"layer {layer}: head {head}");
        }
    }

    /// <summary>Last to first, as the original writes them.</summary>
    private static IEnumerable<LayerConcepts> Layers(Request request, GlobalExplainer explainer, int strongest, int ranks, CancellationToken cancel)
    {
        foreach (var layer in Chosen(request.Layer, request.Files.Checkpoint.Config.Layers).Reverse())
        {
            cancel.ThrowIfCancellationRequested();
            var found = explainer.Layer(layer, strongest, ranks);
            yield return found;
            Screen.Error.MarkupLine($"layer {layer}: {found.Concepts.Count} concepts");
        }
    }

    private static IEnumerable<int> Chosen(int? layer, int layers) => layer is { } only ? [only] : Enumerable.Range(0, layers);

    private static Task WriteAsync<T>(Request request, Action<TextWriter> tsv, IEnumerable<T> rows) =>
        Screen.WriteAsync(request.Output, request.Format == Tsv ? tsv : writer =>
    {
        var separator = "[\n";
        foreach (var row in rows)
        {
            writer.Write(separator);
            writer.Write(JsonSerializer.Serialize(row, ExplainCommand.Readable));
            separator = ",\n";
        }

        writer.Write(separator == "[\n" ? "[]\n" : "\n]\n");
    });
}
