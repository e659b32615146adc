using Interpret.Fuzz;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Readers;

/// <summary>A short run of tests/Fuzz, the same each time; long ones are started by hand (docs/testing.md).</summary>
public sealed class When_readers_meet_damage : IDisposable
{
    private const int Inputs = 300;

    private static readonly IReadOnlyList<FuzzTarget> Targets = FuzzTargets.All(Path.Combine(SourceTree.Root, "tests", "data", "random-pair"));

    private readonly Scratch scratch = new();

    public static TheoryData<string> Names { get; } = [.. Targets.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_damaged_input_is_read_or_refused_in_memory_that_its_length_allows(string name)
    {
        var target = Targets.Single(target => target.Name == name);
        foreach (var seed in (int[])[1, 2]) FuzzRun.Of(target, seed, Inputs, Path.Combine(scratch.Root, "input"));
    }

    [Fact]
    public void A_reader_that_throws_or_takes_too_much_is_found_out()
    {
        var folder = Path.Combine(scratch.Root, "input");
        Should.Throw<FuzzException>(() => FuzzRun.Of(new("throws", "x", [[1, 2, 3]], _ => throw new InvalidOperationException()), 1, 1, folder));
        Should.Throw<FuzzException>(() => FuzzRun.Of(new("takes", "x", [[1, 2, 3]], _ => GC.KeepAlive(new byte[5 << 20])), 1, 1, folder));
    }

    public void Dispose() => scratch.Dispose();
}
