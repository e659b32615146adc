using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Studies;

namespace Interpret.Unit.Tests.Readers;

public sealed class When_a_study_file_is_hostile
{
    [Fact]
    public void A_long_key_is_not_repeated_for_what_lies_under_it()
    {
        var key = new string('k', 100_000);
        var refusal = Refused(200, $"{{\"{key}\": [{string.Join(',', Enumerable.Repeat("{\"a\": [0]}", 20_000))}]}}");
        refusal.Found.ShouldBe($"\"{key[..80]}…\"");
        refusal.Message.Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public void Lines_are_counted_for_the_error_alone()
    {
        var words = string.Concat(Enumerable.Repeat("\n\"go\",", 400_000));
        var refusal = Refused(
            200, $"{{\"models\": [{{\"name\": \"m\", \"role\": \"base\"}}], \"dataset\": \"d\", \"verbs\": {{\"instruction\": [{words}\n1]}}}}");
        refusal.Where.ShouldBe("line 400002, verbs.instruction[400000]");
    }

    [Fact]
    public void A_path_of_many_steps_is_cut()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 60)) + "{\"b\": 1, \"b\": 2}" + new string('}', 60);
        Refused(200, deep).Where.ShouldBe("line 1, a.a.a.a….a.a.a.b");
    }

    [Theory]
    [InlineData("\"dataset\": \"a\\u0000b\"", "dataset")]
    [InlineData("\"dataset\": \"d\", \"ratings\": \"a\\u0000b\"", "ratings")]
    [InlineData("\"dataset\": \"d\", \"vocabulary\": \"a\\u0000b\"", "vocabulary")]
    [InlineData("\"dataset\": \"d\", \"attention\": {\"stopWords\": \"a\\u0000b\"}", "attention.stopWords")]
    [InlineData("\"dataset\": \"d\", \"annotation\": {\"prompts\": \"a\\u0000b\"}", "annotation.prompts")]
    [InlineData("\"dataset\": \"d\", \"verbs\": {\"general\": \"a\\u0000b\"}", "verbs.general")]
    [InlineData("\"dataset\": \"d\", \"verbs\": {\"general\": [\"a\\u0000b\"]}", "verbs.general[0]")]
    public void A_path_or_word_with_the_character_0_is_refused_where_it_stands(string keys, string where)
    {
        var refusal = Refused(200, $"{{\"models\": [{{\"name\": \"m\", \"role\": \"base\", \"checkpoint\": \"c\"}}], {keys}}}");
        (refusal.Where, refusal.Found).ShouldBe(($"line 1, {where}", "U+0000 at character 2"));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void A_name_that_names_a_place_is_refused(string name) =>
        Refused(200, $"{{\"name\": \"{name}\", \"models\": [], \"dataset\": \"d\"}}").Where.ShouldBe("line 1, name");

    [Fact]
    public void The_file_s_own_name_is_held_to_the_same()
    {
        var refusal = Should.Throw<BadInputException>(() => StudyFile.Parse(
            "{\"models\": [{\"name\": \"m\", \"role\": \"base\"}], \"dataset\": \"d\"}"u8.ToArray(), "study.json", ".", (_, path) => path));
        refusal.Expected.ShouldStartWith("a \"name\"");
    }

    [Fact]
    public void Models_are_counted_before_they_are_compared()
    {
        var model = "{\"name\": \"m\", \"role\": \"base\"}";
        Refused(200, $"{{\"models\": [{string.Join(',', Enumerable.Repeat(model, 1001))}], \"dataset\": \"d\"}}").Expected.ShouldBe("at most 1000 models");
    }

    private static BadInputException Refused(int factor, string json, string name = "study")
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        return Bounded.Run((factor * (long)bytes.Length) + (4 << 20), () => Should.Throw<BadInputException>(
            () => StudyFile.Parse(bytes, "study.json", name, (_, path) => path)));
    }
}
