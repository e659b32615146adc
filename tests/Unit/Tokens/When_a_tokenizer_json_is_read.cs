using System.IO.Compression;
using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Models.Tokenizers;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Tokens;

/// <summary>The ids of Hugging Face's library: on real tokenizers against its own, and, piece by piece, on one that is written out here.</summary>
public sealed class When_a_tokenizer_json_is_read : IDisposable
{
    private const int RandomTexts = 20_000;
    private readonly Scratch scratch = new();

    public static TheoryData<string> Real { get; } = ["llama31", "qwen3", "gemma3"];

    [Theory]
    [MemberData(nameof(Real))]
    public void Real_tokenizers_give_the_ids_and_texts_of_their_library(string model)
    {
        var tokenizer = Open(model);
        foreach (var one in Golden($"tokenizers/{model}/golden_edge.json.gz"))
            Check(tokenizer, (string)one!["text"]!, Ids(one["ids"]!), (string)one["decoded"]!);
        foreach (var trap in JsonNode.Parse(File.ReadAllText(Reference.Path("tokenizers/traps.json")))!.AsArray())
            Check(tokenizer, (string)trap!["text"]!, Ids(trap["ids"]![model]!), (string)trap["decoded"]![model]!);
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void Real_prompts_give_the_ids_of_their_library(string model)
    {
        var tokenizer = Open(model);
        var texts = DatasetFile.Read(Reference.Path("datasets/FinalDataset.tsv")).Prompts
            .SelectMany(prompt => new[] { prompt.Prompt, $"{prompt.Prompt.Trim()} {prompt.Reference.Trim()}" }).Where((_, i) => i % 2 == 0).ToList();
        var golden = Golden($"tokenizers/{model}/golden_prompts.json.gz");
        golden.Count.ShouldBe(texts.Count);
        for (var i = 0; i < texts.Count; i++)
            Whole(tokenizer, texts[i]).ShouldBe(Ids(golden[i]!["ids"]!), texts[i]);
    }

    /// <summary>Scripts, blanks, digits, marks, joined emoji, contractions and the tokenizers' own special tokens, in any order.</summary>
    [Theory]
    [MemberData(nameof(Real))]
    public void Random_texts_give_the_ids_and_texts_of_their_library(string model)
    {
        var tokenizer = Open(model);
        using var library = new Tokenizers.DotNet.Tokenizer(Path.Combine(scratch.Root, "tokenizer.json"));
        var random = new Random(16);
        string[] special = [.. tokenizer.SpecialTokens.Keys.Order(StringComparer.Ordinal).Take(40)];
        for (var i = 0; i < RandomTexts; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => Part(random, special)));
            var ids = library.Encode(text);
            Check(tokenizer, text, [.. ids.Select(id => (int)id)], library.Decode(ids));
        }
    }

    private static string Part(Random random, string[] special) => random.Next(12) switch
    {
        0 => new string(' ', random.Next(1, 5)),
        1 => Any(random, "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u200b", "\n\n", " \n ", "\u0085"),
        2 => random.Next(1_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture),
        3 => Any(random, "'s", "'LL", "'ve", "\u2019re", "n't", "'D"),
        4 => Any(random, "é", "e\u0301", "ﬁ", "Å", "\u212b", "ñ\u0303", "가", "\u1100\u1161", "\u0f73"),
        5 => Any(random, "👩\u200d💻", "🇩🇪", "👍🏽", "😀", "\ufe0f", "\u20e3"),
        6 => char.ConvertFromUtf32(random.Next(0x3041, 0x30ff)) + char.ConvertFromUtf32(random.Next(0x4e00, 0x9fa5)),
        7 => char.ConvertFromUtf32(random.Next(2) == 0 ? random.Next(0x20, 0xd800) : random.Next(0xe000, 0x10ffff)),
        8 => Any(random, "...", "!?", "--", "(x)", "#include", "__init__", "{}", "\"", "<0x0A>", "▁", "Ġ", "</s>"),
        9 when special.Length > 0 => Any(random, special),
        _ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => (char)((random.Next(5) == 0 ? 'A' : 'a') + random.Next(26)))),
    };

    private static string Any(Random random, params string[] of) => of[random.Next(of.Length)];

    [Fact]
    public void Added_tokens_come_first_the_longest_of_the_leftmost_and_blanks_go_with_those_that_take_them()
    {
        var tokenizer = Read(Small());
        tokenizer.EncodeToIds("ab<s>ab").ShouldBe([4, 10, 4]);
        tokenizer.EncodeToIds("ab<s><s>>").ShouldBe([4, 10, 11]);
        tokenizer.EncodeToIds("a  <mask>  b").ShouldBe([0, 12, 1]);
        tokenizer.Decode([4, 10, 4, 12]).ShouldBe("abab<mask>"); // special ones are left out
        tokenizer.SpecialTokens.ShouldBe(new Dictionary<string, int> { ["<s>"] = 10 });
        (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId).ShouldBe((10, -1, -1));
    }

    [Fact]
    public void The_least_rank_merges_first_and_of_equal_ones_the_leftmost()
    {
        var tokenizer = Read(Small());
        tokenizer.EncodeToIds("aab").ShouldBe([0, 4]); // a b before a a
        tokenizer.EncodeToIds("aaa").ShouldBe([5, 0]);
        tokenizer.EncodeToIds("abab").ShouldBe([6]);
        tokenizer.Piece(6).ShouldBe("abab");
        tokenizer.Piece(9).ShouldBe("<id 9>"); // a model may give an id that no token has
        tokenizer.Decode([9]).ShouldBe("");
    }

    [Theory]
    [InlineData("[\"a ▁\",\"a▁ b\"]", new[] { 21 })] // a merge across a space: the text may not be cut there
    [InlineData("[\"▁ b\"]", new[] { 0, 22 })]
    [InlineData("[\"▁ b\",\"a ▁b\"]", new[] { 21 })]
    [InlineData("[]", new[] { 0, 20, 1 })]
    public void Merges_across_spaces_count(string merges, int[] ids)
    {
        var json = Small("\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"}")
            .Replace("\"a\":0", "\"▁\":20,\"a▁b\":21,\"▁b\":22,\"a▁\":23,\"a\":0", StringComparison.Ordinal);
        var model = json.IndexOf("\"merges\":", StringComparison.Ordinal);
        Read($"{json[..model]}\"merges\":{merges}}} }}").EncodeToIds("a b").ShouldBe(ids);
        var vocabulary = json.IndexOf("\"vocab\":", StringComparison.Ordinal);
        // Merges may stand before the tokens that they are of.
        Read($"{json[..vocabulary]}\"merges\":{merges},{json[vocabulary..model].TrimEnd(',')}}} }}").EncodeToIds("a b a b").ShouldBe(
            Read($"{json[..model]}\"merges\":{merges}}} }}").EncodeToIds("a b a b"));
    }

    [Theory]
    [InlineData("\"normalizer\":{\"type\":\"Lowercase\"}", "normalizer", "Lowercase")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Metaspace\"}", "pre_tokenizer", "Metaspace")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"^a\"},\"behavior\":\"Isolated\",\"invert\":false}", "pre_tokenizer", "^a")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\w++\"},\"behavior\":\"Isolated\",\"invert\":false}", "pre_tokenizer", "w++")]
    [InlineData("\"post_processor\":{\"type\":\"RobertaProcessing\"}", "post_processor", "RobertaProcessing")]
    [InlineData("\"decoder\":{\"type\":\"CTC\"}", "decoder", "CTC")]
    public void What_is_not_known_is_refused_by_its_name(string part, string where, string name)
    {
        var refusal = Should.Throw<BadInputException>(() => Read(Small(part)));
        refusal.ErrorClass.ShouldBe(ErrorClasses.TokenizerUnsupported);
        refusal.Message.ShouldContain(where);
        refusal.Message.ShouldContain(name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"vocab\":{}}}")]
    [InlineData("{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}")]
    public void A_damaged_file_is_refused_by_its_name(string json) =>
        Should.Throw<BadInputException>(() => Read(json)).Message.ShouldContain("tokenizer.json");

    /// <summary>Of a and b some pairs merge; the tokens of bytes are out of the way.</summary>
    /// <param name="part">In place of what there is of its name.</param>
    private static string Small(string part = "")
    {
        const string Template =
            "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}},{\"Sequence\":{\"id\":\"A\"}}],\"special_tokens\":{\"<s>\":{\"ids\":[10]}}}";
        string[] parts = ["\"normalizer\":null", "\"pre_tokenizer\":null", "\"decoder\":null", Template];
        var used = parts.Where(one => one[..one.IndexOf(':')] != part[..Math.Max(0, part.IndexOf(':'))]).Append(part).Where(one => one.Length > 0);
        var bytes = string.Concat(Enumerable.Range(0, 256).Select(one => $",\"<0x{one:X2}>\":{100 + one}"));
        return $$"""
            { {{string.Join(',', used)}},
              "added_tokens":[{"id":10,"content":"<s>","special":true},{"id":11,"content":"<s>>"},{"id":12,"content":"<mask>","lstrip":true,"rstrip":true}],
              "model":{"type":"BPE","byte_fallback":true,"vocab":{"a":0,"b":1,"ab":4,"aa":5,"abab":6{{bytes}}},"merges":["a b",["a","a"],"ab ab"]} }
            """;
    }

    private ITokenizer Read(string json)
    {
        scratch.Write("tokenizer.json", json);
        return TokenizerFormats.Load(scratch.Root);
    }

    private ITokenizer Open(string model)
    {
        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json" })
            scratch.Write(name, Unpacked($"tokenizers/{model}/{name}.gz"));
        return TokenizerFormats.Load(scratch.Root);
    }

    private static void Check(ITokenizer tokenizer, string text, int[] ids, string decoded)
    {
        Whole(tokenizer, text).ShouldBe(ids, text);
        tokenizer.Decode(ids).ShouldBe(decoded, text);
    }

    private static IEnumerable<int> Whole(ITokenizer tokenizer, string text) => [.. tokenizer.Beginning, .. tokenizer.EncodeToIds(text)];

    private static int[] Ids(JsonNode ids) => [.. ids.AsArray().Select(id => (int)id!)];

    private static JsonArray Golden(string path) => JsonNode.Parse(Unpacked(path))!.AsArray();

    private static byte[] Unpacked(string path)
    {
        using var unpacked = new MemoryStream();
        using (var stream = new GZipStream(File.OpenRead(Reference.Path(path)), CompressionMode.Decompress))
            stream.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    public void Dispose() => scratch.Dispose();
}
