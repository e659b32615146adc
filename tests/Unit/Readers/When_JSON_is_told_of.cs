using System.Text.Json;
using System.Text.Json.Serialization;
using Interpret.Contracts;

namespace Interpret.Unit.Tests.Readers;

/// <summary>What is said of JSON that cannot be read, to whoever wrote it.</summary>
public sealed class When_JSON_is_told_of
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private sealed record Plan(Part Model);

    private sealed record Part(int Layers, string Text);

    [Theory]
    [InlineData("", "nothing", "line 1")]
    [InlineData("{", "its end inside an object or a list", "line 1")]
    [InlineData("{\"model\"", "its end inside an object or a list", "line 1")]
    [InlineData("{\"model\":{\"layers\":1}}", "no key 'text'", "line 1, model")]
    [InlineData("{\"model\":{\"layers\":\"x\",\"text\":\"\"}}", "a value of another kind", "line 1, model.layers")]
    [InlineData("{\"model\":\n{\"layers\":1,\"text\":null}}", "null", "line 2, model.text")]
    [InlineData("{\"model\":{\"layers\":1,\"text\":\"\",\"lairs\":1}}", "an unknown key \"lairs\"", "line 1, model.lairs")]
    [InlineData("{'model':1}", "''' is an invalid start of a property name. Expected a '\"'", "line 1")]
    public void No_word_of_the_program_is_in_it(string text, string found, string where)
    {
        var flaw = Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Plan>(text, Strict));
        JsonFlaw.Found(flaw).ShouldBe(found);
        JsonFlaw.Where(flaw).ShouldBe(where);
    }

    [Theory]
    [InlineData("[1,]", "a comma after the last item")]
    [InlineData("{\"a\":\"x", "its end inside an object or a list")]
    [InlineData("1 2", "'2' is invalid after a single JSON value. Expected end of data")]
    public void Documents_are_told_of_in_the_same_words(string text, string found) =>
        JsonFlaw.Found(Should.Throw<JsonException>(() => JsonDocument.Parse(text))).ShouldBe(found);

    [Fact]
    public void Half_a_character_and_bytes_that_are_none_are_called_so()
    {
        using var half = JsonDocument.Parse("\"\\ud800\"");
        JsonFlaw.Found(Should.Throw<InvalidOperationException>(() => half.RootElement.GetString())).ShouldBe("half a character");
        using var bytes = JsonDocument.Parse(new byte[] { (byte)'"', 0xFF, (byte)'"' });
        JsonFlaw.Found(Should.Throw<InvalidOperationException>(() => bytes.RootElement.GetString())).ShouldBe("bytes that are no UTF-8");
    }
}
