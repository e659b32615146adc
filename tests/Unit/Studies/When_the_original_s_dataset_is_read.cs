using System.Text.Json;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Text;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Studies;

/// <summary>The paper's 632 prompts against what the original's code made of them.</summary>
public sealed class When_the_original_s_dataset_is_read
{
    private static readonly Lazy<DatasetFile> Dataset = new(() => DatasetFile.Read(Reference.Path("datasets/FinalDataset.tsv")));
    private static readonly Lazy<ITokenizer> Llama = new(() => TokenizerFormats.Load(Reference.Path("tokenizer/tokenizer.model")));

    /// <summary>The original's sets hold "" where a bare "Input:" label lost its text; here no span is empty.</summary>
    [Fact]
    public void Every_prompt_and_its_spans_match()
    {
        Dataset.Value.Rejected.ShouldBeEmpty();
        var expected = Json("golden/tables/load_dataset.json").EnumerateArray().ToList();
        Dataset.Value.Prompts.Count.ShouldBe(632);
        foreach (var (prompt, golden) in Dataset.Value.Prompts.Zip(expected))
        {
            prompt.Id.ShouldBe(golden.GetProperty("ID").GetString());
            prompt.Prompt.ShouldBe(golden.GetProperty("Prompt").GetString());
            prompt.Reference.ShouldBe(golden.GetProperty("Response").GetString());
            prompt.Context.ShouldBe(golden.GetProperty("Context").GetString());
            var spans = golden.GetProperty("Spans").EnumerateArray().Select(span => span.GetString()!).Where(span => span.Length > 0);
            prompt.Spans.Order(StringComparer.Ordinal).ShouldBe(spans.Order(StringComparer.Ordinal), prompt.Id);
        }
    }

    /// <summary>The record numbers spans in the order of a hash: they are compared as a set.</summary>
    [Fact]
    public void Every_prompt_response_and_span_has_the_ids_of_the_original()
    {
        var golden = File.ReadLines(Reference.Path("golden/tokenizer/final_dataset_tokens.tsv")).Skip(1)
            .Select(line => line.Split('\t')).ToLookup(row => row[0], row => (Field: row[1], Ids: row[2]));
        golden.Sum(rows => rows.Count()).ShouldBe(3079);
        foreach (var prompt in Dataset.Value.Prompts)
        {
            IEnumerable<(string Field, string Ids)> actual =
            [
                ("prompt", Ids(prompt.Prompt)),
                ("response", Ids(prompt.Reference)),
                ("both", Ids($"{prompt.Prompt} {prompt.Reference}")),
                .. prompt.Spans.Select(span => ("span", Ids(span))),
            ];
            var expected = golden[prompt.Id].Select(row => (row.Field.TrimEnd([.. "0123456789"]), row.Ids));
            actual.Order().ShouldBe(expected.Order(), prompt.Id);
        }

        static string Ids(string text) => string.Join(' ', Llama.Value.EncodeToIds(text));
    }

    [Fact]
    public void Every_mask_matches()
    {
        var masks = Json("golden/tables/masks.json").EnumerateObject().ToDictionary(mask => mask.Name, mask => mask.Value.GetString());
        masks.Count.ShouldBe(300);
        foreach (var prompt in Dataset.Value.Prompts)
        {
            var mask = InstructionMask.Of(prompt.Prompt, prompt.Spans, Llama.Value);
            if (masks.TryGetValue(prompt.Id + ".pkl", out var expected)) string.Concat(mask.Select(marked => marked ? '1' : '0')).ShouldBe(expected, prompt.Id);
        }
    }

    /// <summary>
    /// The recorded decoder is the original's function called once, and agrees in every case. Its encoder cannot be undone where quotes are
    /// involved; there ours differs, and is read back. "/n" and "/t" inside a text have no escape in either.
    /// </summary>
    [Fact]
    public void Fields_are_decoded_as_recorded_and_encoded_so_that_they_read_back()
    {
        foreach (var golden in Json("golden/tables/decode_encode.json").EnumerateArray())
        {
            var text = golden.GetProperty("in").GetString()!;
            var encoded = golden.GetProperty("encode").GetString()!;
            FieldText.Decode(text).ShouldBe(golden.GetProperty("decode").GetString(), text);
            if (FieldText.Decode(encoded) == text || !text.Contains('"')) FieldText.Encode(text).ShouldBe(encoded, text);
            else if (!text.Contains('/')) FieldText.Decode(FieldText.Encode(text)).ShouldBe(text);
        }
    }

    [Fact]
    public void Every_rating_is_read()
    {
        var file = RatingsFile.Read(Reference.Path("datasets/AnnotatedDataset.tsv"));
        file.Rejected.ShouldBeEmpty();
        file.Ratings.Count.ShouldBe(1264);
        file.Ratings.Where(rating => rating.Model == "vicuna_7B").CountBy(rating => rating.Value)
            .ShouldBe([new(-1, 3), new(1, 113), new(2, 59), new(3, 30), new(4, 427)], ignoreOrder: true);
        file.Ratings[0].Id.ShouldBe("user_oriented_task_0");
    }

    private static JsonElement Json(string relative) => JsonDocument.Parse(File.ReadAllText(Reference.Path(relative))).RootElement;
}
