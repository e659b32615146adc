using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Interpret.AnnotatorWorker.Chat;
using Interpret.AnnotatorWorker.Quota;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Import;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates.Jinja;
using Interpret.Models.Tokenizers;
using Interpret.Orchestrator.Annotation;
using Interpret.Training;
using ParquetSharp.Arrow;

namespace Interpret.Fuzz;

/// <summary>Every reader of files, with good inputs: a part of the random pair that the tests keep, and small ones written here.</summary>
public static class FuzzTargets
{
    private const string Summary = "Explainable\tTokens\tSummary\tModel\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\n1\tWords: a, b.\tletters\tm\t7B\t0\tFFN\t0\t1\t0.5\ta|||b\n";
    private const string Objects = """
        {"id": "a", "prompt": "Tea is hot. It is late. Why?", "instruction": ["Why", [0, 3]], "context": "Tea is hot. It is late.", "evidence": ["It is late.", [0, 3]]}
        {"id": "b", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Do it. 🐈"}], "response": "r", "other": {"k": [1.5, null, true]}}
        """;
    private const string Config = """
        {"architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
         "vocab_size": 8, "max_position_embeddings": 16, "rms_norm_eps": 1e-5, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": [2]}
        """;

    private const string AdapterConfig = """
        {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "use_rslora": true, "bias": "none", "rank_pattern": {"^model.(.+).o_proj": 1, "k_proj": 3},
         "alpha_pattern": {"q_proj": 2.5}, "init_lora_weights": true, "modules_to_save": [], "use_dora": false}
        """;

