using System.IO.Compression;
using System.Text.Json;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Tokens;

/// <summary>LLaMA's own vocabulary against the ids that Python's sentencepiece gave for the same texts.</summary>
public sealed class When_tokens_are_compared_with_SentencePiece
{
    private static readonly Lazy<ITokenizer> Llama = new(() => TokenizerFormats.Load(Reference.Path("tokenizer/tokenizer.model")));

    [Fact]
    public void Every_edge_case_without_a_special_token_matches()
    {
        var cases = Read("golden/tokenizer/edge.json").Where(e => !Marks.Any(mark => Text(e).Contains(mark, StringComparison.Ordinal))).ToList();
        cases.Count.ShouldBe(66);
        foreach (var e in cases) Llama.Value.EncodeToIds(Text(e)).ShouldBe(Ids(e), Text(e));
    }

    /// <summary>The recording tool turned "&lt;s&gt;" in a text into the control piece; here a prompt cannot forge one.</summary>
    [Fact]
    public void Special_tokens_written_in_a_text_stay_text()
    {
        var cases = Read("golden/tokenizer/edge.json").Where(e => Marks.Any(mark => Text(e).Contains(mark, StringComparison.Ordinal))).ToList();
        cases.Count.ShouldBe(7);
        foreach (var e in cases)
        {
            var ids = Llama.Value.EncodeToIds(Text(e));
            ids.ShouldAllBe(id => id > 2);
            Llama.Value.Decode(ids).ShouldBe(Text(e));
        }
    }

    [Fact]
    public void Every_decoded_case_matches()
    {
        var cases = Read("golden/tokenizer/decode.json");
        cases.Count.ShouldBe(400);
        foreach (var e in cases) Llama.Value.Decode(Ids(e)).ShouldBe(Text(e), string.Join(' ', Ids(e)));
    }

    [Fact]
    public void Every_vocabulary_word_matches()
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Reference.Path("golden/vocab/word_token_ids.tsv.gz")), CompressionMode.Decompress));
        var words = 0;
        while (reader.ReadLine() is { } line)
        {
            var tab = line.LastIndexOf('\t');
            var ids = Llama.Value.EncodeToIds(" " + line[..tab]);
            if (Llama.Value.Piece(ids[0]) == "▁") ids = [.. ids.Skip(1)];
            string.Join(' ', ids).ShouldBe(line[(tab + 1)..].Replace(',', ' '), line[..tab]);
            words++;
        }

        words.ShouldBe(26473);
    }

    [Fact]
    public void The_vocabulary_is_read()
    {
        Llama.Value.VocabularySize.ShouldBe(32000);
        (Llama.Value.UnkId, Llama.Value.BosId, Llama.Value.EosId).ShouldBe((0, 1, 2));
        Llama.Value.Piece(278).ShouldBe("▁the");
        Llama.Value.TryGetId("<0x0A>", out var newline).ShouldBeTrue();
        newline.ShouldBe(13);
    }

    [Fact]
    public void The_vocabulary_of_512_pieces_matches_as_well()
    {
        var tokenizer = TokenizerFormats.Load(Reference.Path("checkpoints/stories260k"));
        tokenizer.VocabularySize.ShouldBe(512);
        foreach (var e in Read("golden/stories260k/input_explain.json"))
        {
            var prompt = e.GetProperty("Prompt").GetString()!;
            IEnumerable<int> ids = [tokenizer.BosId!.Value, .. tokenizer.EncodeToIds(prompt)];
            ids.ShouldBe(Ids(e, "prompt_ids"), prompt);
            tokenizer.Decode(Ids(e, "generated_ids")).Trim().ShouldBe(e.GetProperty("generated_text").GetString()!.Trim());
        }
    }

    private static string[] Marks => ["<s>", "</s>", "<unk>"];

    private static List<JsonElement> Read(string relative) =>
        [.. JsonDocument.Parse(File.ReadAllText(Reference.Path(relative))).RootElement.EnumerateArray()];

    private static string Text(JsonElement e) => e.GetProperty("text").GetString()!;

    private static int[] Ids(JsonElement e, string name = "ids") => [.. e.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
