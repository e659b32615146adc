using Interpret.Contracts;

namespace Interpret.Unit.Tests.Services;

public sealed class When_things_come_in_kinds
{
    private static readonly Kinds<Fruit> Fruits = new("fruit", new Fruit("apple"), new Fruit("pear"), new Fruit("plum"));

    [Fact]
    public void A_name_finds_its_kind() => Fruits.Named("pear", "basket.json").ShouldBeSameAs(Fruits[1]);

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest_and_all() =>
        Should.Throw<BadInputException>(() => Fruits.Named("pera", "basket.json", "fruits[0]")).Message
            .ShouldBe("basket.json: fruits[0]: expected a fruit, such as \"pear\", found \"pera\". Known: apple, pear, plum");

    [Fact]
    public void A_name_taken_twice_is_refused() =>
        Should.Throw<InvalidOperationException>(() => new Kinds<Fruit>("fruit", new Fruit("fig"), new Fruit("fig"))).Message.ShouldStartWith(
            "two kinds of fruit are called fig");

    private sealed record Fruit(string Name) : IKind;
}
