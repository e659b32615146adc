using System.Text;
using Interpret.Contracts;

namespace Interpret.Unit.Tests.WorkUnits;

/// <summary>Names of models are free, those of a broker's queues are not.</summary>
public sealed class When_models_have_odd_names
{
    [Theory]
    [InlineData("llama-7b_v1.1", "explain-llama-7b_v1.1")]
    [InlineData("llama 7b", "explain-llama:207b")]
    [InlineData("a#b?c", "explain-a:23b:3fc")]
    [InlineData("a%20b", "explain-a:2520b")]
    [InlineData("é", "explain-:c3:a9")]
    [InlineData("a:20b", "explain-a:3a20b")]
    public void A_queue_has_letters_that_every_broker_takes(string model, string queue) => Queues.Explain(model).ShouldBe(queue);

    [Fact]
    public void No_two_have_one_queue_and_none_is_too_long()
    {
        string[] names = ["llama 7b", "llama:207b", "llama%207b", "llama207b", new('a', 300), new string('a', 299) + "b", new('é', 120), new string('é', 119) + "e"];
        var queues = names.Select(Queues.Explain).ToList();
        queues.Distinct(StringComparer.Ordinal).Count().ShouldBe(names.Length);
        queues.ShouldAllBe(queue => Encoding.UTF8.GetByteCount(queue) <= 255);
    }
}
