using Interpret.Models.Architectures;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.Model;

public sealed class When_kinds_of_models_are_listed
{
    [Fact]
    public void Every_family_is() => Concrete<IFamily>().ShouldBe(Families.All.Select(family => family.GetType()), ignoreOrder: true);

    [Fact]
    public void Every_tokenizer_format_is() =>
        Concrete<ITokenizerFormat>().ShouldBe(TokenizerFormats.All.Select(format => format.GetType()), ignoreOrder: true);

    /// <summary>The first family of an architecture's name would be taken, and the other never.</summary>
    [Fact]
    public void No_two_families_are_called_alike_in_config_json() => Families.All.SelectMany(family => family.Architectures).ShouldBeUnique();

    private static IEnumerable<Type> Concrete<T>() =>
        typeof(T).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T)));
}