    /// <param name="data">The folder of the random pair.</param>
    public static IReadOnlyList<FuzzTarget> All(string data)
    {
        var model = Directory.EnumerateFiles(data, "tokenizer.model", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(1).Select(File.ReadAllBytes);
        byte[] tokenizer = model.FirstOrDefault() ?? [];
        byte[] Part(string file) => File.ReadAllBytes(Path.Combine(data, file)) is var bytes && bytes.Length > 4000 ? bytes[..4000] : bytes;
        byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
        string[] words = ["the", "and", "a", "|", "="];
        var whole = Directory.EnumerateFiles(data, "config.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Path.GetDirectoryName).First()!;
        void Adapter(string path) => _ = new ModelFiles(new CheckpointPlace(Path.GetDirectoryName(path)!, whole)).Checkpoint;
        return
        [
            new("dataset", "d.tsv", [Part("dataset.tsv"), Text("ID\tPrompt\tResponse\tInstruct&Context\na\tDo it. Now!/nIt\tr\tDo|||Now&&&It\n")],
                path => DatasetFile.Read(path)),
            new("dataset of objects", "d.jsonl", [Text(Objects)], path => DatasetFile.Read(path)),
            new("dataset in Parquet", "d.parquet", [Parquet()], path => DatasetFile.Read(path)),
            new("ratings", "r.tsv", [Part("ratings.tsv")], path => RatingsFile.Read(path)),
            new("vocabulary", "v.tsv", [Part("vocabulary.tsv"), Text("the 1\nThe 2\n")], path => VocabularyFile.Read(path)),
            new("stop words", "s.txt", [Text("the\nand\n")], path => StopList.Choose(path)),
            new("text", "t.txt", [Text("One line.\nAnother, with ä and 漢.\n")], path => TextInput.ReadAll(path)),
            new("vectors", "v.txt", [Part("vectors.txt"), Text("3 2\nthe 1 2\nand 3 4\na 5 6\n"), [.. "2 2\nthe "u8, 0, 0, 128, 63, 0, 0, 0, 64, .. "\nand "u8, 0, 0, 128, 63, 0, 0, 0, 64, 10]],
                path => WordVectorFile.Read(path, words, new WordVectorOptions())),
            new("study", "study.json", [Part("study.json")], path => StudyFile.Read(path)),
            new("training", "training.json", [Text("""
                {"seed": 1, "tokenizer": "t", "corpus": "c", "instructions": "i", "model": {"hiddenSize": 64, "intermediateSize": 128, "layers": 2, "heads": 4,
                 "contextLength": 64}, "pretraining": {"checkpoint": "b", "steps": 10, "batch": 4, "length": 32, "learningRate": 0.001},
                 "tuning": {"checkpoint": "u", "steps": 10, "batch": 4, "length": 32, "learningRate": 0.001}}
                """)], path => TrainingPlan.Read(path)),
            new("attention", "a.tsv", [Text("Model\tSize\tLayer\tType\tHead\tDim\tRank\tScore\tTopK\nm\t7B\t0\tQK\t0\t1\t1\t2.5\ta=b|||c===|||d=|\n")],
                path => _ = AttentionTsv.Read([InputFile.Text(path)], _ => { }).Count()),
            new("feed-forward", "f.tsv", [Text("Model\tSize\tLayer\tType\tHead\tRank\tScore\tTopK\nm\t7B\t0\tFFN\t0\t1\t0.5\ta|||b|||||||c\n")],
                path => _ = FeedForwardTsv.Read([InputFile.Text(path)], _ => { }).Count()),
            new("annotations", "linear_seed0.tsv", [Text(Summary), Text(Summary.Replace("Explainable", "Task\tExplainable").Replace("1\tWords", "coding\t1\tWords"))],
                path => _ = AnnotationTsv.Read(AnnotationFile.Of([InputFile.Text(path)], null)[0].Stage, [InputFile.Text(path)], _ => { }, _ => null).Count()),
            new("attributions", "a.pkl", [Attribution(), Attribution(output: [])], path =>
            {
                using var stream = File.OpenRead(path);
                AttributionPickle.Read(stream, path);
            }),
            new("PyTorch archive", "pytorch_model.bin", [Archive()], path => PyTorchArchive.Open(path)),
            new("safetensors", "model.safetensors", [Safetensors()], path => SafetensorsReader.Open(path)),
            new("config", "config.json", [Text(Config)], path => _ = new ModelFiles(Path.GetDirectoryName(path)!).Checkpoint)
            {
                Beside = new Dictionary<string, byte[]> { ["model.safetensors"] = Safetensors() },
            },
            new("index", "model.safetensors.index.json", [Text("{\"metadata\": {}, \"weight_map\": {\"a\": \"a.safetensors\", \"b\": \"b.safetensors\"}}")],
                path => _ = new ModelFiles(Path.GetDirectoryName(path)!).Checkpoint)
            {
                Beside = new Dictionary<string, byte[]> { ["config.json"] = Text(Config), ["a.safetensors"] = Safetensors() },
            },
            new("adapter", "adapter_config.json", [Text(AdapterConfig)], Adapter)
            {
                Beside = new Dictionary<string, byte[]> { ["adapter_model.safetensors"] = AdapterWeights() },
            },
            new("adapter's weights", "adapter_model.safetensors", [AdapterWeights()], Adapter)
            {
                Beside = new Dictionary<string, byte[]> { ["adapter_config.json"] = Text(AdapterConfig) },
            },
            new("tokenizer", "tokenizer.model", [tokenizer.Length > 3000 ? [.. tokenizer[..1500], .. tokenizer[^200..]] : tokenizer, tokenizer],
                path => TokenizerFormats.Load(path).EncodeToIds("Tell me a story of ünïcode and ### signs.")),
            new("chat template", "chat.jinja", [Text("""
                {%- macro said(m, end='<e>') -%}{{ '<' ~ m.role ~ '>' + m['content'] | trim }}{{ end }}{%- endmacro -%}
                {{- bos_token }}{% set ns = namespace(i=0, x=[1, 2.5, {'a': none}]) %}
                {% for m in messages[::-1] if m.role != 'system' %}{% if loop.first and m.content is string %}{% set ns.i = ns.i + 1 %}{% endif %}
                {{- said(m, end='\n') if not loop.last else m | tojson(indent=2) }}{% else %}{% raw %}{{ x }}{% endraw %}{% endfor %}
                {#- comment -#}{% for k, v in {'b': 1, 'a': (2, 3)}.items() | sort %}{{ k ~ v }}{% break %}{% endfor %}
                {{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join(', ') | upper }}{{ strftime_now('%d %b %Y') }}
                {{ 'a,b'.split(',')[-1][0:2] * 3 }}{{ 7 // 2 ** -1 % 3 < 2 and 'a' in 'abc' or ns.x[1] is number }}
                """)],
                path => JinjaTemplate.Read(TextInput.ReadAll(path), path).Render(JsonNode.Parse("""
                    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}, {"role": "user", "content": "X"}], "bos_token": "<s>"}
                    """)!.AsObject(), new DateOnly(2024, 7, 26))),
            new("prompts", "summary.txt", [Text("[system]\nName it.\n[example_user]\na\n[example_assistant]\nb\n[user]\nWords: {words}\n")],
                path => PromptFiles.Parse(new PromptTexts(TextInput.ReadAll(path), null, null))),
            new("chat answer", "answer.json",
                [
                    Text("""{"choices":[{"message":{"content":"<think>So.</think> Words of \ud83d\udc08."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5}}"""),
                    Text("data: {\"choices\":[{\"delta\":{\"content\":\"Wo\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"rds\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n"),
                ],
                Answer),
            new("rate headers", "headers.txt", [Text("1000\n3\n6m0s\n150000\n149000.5\n20ms\n2500\nFri, 31 Dec 1999 23:59:59 GMT")], Rates),
        ];
    }

    /// <summary>An answer that cannot be used is asked for again.</summary>
    private static void Answer(string path)
    {
        try
        {
            ChatReply.Parse(File.ReadAllBytes(path), RateHeaders.None);
        }
        catch (ChatTroubleException)
        {
            // the refusal of this reader
        }
    }

    /// <summary>A header's value a line.</summary>
    private static void Rates(string path)
    {
        string[] names =
        [
            "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
            "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", "retry-after-ms", "retry-after",
        ];
        var values = Encoding.UTF8.GetString(File.ReadAllBytes(path)).Split('\n');
        var rates = RateHeaders.Read(name => values.ElementAtOrDefault(System.Array.IndexOf(names, name)), DateTimeOffset.UnixEpoch);
        _ = (rates.Requests?.Recovery(1), rates.Tokens?.Recovery(100_000));
    }

    private static byte[] Parquet()
    {
        using var stream = new MemoryStream();
        var texts = new ListType(new Field("item", StringType.Default, true));
        var schema = new Schema([new("id", StringType.Default, false), new("prompt", StringType.Default, true), new("instruction", texts, true)], null);
        var instruction = new ListArray(
            texts, 2, new ArrowBuffer.Builder<int>().AppendRange([0, 1, 1]).Build(), new StringArray.Builder().Append("Why").Build(), ArrowBuffer.Empty);
        IArrowArray[] columns =
            [new StringArray.Builder().AppendRange(["a", "b"]).Build(), new StringArray.Builder().Append("Tea is hot. Why?").AppendNull().Build(), instruction];
        using (var writer = new FileWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, columns, 2));
            writer.Close();
        }

        return stream.ToArray();
    }

    private static byte[] Attribution(string[]? output = null)
    {
        using var stream = new MemoryStream();
        output ??= ["▁b", "c"];
        AttributionPickle.Write(stream, new PublishedAttribution("a_1", ["▁A", "b"], output, "r", [.. Enumerable.Range(0, 2 * output.Length).Select(i => (float)i)]));
        return stream.ToArray();
    }

    private static byte[] Safetensors() => Safetensors(("a", "F32", [2, 1], 8), ("b", "BF16", [2], 4));

    private static byte[] AdapterWeights() => Safetensors(
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", "BF16", [2, 64], 256),
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight", "BF16", [64, 2], 256));

    private static byte[] Safetensors(params (string Name, string Type, int[] Shape, int Bytes)[] tensors)
    {
        var (entries, end) = (new Dictionary<string, object>(), 0);
        foreach (var (name, dtype, shape, bytes) in tensors)
            entries[name] = new { dtype, shape, data_offsets = new[] { end, end += bytes } };
        var header = JsonSerializer.SerializeToUtf8Bytes(entries);
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[end]];
    }

    private static byte[] Archive()
    {
        var pickle = Encoding.Latin1.GetBytes("\u0080\u0002ccollections\nOrderedDict\nq\0)Rq\u0001(X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\n"
            + "X\u0001\0\0\0" + "0X\u0003\0\0\0cpuK\u0002tQK\0K\u0002\u0085K\u0001\u0085\u0089h\0)RtRu.");
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in new[] { ("a/data.pkl", pickle), ("a/byteorder", "little"u8.ToArray()), ("a/data/0", new byte[8]) })
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
