using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Explaining;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_a_dataset_is_an_object_a_line : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public void A_line_becomes_a_prompt()
    {
        var prompt = Read("""
            {"id": " lima_1 ", "prompt": "Say \"hi\".\nNow! Input/n: x\ty", "response": "Hi.\nBye", "instruction": ["Now", "Say"], "context": "x\ty",
            """.ReplaceLineEndings("") + """ "evidence": ["x", [2, 3]]}""").Prompts.ShouldHaveSingleItem();
        (prompt.Row, prompt.Id, prompt.Prompt, prompt.Reference, prompt.Context).ShouldBe((1, "lima_1", "Say \"hi\".\nNow! Input/n: x\ty", "Hi.\nBye", "x\ty"));
        prompt.Spans.ShouldBe(["Now!", "Say \"hi\"."]);
        prompt.Evidence.ShouldBe([new CharacterSpan(0, 1), new CharacterSpan(2, 3)]);
        prompt.Messages.ShouldBeNull();
    }

    [Fact]
    public void What_may_be_left_out_may_be_null_and_a_number_is_an_id()
    {
        var file = Read("""
            {"id": 17, "prompt": "Do it"}
            {"id": "b", "prompt": "Do it", "messages": null, "response": null, "instruction": null, "context": null, "evidence": null}

              {"id": "c", "prompt": "Do it", "context": "", "evidence": []}
            """);
        file.Rejected.ShouldBeEmpty();
        file.Prompts.Select(prompt => (prompt.Row, prompt.Id, prompt.Reference, prompt.Context)).ShouldBe([(1, "17", "", ""), (2, "b", "", ""), (4, "c", "", "")]);
        file.Prompts.ShouldAllBe(prompt => prompt.Spans.Count == 0);
        file.Prompts.Select(prompt => prompt.Evidence?.Count).ShouldBe([null, null, 0]);
    }

    [Fact]
    public void The_last_turn_of_a_chat_is_the_prompt_and_the_chat_is_kept()
    {
        var prompt = Read("""
            {"id": "a", "messages": [{"role": "system", "content": ""}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
             {"role": "user", "content": "The sky is blue. Why?"}], "instruction": "Why", "context": "The sky is blue."}
            """.ReplaceLineEndings("")).Prompts.ShouldHaveSingleItem();
        (prompt.Prompt, prompt.Spans.Single()).ShouldBe(("The sky is blue. Why?", "Why?"));
        prompt.Messages.ShouldBe([new("system", ""), new("user", "Hi"), new("assistant", "Hello"), new("user", "The sky is blue. Why?")]);
        var row = prompt.ToRow("study");
        (row.Text, row.Context, row.Evidence).ShouldBe(("The sky is blue. Why?", "The sky is blue.", null));
        JsonSerializer.Deserialize<List<ChatMessage>>(row.Messages!, JsonSerializerOptions.Web).ShouldBe(prompt.Messages);
    }

    /// <summary>Offsets count characters as Python does: the cat is one.</summary>
    [Theory]
    [InlineData("\"Do it: now.\"", "Do it:|now.")]
    [InlineData("[[2, 3]]", "Do it:")]
    [InlineData("[[14, 15]]", "Run.")]
    [InlineData("[[8, 15], [0, 1]]", "🐈 now.|Run.|Do it:")]
    [InlineData("[\"t: 🐈\"]", "Do it:|🐈 now.")]
    public void An_instruction_is_quoted_or_counted(string instruction, string spans) =>
        string.Join('|', Read($$"""{"id": "a", "prompt": "{{(instruction[0] == '"' ? "Do it: now." : "Do it: 🐈 now. Run.")}}", "instruction": {{instruction}}}""")
            .Prompts.ShouldHaveSingleItem().Spans).ShouldBe(spans);

    /// <summary>A sentence that stands twice is marked where the one before it ends; a quotation that is a sentence is no part of another.</summary>
    [Theory]
    [InlineData("""["He saw Mr.", "Mr."]""", "0-10 11-14")]
    [InlineData("""["Mr.", "Mr."]""", "11-14 18-21")]
    [InlineData("""["Mr.", "Mr.", "Mr."]""", "11-14 18-21 11-14")]
    [InlineData("""["🐈.", "Mr."]""", "15-17 18-21")]
    [InlineData("""["Mr. 🐈", [18, 21], "He"]""", "11-16 18-21 0-2")]
    [InlineData("""["M"]""", "7-8")]
    [InlineData("[]", "")]
    public void Evidence_is_quoted_or_counted(string evidence, string spans) =>
        string.Join(' ', Read($$"""{"id": "a", "prompt": "He saw Mr. Mr. 🐈. Mr. ?", "context": "He saw Mr. Mr. 🐈. Mr.", "evidence": {{evidence}}}""")
            .Prompts.ShouldHaveSingleItem().Evidence!.Select(span => $"{span.Start}-{span.End}")).ShouldBe(spans);

    [Theory]
    [InlineData("""{"id": "a", "prompt": "Do it" """, "bad-json", null, "")]
    [InlineData("""["a", "Do it"]""", "bad-json", null, "a list of 2")]
    [InlineData("""{"id": "a", "id": "b", "prompt": "Do it"}""", "bad-json", null, "id")]
    [InlineData("""{"prompt": "Do it"}""", "bad-field", "id", "none")]
    [InlineData("""{"id": 1.5, "prompt": "Do it"}""", "bad-field", "id", "1.5")]
    [InlineData("""{"id": "a/b", "prompt": "Do it"}""", "bad-id", "id", "separator")]
    [InlineData("""{"id": "good", "prompt": "Do it"}""", "duplicate-id", "id", "\"good\" again")]
    [InlineData("""{"id": "a"}""", "bad-field", "prompt", "neither")]
    [InlineData("""{"id": "a", "prompt": "Do it", "messages": [{"role": "user", "content": "Do it"}]}""", "bad-field", "prompt", "both")]
    [InlineData("""{"id": "a", "prompt": 5}""", "bad-field", "prompt", "5")]
    [InlineData("""{"id": "a", "prompt": " "}""", "empty-prompt", "prompt", "none")]
    [InlineData("""{"id": "a", "prompt": "Do\u0000it"}""", "bad-text", "prompt", "U+0000 at character 3")]
    [InlineData("""{"id": "a", "prompt": "Do\ud800it"}""", "bad-text", null, "half a character")]
    [InlineData("""{"id": "a", "prompt": "Do it", "x\ud800": 1}""", "bad-text", null, "half a character")]
    [InlineData("""{"id": "a", "prompt": "Do it", "response": ["x"]}""", "bad-field", "response", "a list of 1")]
    [InlineData("""{"id": "a", "messages": []}""", "bad-field", "messages", "an empty list")]
    [InlineData("""{"id": "a", "messages": ["Hi"]}""", "bad-field", "messages[0]", "a text")]
    [InlineData("""{"id": "a", "messages": [{"role": "tool", "content": "Hi"}]}""", "bad-field", "messages[0].role", "\"tool\"")]
    [InlineData("""{"id": "a", "messages": [{"role": "user"}]}""", "bad-field", "messages[0].content", "none")]
    [InlineData("""{"id": "a", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}""", "bad-field", "messages[1].role", "assistant")]
    [InlineData("""{"id": "a", "messages": [{"role": "user", "content": " "}]}""", "empty-prompt", "messages[0].content", "none")]
    [InlineData("""{"id": "a", "prompt": "Do it", "instruction": "Undo"}""", "span-not-in-prompt", "instruction", "\"Undo\"")]
    [InlineData("""{"id": "a", "prompt": "Do it", "instruction": [3]}""", "bad-field", "instruction[0]", "3")]
    [InlineData("""{"id": "a", "prompt": "Do it", "instruction": ["Do", [3, 6]]}""", "span-not-in-prompt", "instruction[1]", "[3, 6]")]
    [InlineData("""{"id": "a", "prompt": "Do it", "context": "them"}""", "context-not-in-prompt", "context", "\"them\"")]
    [InlineData("""{"id": "a", "prompt": "Do it", "evidence": ["it"]}""", "bad-field", "evidence", "none")]
    [InlineData("""{"id": "a", "prompt": "Do it", "context": "it", "evidence": ["i", "Do"]}""", "evidence-not-in-context", "evidence[1]", "\"Do\"")]
    [InlineData("""{"id": "a", "prompt": "Do it", "context": "it", "evidence": [" "]}""", "evidence-not-in-context", "evidence[0]", "\" \"")]
    [InlineData("""{"id": "a", "prompt": "Do it", "context": "it", "evidence": [[1, 1]]}""", "evidence-not-in-context", "evidence[0]", "[1, 1]")]
    [InlineData("""{"id": "a", "prompt": "Do it", "context": "it", "evidence": [[-1, 1]]}""", "evidence-not-in-context", "evidence[0]", "[-1, 1]")]
    public void A_bad_line_is_set_aside_and_the_others_are_read(string line, string errorClass, string? field, string found)
    {
        var file = Read($"{{\"id\": \"good\", \"prompt\": \"Do it\"}}\n{line}\n{{\"id\": \"last\", \"prompt\": \"Do it\"}}\n");
        file.Prompts.Select(prompt => prompt.Id).ShouldBe(["good", "last"]);
        var rejected = file.Rejected.ShouldHaveSingleItem();
        (rejected.Row, rejected.ErrorClass, rejected.Field).ShouldBe((2, errorClass, field));
        rejected.Found.ShouldContain(found);
        rejected.ToString().ShouldStartWith(field is null ? "row 2: expected " : $"row 2, {field}: expected ");
    }

    [Fact]
    public void Other_keys_are_passed_over_and_named_once()
    {
        var file = Read("""
            {"id": "a", "prompt": "Do it", "source": {"of": [1, "\ud800"]}, "language": "en"}
            {"id": "b", "messages": [{"role": "user", "content": "Do it", "name": "me"}], "language": 5}
            """);
        file.Rejected.ShouldBeEmpty();
        file.Prompts.Count.ShouldBe(2);
        file.Ignored.ShouldBe(["source", "language", "messages[].name"]);
    }

    [Fact]
    public void It_is_told_by_its_first_character_whatever_its_name_and_compression()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest)) gzip.Write("\uFEFF\n \t\n {\"id\": \"a\", \"prompt\": \"Do it\"}\r\n"u8);
        var file = DatasetFile.Read(scratch.Write("d.tsv", bytes.ToArray()));
        (file.Prompts.ShouldHaveSingleItem().Row, file.Rejected.Count).ShouldBe((3, 0));
        var refused = Should.Throw<BadInputException>(() => Read("[{\"id\": \"a\", \"prompt\": \"Do it\"}]"));
        (refused.ErrorClass, refused.Expected).ShouldBe(("wrong-header", "ID<tab>Prompt<tab>Response<tab>Instruct&Context, or an object of JSON a line"));
    }

    [Fact]
    public void The_published_evidence_is_read()
    {
        var file = DatasetFile.Read(Reference.Path("evidence/dataset.jsonl.gz"));
        (file.Prompts.Count, file.Rejected.Count, file.Ignored.Count).ShouldBe((190, 0, 0));
        using var json = JsonDocument.Parse(File.ReadAllText(Reference.Path("evidence/golden.json")));
        var cases = json.RootElement.GetProperty("cases");
        foreach (var prompt in file.Prompts)
            prompt.Evidence!.Count.ShouldBe(cases.GetProperty(prompt.Id).GetProperty("evidence").GetInt32(), prompt.Id);
    }

    /// <summary>Neither many sentences that are quoted nor many that stand twice take longer than to read them.</summary>
    [Fact]
    public void Much_evidence_is_found_in_linear_time()
    {
        const int many = 100_000;
        var context = string.Concat(Enumerable.Repeat("a. b. ", many));
        var quotes = string.Join(',', Enumerable.Repeat("\"a.\",\"b.\"", many));
        var prompt = Read($$"""{"id": "a", "prompt": "{{context}}", "context": "{{context}}", "evidence": [{{quotes}}]}""").Prompts.ShouldHaveSingleItem();
        prompt.Evidence!.Count.ShouldBe(2 * many);
        prompt.Evidence[^1].ShouldBe(new CharacterSpan((6 * many) - 3, (6 * many) - 1));
        var unmarked = string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"{new string('b', 1 + (i % 7))} \""));
        Read($$"""{"id": "a", "prompt": "{{context}}", "context": "{{context}}", "evidence": [{{unmarked}}]}""").Rejected.ShouldHaveSingleItem()
            .ErrorClass.ShouldBe("evidence-not-in-context");
    }

    public void Dispose() => scratch.Dispose();

    private DatasetFile Read(string lines) => DatasetFile.Read(scratch.Write("d.jsonl", Encoding.UTF8.GetBytes(lines)));
}
