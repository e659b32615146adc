using Interpret.Contracts;
using Interpret.Exchange.Studies;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_a_study_file_is_read : IDisposable
{
    private const string Models = """[{ "name": "llama", "role": "base" }, { "name": "vicuna", "role": "tuned" }]""";

    private readonly Scratch scratch = new();

    [Fact]
    public void The_example_of_the_manual_is_read()
    {
        var study = Read("""
            { "name": "llama-vs-vicuna",
              "models": [ { "name": "llama",  "size": "7B", "role": "base",  "checkpoint": "/models/llama-7b" },
                          { "name": "vicuna", "size": "7B", "role": "tuned", "checkpoint": "/models/vicuna-7b-v1.1" } ],
              "dataset": "FinalDataset.tsv", "ratings": "AnnotatedDataset.tsv",
              "vocabulary": "SingleShareGPT_Vocab.tsv", "vectors": "glove.840B.300d.txt",
              "attribution": { "maxNewTokens": 200, "levels": 12, "threshold": 6, "norm": 3 },
              "attention": { "words": 90 }, "feedForward": { "words": 40, "ranks": 200 },
              "annotation": { "endpoint": "http://localhost:1234/v1", "model": "other", "passes": 3, "words": 10, "spendLimitUsd": 50 } }
            """);

        study.Name.ShouldBe("llama-vs-vicuna");
        study.Models.ShouldBe(
        [
            new("llama", "7B", ModelRole.Base, "/models/llama-7b"),
            new("vicuna", "7B", ModelRole.Tuned, "/models/vicuna-7b-v1.1"),
        ]);
        study.Dataset.ShouldBe(Path.Combine(scratch.Root, "FinalDataset.tsv"));
        study.Ratings.ShouldBe(Path.Combine(scratch.Root, "AnnotatedDataset.tsv"));
        study.Vocabulary.ShouldBe(Path.Combine(scratch.Root, "SingleShareGPT_Vocab.tsv"));
        study.Vectors.ShouldBe(Path.Combine(scratch.Root, "glove.840B.300d.txt"));
        study.Attribution.ShouldBe(new AttributionSettings(200, 12, 6, 3));
        study.Attention.ShouldBe(new AttentionSettings(90));
        study.FeedForward.ShouldBe(new FeedForwardSettings(40, 200));
        study.Annotation.ShouldBe(new AnnotationSettings(new Uri("http://localhost:1234/v1"), "other", 3, 10, 50));
    }

    [Fact]
    public void Verbs_are_a_list_or_a_file_of_one_a_line()
    {
        scratch.Write("verbs.txt", "Run\r\n\n jump \nrun\n");
        var study = Read($$"""{ "dataset": "d", "models": {{Models}}, "verbs": { "instruction": ["Write", "act"], "general": "verbs.txt" } }""");
        study.Verbs!.Instruction.ShouldBe(["write", "act"]);
        study.Verbs.General.ShouldBe(["run", "jump"]);
        (study.Verbs.InstructionFile, study.Verbs.GeneralFile).ShouldBe((null, Path.Combine(scratch.Root, "verbs.txt")));
        StudyDefinition.FromJson(study.ToJson()).Verbs!.General.ShouldBe(["run", "jump"]);

        // A study that gives none is stored, and hashed, as before there were any.
        var without = Read($$"""{ "dataset": "d", "models": {{Models}}, "verbs": { } }""");
        without.Verbs.ShouldBeNull();
        without.ToJson().ShouldNotContain("verbs");
    }

    [Fact]
    public void Detection_and_control_are_part_of_the_study_and_leave_no_trace_where_they_are_off()
    {
        var study = Read($$"""
            { "dataset": "d", "models": {{Models}}, "vocabulary": "v",
              "annotation": { "detection": true, "detectionThreshold": 0.9, "control": "rotation", "seed": 7 } }
            """);
        (study.Annotation.Detection, study.Annotation.DetectionThreshold, study.Annotation.Control, study.Annotation.Seed).ShouldBe((true, 0.9, "rotation", 7));
        StudyDefinition.FromJson(study.ToJson()).Annotation.ShouldBe(study.Annotation);

        var off = Read($$"""{ "dataset": "d", "models": {{Models}}, "vocabulary": "v", "annotation": { "detection": false, "control": "none" } }""");
        off.ToJson().ShouldBe(Read($$"""{ "dataset": "d", "models": {{Models}}, "vocabulary": "v" }""").ToJson());
        foreach (var key in new[] { "detection", "control", "seed" })
            off.ToJson().ShouldNotContain(key);
    }

    [Fact]
    public void The_text_of_a_template_s_file_is_part_of_the_study()
    {
        scratch.Write("alpaca.txt", "### {prompt}\n### Answer:");
        var study = Read("""
            { "dataset": "d", "date": "2025-03-01", "models": [
                { "name": "a", "role": "base", "template": "none" }, { "name": "b", "role": "tuned", "template": "checkpoint", "system": "Be brief." },
                { "name": "c", "role": "tuned", "template": "./alpaca.txt" } ] }
            """);
        study.Models[0].Template.ShouldBeNull();
        study.Models[1].Template.ShouldBe(new TemplateSettings("checkpoint", null));
        study.Models[1].System.ShouldBe("Be brief.");
        var file = study.Models[2].Template!;
        (file.Name, file.Text, file.File, file.Given).ShouldBe(("alpaca.txt", "### {prompt}\n### Answer:", Path.Combine(scratch.Root, "alpaca.txt"), "./alpaca.txt"));
        study.Date.ShouldBe(new DateOnly(2025, 3, 1));

        // Stored without the place where the file lies, and where there is none of this, as before there was any.
        var stored = StudyDefinition.FromJson(study.ToJson());
        stored.Models[2].Template.ShouldBe(new TemplateSettings("alpaca.txt", "### {prompt}\n### Answer:"));
        (stored.Models[1].System, stored.Date).ShouldBe(("Be brief.", new DateOnly(2025, 3, 1)));
        study.ToJson().ShouldNotContain(scratch.Root + "/alpaca");
        var without = Read($$"""{ "dataset": "d", "models": {{Models.Replace("\"base\"", "\"base\", \"template\": \"none\"")}} }""").ToJson();
        without.ShouldNotContain("template");
        without.ShouldNotContain("system");
        without.ShouldNotContain("date");
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("stop.txt", true)]
    public void The_look_up_of_word_vectors_can_be_chosen(string stopWords, bool isFile)
    {
        var study = Read($$"""
            { "dataset": "d", "models": {{Models}},
              "attention": { "stopWords": "{{stopWords}}", "stripPunctuation": false, "lowerCase": false, "headsPerUnit": 32 } }
            """);
        study.Attention.ShouldBe(new AttentionSettings(100, isFile ? Path.Combine(scratch.Root, stopWords) : stopWords, false, false, 32));
    }

    [Fact]
    public void What_is_left_out_has_the_defaults_of_the_paper()
    {
        var study = Read($$"""
            // a comment
            { "models": {{Models}}, /* another */ "dataset": "../data.tsv", }
            """);

        study.Name.ShouldBe("study");
        study.Dataset.ShouldBe(Path.Combine(Path.GetDirectoryName(scratch.Root)!, "data.tsv"));
        (study.Ratings, study.Vocabulary, study.Vectors).ShouldBe((null, null, null));
        study.Models[0].ShouldBe(new StudyModel("llama", "", ModelRole.Base, null));
        study.Attribution.ShouldBe(new AttributionSettings(300, 10, 7, 4));
        study.Attention.ShouldBe(new AttentionSettings(100));
        study.FeedForward.ShouldBe(new FeedForwardSettings(50, 300));
        study.Annotation.ShouldBe(new AnnotationSettings(new Uri("https://api.openai.com/v1"), "gpt-4o-mini", 5, 15));
    }

    [Fact]
    public void Methods_targets_and_whose_response_is_explained_can_be_chosen()
    {
        var study = Read($$"""
            { "dataset": "d", "models": {{Models}}, "faithfulness": true,
              "attribution": { "methods": ["occlusion", "random", "occlusion"], "targets": ["logit"], "baseline": "▁the", "response": "reference" } }
            """);
        study.Faithfulness.ShouldBeTrue();
        study.Attribution.Methods.ShouldBe(["occlusion", "random"]);
        study.Attribution.Targets.ShouldBe(["logit"]);
        (study.Attribution.Baseline, study.Attribution.Response).ShouldBe(("▁the", AttributionSettings.Reference));
        StudyDefinition.FromJson(study.ToJson()).ShouldBeEquivalentTo(study);
        Read($$"""{ "dataset": "d", "models": {{Models}}, "attribution": { "response": "own" } }""").ToJson().ShouldNotContain("response");
    }

    [Fact]
    public void Each_tuned_model_is_paired_with_the_base_before_it()
    {
        static string Model(string name, string role) => $$"""{ "name": "{{name}}", "role": "{{role}}" }""";
        var study = Read($$"""
            { "dataset": "d", "models": [{{string.Join(", ", Model("early", "tuned"), Model("a", "base"), Model("a", "tuned"), Model("b", "base"), Model("b1", "tuned"), Model("b2", "tuned"))}}] }
            """);

        study.Pairs().Select(pair => $"{pair.Parent.Name}-{pair.Tuned.Name}").ShouldBe(["a-early", "a-a", "b-b1", "b-b2"]);
    }

    [Fact]
    public void The_other_model_is_the_parent_of_a_tuned_one_and_the_first_child_of_a_base()
    {
        var study = Read("""
            { "dataset": "d", "attribution": { "targets": ["contrast_other"] }, "models": [{ "name": "a", "role": "base" }, { "name": "b", "role": "base" },
              { "name": "b1", "role": "tuned" }, { "name": "b2", "role": "tuned", "parent": "b1" }, { "name": "b3", "role": "tuned" }, { "name": "a1", "role": "tuned", "parent": "a" }] }
            """);
        study.Models.Select(model => $"{model.Name}-{study.OtherModels()[model].Name}").ShouldBe(["a-a1", "b-b1", "b1-b", "b2-b1", "b3-b", "a1-a"]);
        study.Attribution.ContrastsModels.ShouldBeTrue();
        study.ToJson().ShouldNotContain("contrastsModels");
    }

    [Fact]
    public void A_tuned_model_is_paired_with_its_parent_whichever_stands_before_it()
    {
        var study = Read("""
            { "dataset": "d", "models": [
              { "name": "a", "role": "base" }, { "name": "sft", "role": "tuned" }, { "name": "dpo", "role": "tuned", "parent": "sft" }, { "name": "b", "role": "base" },
              { "name": "dpo 2", "role": "tuned", "parent": "sft", "training": "dpo" }, { "name": "b1", "role": "tuned", "training": "dpo" }] }
            """);
        study.Pairs().Select(pair => $"{pair.Parent.Name}-{pair.Tuned.Name}").ShouldBe(["a-sft", "sft-dpo", "sft-dpo 2", "b-b1"]);
        study.Models.Select(model => model.Training).ShouldBe([null, null, null, null, "dpo", "dpo"]);
        StudyDefinition.FromJson(study.ToJson()).ShouldBeEquivalentTo(study);
        study.Models[0].ShouldBe(new StudyModel("a", "", ModelRole.Base, null));
        Read($$"""{ "dataset": "d", "models": {{Models}} }""").ToJson().ShouldNotContain("parent");
    }

    [Theory]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base" }, { "name": "c", "role": "tuned", "parent": "b" }] }""", "line 1, models[1].parent",
        "a model listed before it: a", "\"b\"")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "c", "role": "tuned", "parent": "c" }] }""", "line 1, models[0].parent", "a model listed before it", "\"c\"")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base", "training": "sft" }] }""", "line 1, models[0].training", "of a tuned model only", "base")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "tuned" }, { "name": "b", "role": "base", "parent": "a" }] }""", "line 1, models[1].parent",
        "of a tuned model only", "base")]
    [InlineData("""{ "dataset": "d", "date": "1 March", "models": M }""", "line 1, date", "a day as YYYY-MM-DD", "1 March")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base", "system": "s" }] }""", "line 1, models[0].system", "\"template\"", "none")]
    [InlineData("""{ "dataste": "d", "models": M }""", "line 1, dataste", "\"dataset\"", "\"dataste\"")]
    [InlineData("{ \"dataset\": \"d\", \"models\": M,\n \"attribution\": {\n \"maxTokens\": 3 } }", "line 3, attribution.maxTokens", "\"maxNewTokens\"",
        "\"maxTokens\"")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base", "chekpoint": "c" }] }""", "line 1, models[0].chekpoint", "\"checkpoint\"", "\"chekpoint\"")]
    [InlineData("""{ "models": M }""", "line 1", "\"dataset\"", "none")]
    [InlineData("""{ "dataset": "d" }""", "line 1", "\"models\"", "none")]
    [InlineData("{ \"dataset\": \"d\", \"models\": [\n { \"role\": \"base\" }] }", "line 2, models[0]", "\"name\"", "none")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a" }] }""", "line 1, models[0]", "\"role\"", "none")]
    [InlineData("{ \"dataset\": \"d\",\n \"models\": [{ \"name\": \"a\",\n \"role\": \"chat\" }] }", "line 3, models[0].role", "\"base\" or \"tuned\"",
        "\"chat\"")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base" }, { "name": "a", "role": "base" }] }""", "line 1, models[1]", "once", "again")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "../a", "role": "base" }] }""", "line 1, models[0].name", "file name", "separator")]
    [InlineData("""{ "dataset": "d", "models": [] }""", "line 1, models", "at least one", "empty")]
    [InlineData("""{ "dataset": "d", "models": {} }""", "line 1, models", "a list", "an object")]
    [InlineData("{\n \"dataset\": 7, \"models\": M }", "line 2, dataset", "a text", "7")]
    [InlineData("""{ "dataset": " ", "models": M }""", "line 1, dataset", "a text", "empty")]
    [InlineData("""{ "dataset": "d", "dataset": "e", "models": M }""", "line 1, dataset", "once", "again")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": [] }""", "line 1, attention", "an object", "a list")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "words": 0 } }""", "line 1, attention.words", "from 1", "0")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "words": 2.5 } }""", "line 1, attention.words", "whole number", "2.5")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "words": "100" } }""", "line 1, attention.words", "whole number", "\"100\"")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "headsPerUnit": 0 } }""", "line 1, attention.headsPerUnit", "from 1", "0")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "headsPerUnit": 1.5 } }""", "line 1, attention.headsPerUnit", "whole number", "1.5")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "headsPerUnit": "8" } }""", "line 1, attention.headsPerUnit", "whole number", "\"8\"")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "headsPerUnit": 2000000 } }""", "line 1, attention.headsPerUnit", "to 1000000", "2000000")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "stopWords": ["the"] } }""", "line 1, attention.stopWords", "a text", "a list")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "stopWords": false } }""", "line 1, attention.stopWords", "a text", "false")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "stopWords": "" } }""", "line 1, attention.stopWords", "a text", "empty")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "stripPunctuation": "yes" } }""", "line 1, attention.stripPunctuation", "true or false", "\"yes\"")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "lowerCase": 1 } }""", "line 1, attention.lowerCase", "true or false", "1")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "lowerCase": null } }""", "line 1, attention.lowerCase", "true or false", "null")]
    [InlineData("""{ "dataset": "d", "models": M, "attention": { "stopwords": "none" } }""", "line 1, attention.stopwords", "\"stopWords\"", "\"stopwords\"")]
    [InlineData("{ \"dataset\": \"d\", \"models\": M,\n \"vectors\": \"glove.txt\" }", "line 2, vectors", "\"vocabulary\" beside it", "none")]
    [InlineData("""{ "dataset": "d", "models": M, "feedForward": { "ranks": 1e30 } }""", "line 1, feedForward.ranks", "whole number", "1E+30")]
    [InlineData("""{ "dataset": "d", "models": M, "attribution": { "levels": 10, "threshold": 10 } }""", "line 1, attribution.threshold", "from 0 to 9", "10")]
    [InlineData("""{ "dataset": "d", "models": M, "attribution": { "methods": ["shap"] } }""", "line 1, attribution.methods[0]", "integrated_gradients", "\"shap\"")]
    [InlineData("""{ "dataset": "d", "models": M, "attribution": { "targets": [3] } }""", "line 1, attribution.targets[0]", "probability", "3")]
    [InlineData("""{ "dataset": "d", "models": M, "attribution": { "targets": [] } }""", "line 1, attribution.targets", "at least one", "empty")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base" }], "attribution": { "targets": ["contrast_other"] } }""", "line 1, attribution.targets", "a second model", "none for \"a\"")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": "a", "role": "base" }, { "name": "b", "role": "base" }, { "name": "c", "role": "tuned" }], "attribution": { "targets": ["contrast_other"] } }""", "line 1, attribution.targets", "a second model", "none for \"a\"")]
    [InlineData("""{ "dataset": "d", "models": M, "attribution": { "response": "gold" } }""", "line 1, attribution.response", "\"reference\"", "\"gold\"")]
    [InlineData("""{ "dataset": "d", "models": M, "ratings": "r", "attribution": { "response": "reference" } }""", "line 1, ratings", "no ratings", "some")]
    [InlineData("""{ "dataset": "d", "models": M, "faithfulness": "yes" }""", "line 1, faithfulness", "true or false", "\"yes\"")]
    [InlineData("""{ "dataset": "d", "models": M, "attribution": { "norm": 0.5 } }""", "line 1, attribution.norm", "from 1", "0.5")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "spendLimitUsd": -1 } }""", "line 1, annotation.spendLimitUsd", "from 0", "-1")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "endpoint": "file:///etc" } }""", "line 1, annotation.endpoint", "http", "file:")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "detection": 1 } }""", "line 1, annotation.detection", "true or false", "1")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "detectionThreshold": 0.8 } }""", "line 1, annotation.detectionThreshold", "\"detection\": true", "none")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "detection": true, "detectionThreshold": 0.4 } }""", "line 1, annotation.detectionThreshold", "from 0.5 to 1", "0.4")]
    [InlineData("""{ "dataset": "d", "models": M, "vocabulary": "v", "annotation": { "control": "shuffle" } }""", "line 1, annotation.control", "\"rotation\"", "\"shuffle\"")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "control": "rotation" } }""", "line 1, annotation.control", "\"vocabulary\"", "none")]
    [InlineData("""{ "dataset": "d", "models": M, "annotation": { "seed": -1 } }""", "line 1, annotation.seed", "from 0", "-1")]
    [InlineData("""{ "dataset": "d\u0000", "models": M }""", "line 1, dataset", "without U+0000", "U+0000 at character 2")]
    [InlineData("""{ "dataset": "d", "models": [{ "name": " a", "role": "base" }] }""", "line 1, models[0].name", "file name", "white space around \"a\"")]
    [InlineData("""{ "dataset": "d", "models": M, "verbs": { "instruction": [] } }""", "line 1, verbs.instruction", "at least one verb", "none")]
    [InlineData("""{ "dataset": "d", "models": M, "verbs": { "general": ["run", 1] } }""", "line 1, verbs.general[1]", "a text in quotes", "1")]
    [InlineData("""{ "dataset": "d", "models": M, "verbs": { "generl": ["run"] } }""", "line 1, verbs.generl", "\"general\"", "\"generl\"")]
    [InlineData("""{ "dataset": "\ud800", "models": M }""", "line 1", "whole characters", "")]
    [InlineData("{ \"dataset\": \"d\",\n \"models\" M }", "line 2", "JSON", "")]
    [InlineData("{ \"dataset\": \"d\",\n \"models\": M } }", "line 2", "JSON", "")]
    [InlineData("", "line 1", "JSON", "")]
    [InlineData("[]", "line 1", "an object", "a list")]
    public void A_fault_is_named_with_its_place(string json, string where, string expected, string found)
    {
        var error = Should.Throw<BadInputException>(() => Read(json.Replace("M }", Models + " }").Replace("M,", Models + ",")));

        error.ErrorClass.ShouldBe("study-file");
        error.InputSource.ShouldBe(Path.Combine(scratch.Root, "study.json"));
        error.Where.ShouldBe(where);
        error.Expected.ShouldContain(expected);
        error.Found.ShouldContain(found);
    }

    [Fact]
    public void A_missing_file_is_bad_input() =>
        Should.Throw<BadInputException>(() => StudyFile.Read(Path.Combine(scratch.Root, "none.json"))).ErrorClass.ShouldBe("input-missing");

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("flaw", "lawn", 2)]
    [InlineData("same", "same", 0)]
    public void Edit_distance_counts_letters(string a, string b, int expected)
    {
        EditDistance.Between(a, b).ShouldBe(expected);
        EditDistance.Between(b, a).ShouldBe(expected);
    }

    public void Dispose() => scratch.Dispose();

    private StudyDefinition Read(string json) => StudyFile.Read(scratch.Write("study.json", json));
}
