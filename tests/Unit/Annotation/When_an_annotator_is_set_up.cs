using Interpret.AnnotatorWorker;
using Interpret.Contracts;
using Interpret.Unit.Tests.Studies;
using Microsoft.Extensions.Configuration;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_an_annotator_is_set_up
{
    [Fact]
    public void The_key_comes_from_the_environment_or_a_file_and_from_nowhere_else()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("key", "from-file\n");
        Key([]).ShouldBeNull();
        Key([("OPENAI_API_KEY", "usual")]).ShouldBe("usual");
        Key([("OPENAI_API_KEY", "usual"), ("Annotator__Key", "own")]).ShouldBe("own");
        Key([("Annotator__Key", "own"), ("Annotator__KeyFile", file)]).ShouldBe("from-file");
        Should.Throw<BadInputException>(() => Key([("Annotator__KeyFile", file + "-not")])).ErrorClass.ShouldBe("input-missing");
        Settings(("Annotator:Key", "argument")).Key.ShouldBeNull();
    }

    [Fact]
    public void An_empty_key_is_none_and_one_that_no_header_can_hold_is_refused()
    {
        using var scratch = new Scratch();
        Key([("Annotator__KeyFile", scratch.Write("empty", ""))]).ShouldBeNull();
        Key([("Annotator__KeyFile", scratch.Write("blank", " \n\t\n"))]).ShouldBeNull();
        Key([("Annotator__Key", " "), ("OPENAI_API_KEY", "usual")]).ShouldBe("usual");
        foreach (var bad in new[] { "first\nsecond", "sk-\u00e9", "two words" })
        {
            var error = Should.Throw<BadInputException>(() => Key([("Annotator__KeyFile", scratch.Write("bad", bad))]));
            error.ErrorClass.ShouldBe("setting-bad");
            error.Message.ShouldNotContain(bad);
        }
    }

    [Fact]
    public void Settings_have_the_names_that_the_documentation_gives()
    {
        var settings =
            Settings(("Annotator:Endpoint", "HTTP://Chat.Example/v1/"), ("Annotator:RequestsPerMinute", "60"), ("Annotator:TokensPerMinute", "1e5"),
            ("Annotator:RequestsPerDay", "1000"));
        settings.Endpoint.ShouldBe("http://chat.example/v1");
        settings.Limits.ShouldBe(new(60, 1e5, 1000));
        settings.Units.ShouldBe(2, "a small quota is for few at a time");
        Settings().Endpoint.ShouldBe("https://api.openai.com/v1");
    }

    [Theory]
    [InlineData("TokensPerMinute", "many", "a number above 0")]
    [InlineData("TokensPerMinute", "NaN", "a number above 0")]
    [InlineData("RequestsPerMinute", "0", "a number above 0")]
    [InlineData("RequestsPerDay", "0.5", "a whole number above 0")]
    [InlineData("Units", "2.5", "a whole number from 1 to 10000")]
    [InlineData("TimeoutSeconds", "Infinity", "a number from 0.001 to 604800")]
    [InlineData("Endpoint", "chat.example", "an http or https address")]
    public void A_setting_that_cannot_be_used_is_named_with_what_was_expected(string name, string value, string expected)
    {
        var error = Should.Throw<BadInputException>(() => Settings(($"Annotator:{name}", value)));
        (error.ErrorClass, error.Where, error.Expected, error.Found).ShouldBe(("setting-bad", $"Annotator:{name}", expected, value));
    }

    [Fact]
    public void Prices_are_known_set_and_missing()
    {
        new PriceTable().Of("gpt-4o-mini")!.Of(1_000_000, 0, 0).ShouldBe(0.15, 1e-9);
        new PriceTable().Of("gpt-4o-mini-2024-07-18").ShouldBe(new PriceTable().Of("gpt-4o-mini"));
        new PriceTable().Of("gpt-4o-audio").ShouldBeNull("another product");
        new PriceTable("mine=1/0.5/2; gpt-4o=1/1/1").Of("mine")!.Of(1000, 400, 100).ShouldBe(((600 * 1) + (400 * 0.5) + (100 * 2)) / 1e6, 1e-12);
        foreach (var bad in new[] { "mine", "mine=1/2", "mine=1/2/x", "=1/2/3" })
            Should.Throw<BadInputException>(() => new PriceTable(bad)).ErrorClass.ShouldBe("setting-bad");
    }

    private static string? Key((string Name, string Value)[] environment) =>
        AnnotatorSettings.From(new ConfigurationBuilder().Build(), name => Array.Find(environment, variable => variable.Name == name).Value).Key;

    private static AnnotatorSettings Settings(params (string Key, string Value)[] settings) => AnnotatorSettings.From(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build(), _ => null);
}
