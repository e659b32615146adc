using Interpret.Contracts;

namespace Interpret.Unit.Tests.Studies;

/// <summary>A database outlives the program that wrote it: what former versions stored of a study is read as it was meant.</summary>
public sealed class When_a_stored_study_is_read
{
    [Fact]
    public void What_version_1_stored_of_a_whole_study_is_understood()
    {
        const string stored = """
            {"name":"pair","models":[{"name":"b","size":"7B","role":"base","checkpoint":"/m/b"},{"name":"t","size":"","role":"tuned","checkpoint":null}],
             "dataset":"/d.tsv","ratings":null,"vocabulary":"/v.tsv","vectors":"/g.txt",
             "attribution":{"maxNewTokens":12,"levels":9,"threshold":6,"norm":3},
             "attention":{"words":5,"stopWords":"none","stripPunctuation":false,"lowerCase":true,"headsPerUnit":2},
             "feedForward":{"words":7,"ranks":11},
             "annotation":{"endpoint":"http://127.0.0.1:8089/v1","model":"some","passes":2,"words":4,"spendLimitUsd":1.5,"prompts":null}}
            """;
        var study = StudyDefinition.FromJson(stored);
        study.Models.ShouldBe([new StudyModel("b", "7B", ModelRole.Base, "/m/b"), new StudyModel("t", "", ModelRole.Tuned, null)]);
        (study.Name, study.Dataset, study.Ratings, study.Vocabulary, study.Vectors).ShouldBe(("pair", "/d.tsv", null, "/v.tsv", "/g.txt"));
        study.Attribution.ShouldBe(new AttributionSettings(12, 9, 6, 3));
        study.Attention.ShouldBe(new AttentionSettings(5, "none", false, true, 2));
        study.FeedForward.ShouldBe(new FeedForwardSettings(7, 11));
        study.Annotation.ShouldBe(new AnnotationSettings(new Uri("http://127.0.0.1:8089/v1"), "some", 2, 4, 1.5));
        StudyDefinition.FromJson(study.ToJson()).ShouldBeEquivalentTo(study);
    }

    [Fact]
    public void What_an_import_stored_has_the_defaults_for_the_rest()
    {
        var study = StudyDefinition.FromJson("""{"name":"imported","attribution":{"maxNewTokens":300,"levels":10,"threshold":7,"norm":4}}""");
        study.Attribution.ShouldBe(new AttributionSettings());
        study.Attention.ShouldBe(new AttentionSettings());
        study.FeedForward.ShouldBe(new FeedForwardSettings());
        study.Annotation.ShouldBe(new AnnotationSettings());
        study.Models.ShouldBeEmpty();
    }
}
