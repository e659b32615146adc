using System.Text.Json.Nodes;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.Storage;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_a_judge_is_asked
{
    private static readonly string[] Ten = ["moon", "7", "Tea", "the", "river", "run", "code", "sun,", "3", "none"];

    [Theory]
    [InlineData("2, 4, 10", "1 3 9")]
    [InlineData("10,2,2,4", "1 3 9")]
    [InlineData("moon, TEA and river", "0 2 4")]
    [InlineData("1. moon\n5. river\n", "0 4")]
    [InlineData("1) moon; 5) river", "0 4")]
    [InlineData("[1, 3, 5]", "0 2 4")]
    [InlineData("**1**, \"river\".", "0 4")]
    [InlineData("1 3 5", "0 2 4")]
    [InlineData("1, 3, and 5.", "0 2 4")]
    [InlineData("- 1\n- 3", "0 2")]
    [InlineData("sun", "7")]
    public void Numbers_words_and_lists_of_both_are_read(string answer, string places) =>
        string.Join(' ', DetectionAnswer.Places(answer, Ten).ShouldNotBeNull()).ShouldBe(places);

    [Theory]
    [InlineData("")]
    [InlineData("All of them")]
    [InlineData("The words that fit are 1, 2")]
    [InlineData("0, 1")]
    [InlineData("11")]
    [InlineData("-3 4 x")]
    [InlineData("1-5")]
    [InlineData("1. river")]
    [InlineData("1, 2, None of the others")]
    [InlineData("1, None, and 12")]
    public void An_answer_with_anything_else_in_it_cannot_be_read(string answer) => DetectionAnswer.Places(answer, Ten).ShouldBeNull();

    [Fact]
    public void None_is_no_word_unless_it_is_one_of_the_ten()
    {
        DetectionAnswer.Places("None.", Ten[..9]).ShouldNotBeNull().ShouldBeEmpty();
        DetectionAnswer.Places("None.", Ten).ShouldNotBeNull().Order().ShouldBe([9]);
    }

    [Fact]
    public void A_number_means_a_place_even_where_a_word_is_a_number()
    {
        DetectionAnswer.Places("7", Ten).ShouldNotBeNull().Order().ShouldBe([6]);
        DetectionAnswer.Places("2. 7", Ten).ShouldNotBeNull().Order().ShouldBe([1, 6]); // two numbers
    }

    [Theory]
    [InlineData(5, 0, 1.0)]
    [InlineData(5, 5, 0.5)] // all of them
    [InlineData(0, 0, 0.5)] // none
    [InlineData(4, 1, 0.8)]
    [InlineData(0, 5, 0.0)]
    public void A_score_is_the_balanced_accuracy(int hits, int alarms, double value)
    {
        new DetectionScore(hits, alarms).Value.ShouldBe(value);
        new DetectionScore(hits, alarms).Value.ShouldBe(((hits / 5.0) + ((5 - alarms) / 5.0)) / 2, 1e-12);
    }

    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(0.6, 6)]
    [InlineData(0.7, 7)]
    [InlineData(0.8, 8)]
    [InlineData(0.81, 9)]
    [InlineData(1.0, 10)]
    public void A_threshold_is_so_many_of_ten_words(double threshold, int least)
    {
        DetectionScore.LeastRight(threshold).ShouldBe(least);
        (least / 10.0 >= threshold && (least - 1) / 10.0 < threshold).ShouldBeTrue();
    }

    [Fact]
    public void Five_words_are_the_concept_s_own_behind_those_of_the_summary_and_five_are_of_others()
    {
        var layer = Layer(20);
        foreach (var concept in layer)
        {
            var words = new LayerWords(layer, 15).Of(concept, 1, 1).ShouldNotBeNull();
            words.Words.Select(DetectionAnswer.Key).Distinct().Count().ShouldBe(10);
            var own = words.Words.Where((_, at) => words.IsOwn[at]).ToList();
            own.Count.ShouldBe(5);
            own.ShouldBeSubsetOf(concept.Words.Skip(15).Take(15));
            var others = words.Words.Where((_, at) => !words.IsOwn[at]).ToList();
            others.ShouldBeSubsetOf(layer.SelectMany(other => other.Words.Skip(15).Take(15)));
            others.ShouldAllBe(word => !concept.Words.Any(one => DetectionAnswer.Key(one) == DetectionAnswer.Key(word)));
        }
    }

    [Fact]
    public void The_order_gives_nothing_away()
    {
        var layer = Layer(200);
        var words = new LayerWords(layer, 15);
        var own = new int[10];
        foreach (var concept in layer)
        {
            foreach (var (at, isOwn) in words.Of(concept, 1, 1)!.IsOwn.Index())
                own[at] += isOwn ? 1 : 0;
        }

        own.ShouldAllBe(count => count > 70 && count < 130, string.Join(' ', own)); // 100 expected, standard deviation 7
    }

    [Fact]
    public void What_is_drawn_depends_on_seed_layer_rank_pass_and_model_and_on_nothing_else()
    {
        var layer = Layer(20);
        string Words(int rank = 3, int seed = 1, int pass = 1, IReadOnlyList<ConceptRow>? of = null) =>
            string.Join(' ', new LayerWords(of ?? layer, 15).Of((of ?? layer).Single(one => one.Rank == rank), seed, pass)!.Words);
        Words().ShouldBe(Words(), "whoever asks");
        var again = new LayerWords(layer, 15);
        _ = again.Of(layer[7], 1, 1); // whatever else was asked
        string.Join(' ', again.Of(layer[2], 1, 1)!.Words).ShouldBe(Words());
        string[] all = [Words(), Words(seed: 2), Words(pass: 2), Words(rank: 4), Words(of: Layer(20, at: 1)), Words(of: Layer(20, model: "tuned")),
            Words(of: [.. layer.Select(Control)])];
        all.Distinct().Count().ShouldBe(all.Length);
    }

    [Fact]
    public void Casing_and_punctuation_make_no_other_word()
    {
        List<ConceptRow> layer =
        [
            Concept(1, ["a1", "B2", "c3.", "d4", "e5", "A1", "b2", "c3"]),
            Concept(2, ["A1", "b2", "C3", "D4", "E5", "f6", "F6", "g7", "h8", "i9", "j10"]),
        ];
        for (var pass = 1; pass <= 20; pass++)
        {
            var words = new LayerWords(layer, 15).Of(layer[0], 1, pass).ShouldNotBeNull();
            words.Words.Where((_, at) => words.IsOwn[at]).Order(StringComparer.Ordinal).ShouldBe(["B2", "a1", "c3.", "d4", "e5"]);
            words.Words.Where((_, at) => !words.IsOwn[at]).Select(DetectionAnswer.Key).Order(StringComparer.Ordinal).ShouldBe(["f6", "g7", "h8", "i9", "j10"]);
        }
    }

    [Fact]
    public void A_concept_without_five_words_or_among_too_few_others_is_not_asked()
    {
        new LayerWords([Concept(1, ["a", "A", "b", "c", "d"]), .. Layer(5)], 15).Of(Concept(1, ["a", "A", "b", "c", "d"]), 1, 1).ShouldBeNull();
        var alone = Concept(1, ["a", "b", "c", "d", "e"]);
        new LayerWords([alone], 15).Of(alone, 1, 1).ShouldBeNull();
        new LayerWords([alone, Concept(2, ["a", "b", "f", "g", "h", "i"])], 15).Of(alone, 1, 1).ShouldBeNull("four others");
    }

    [Fact]
    public void The_question_shows_the_summary_and_the_numbered_words_as_they_are()
    {
        var prompt = new DetectionPrompt(new ChatPrompt("Judge.", [], "{summary}: {words}!", ChatPrompt.Concept), 1);
        prompt.Ask("About {words}", ["{summary}", "b"]).ShouldBe("About {words}: 1. {summary}\n2. b!", "what is filled in is not filled in again");

        var own = PromptFiles.Of(new AnnotationSettings { Detection = true, Seed = 4 }).Detection.ShouldNotBeNull();
        own.Seed.ShouldBe(4);
        foreach (var example in own.Prompt.Examples) // an example's answer can be read, and is as the question wants it
        {
            var lines = example.User.Split('\n')[^10..].Select(line => line[(line.IndexOf(' ') + 1)..]).ToList();
            DetectionAnswer.Places(example.Assistant, lines).ShouldNotBeNull().Count.ShouldBe(5);
        }

        var question = ChatQuestion.Detection("http://chat/v1", "m", false, own, "Rivers", Ten);
        var body = JsonNode.Parse(question.Body)!;
        ((double)body["temperature"]!, body["seed"], question.Stage).ShouldBe((0.0, null, "detection"));
        ((string)body["messages"]!.AsArray()[^1]!["content"]!).ShouldBe(
            "Description: Rivers\nWords:\n" + string.Join('\n', Ten.Select((word, at) => $"{at + 1}. {word}")));
    }

    [Fact]
    public void A_study_without_detection_has_the_same_questions_as_before()
    {
        var prompts = PromptFiles.Of(new AnnotationSettings());
        prompts.Detection.ShouldBeNull();
        System.Text.Json.JsonSerializer.Serialize(prompts).ShouldNotContain("etection");
    }

    [Fact]
    public void A_folder_of_prompts_may_lack_the_judge_s_but_not_have_a_bad_one()
    {
        using var scratch = new Studies.Scratch();
        foreach (var (file, about) in new[] { ("summary", "words"), ("task-label", "summary"), ("linguistic-label", "summary") })
            scratch.Write($"{file}.txt", $"[system]\nName it.\n[user]\n{{{about}}}\n");
        AnnotationSettings settings = new() { Detection = true, Prompts = scratch.Root };
        PromptFiles.Of(settings).Detection!.Prompt.User.ShouldBe(PromptFiles.Of(settings with { Prompts = null }).Detection!.Prompt.User);
        PromptFiles.Texts(scratch.Root).Detection.ShouldBeNull();
        scratch.Write("detection.txt", "[system]\nJudge.\n[user]\n{summary}: {words}?\n");
        PromptFiles.Of(settings).Detection!.Prompt.User.ShouldBe("{summary}: {words}?");
        PromptFiles.Of(new AnnotationSettings { Detection = true }, PromptFiles.Texts(scratch.Root)).Detection!.Prompt.System.ShouldBe("Judge.");
        foreach (var missing in new[] { "{summary}", "{words}" })
        {
            scratch.Write("detection.txt", $"[system]\nJudge.\n[user]\n{(missing == "{words}" ? "{summary}" : "{words}")}\n");
            Should.Throw<BadInputException>(() => PromptFiles.Of(settings)).Message.ShouldContain(missing);
        }
    }

    private static ConceptRow Control(ConceptRow row) => new ControlConceptRow
    {
        StudyId = row.StudyId,
        Model = row.Model,
        Layer = row.Layer,
        Rank = row.Rank,
        Words = row.Words,
    };

    private static ConceptRow Concept(int rank, List<string> words, int layer = 0, string model = "base") =>
        new() { StudyId = "s", Model = model, Layer = layer, Rank = rank, Words = words };

    /// <summary>Concepts of forty words each; neighbours share some.</summary>
    private static List<ConceptRow> Layer(int concepts, int at = 0, string model = "base") =>
        [.. Enumerable.Range(1, concepts).Select(rank => Concept(rank, [.. Enumerable.Range(rank * 30, 40).Select(word => $"w{word}")], at, model))];
}
